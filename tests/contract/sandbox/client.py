"""A bare client of the sandbox: what the tests say to Graph without a library in between."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import requests

from sandbox.server import Sandbox
from tests.contract.sandbox.conformance import answer_violations

SCOPE = "https://graph.microsoft.com/.default"
TAG = "String {6f1d2c3b-0000-4000-8000-00000000abcd} Name HubAbsenceId"
FIEN = "fien.verzonnen@example.org"


@dataclass
class Client:
    """Signs in when it must, and calls `/v1.0` with its token."""

    sandbox: Sandbox
    session: requests.Session
    token: str | None = None

    def sign_in(self, **form: str) -> requests.Response:
        tenant = self.sandbox.tenant
        known = {"grant_type": "client_credentials", "scope": SCOPE, "client_id": tenant.client_id}
        return self.session.post(self.token_url, data=known | form, timeout=10)

    @property
    def token_url(self) -> str:
        return f"{self.sandbox.url}/{self.sandbox.tenant.tenant_id}/oauth2/v2.0/token"

    def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        tenant = self.sandbox.tenant
        if self.token is None or tenant.tokens[self.token] <= tenant.now():
            self.token = self.sign_in(client_secret=tenant.client_secret).json()["access_token"]
        headers = {"Authorization": f"Bearer {self.token}"} | options.pop("headers", {})
        url = path if path.startswith("https://") else f"{self.sandbox.url}/v1.0{path}"
        options = {"timeout": 10} | options
        answer = self.session.request(method, url, json=body, headers=headers, **options)
        _check(answer, body)
        return answer


def _check(answer: requests.Response, body: Any) -> None:
    """Every answer of every test is as Microsoft describes it."""
    path = unquote(urlsplit(answer.url).path)
    if not path.startswith("/v1.0/") or not answer.headers.get("Content-Type", "").startswith("application/json"):
        return
    answers = {path: answer.json()}
    if path == "/v1.0/$batch" and answer.ok:
        paths = {item["id"]: urlsplit(item["url"]).path for item in body["requests"]}
        answers = {paths[each["id"]]: each["body"] for each in answer.json()["responses"] if "body" in each}
    found = [each for path, answered in answers.items() for each in answer_violations(path, answered)]
    assert found == []


def absence(**changes: Any) -> dict[str, Any]:
    """Return the event of a two-day absence, 6 and 7 May 2027."""
    event: dict[str, Any] = {
        "subject": "Afwezig",
        "isAllDay": True,
        "start": {"dateTime": "2027-05-06T00:00:00", "timeZone": "Romance Standard Time"},
        "end": {"dateTime": "2027-05-08T00:00:00", "timeZone": "Romance Standard Time"},
        "showAs": "oof",
        "sensitivity": "private",
        "isReminderOn": False,
        "transactionId": "3c1f7a0e-0000-5000-8000-000000000001",
        "singleValueExtendedProperties": [{"id": TAG, "value": "A-2027-000123"}],
    }
    return event | changes


def code(response: requests.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]
