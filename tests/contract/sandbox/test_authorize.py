"""People sign in at the stand-in as they do at Entra: msal and a bare browser find what they expect."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import msal
import pytest
import requests

from sandbox.authorize import CODE_LIFETIME
from sandbox.server import Sandbox
from sandbox.state import Tenant
from tests.contract.sandbox.client import Client
from tests.contract.sandbox.conftest import Clock

BACK = "http://127.0.0.1:8082/sign-in/done"
FIEN = "6f1d2c3b-0000-4000-8000-000000000001"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-0"
CHALLENGE = "S6xMLfJrdwhXm9EJRqmQw6nyYWcpLlPsCEOqmhPUIcs"


@dataclass
class Visit:
    """A browser without a library: it asks, picks an account and redeems what comes back."""

    client: Client

    def address(self, **changes: str) -> str:
        tenant = self.client.sandbox.tenant
        asked = {
            "client_id": tenant.client_id,
            "redirect_uri": BACK,
            "response_type": "code",
            "scope": "openid profile",
            "state": "the state",
            "nonce": "the nonce",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        kept = {name: value for name, value in (asked | changes).items() if value}
        return f"{self.client.sandbox.url}/{tenant.tenant_id}/oauth2/v2.0/authorize?{urlencode(kept)}"

    def open(self, **changes: str) -> requests.Response:
        return self.client.session.get(self.address(**changes), timeout=10)

    def choose(self, **form: str) -> requests.Response:
        return self.client.session.post(self.address(), data=form, allow_redirects=False, timeout=10)

    def code(self) -> str:
        return returned(self.choose(account=FIEN))["code"]

    def redeem(self, code: str, **changes: str) -> requests.Response:
        tenant = self.client.sandbox.tenant
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": BACK,
            "code_verifier": VERIFIER,
            "client_secret": tenant.client_secret,
        }
        return self.client.sign_in(**(form | changes))


@pytest.fixture
def visit(client: Client) -> Visit:
    return Visit(client)


def returned(answer: requests.Response) -> dict[str, str]:
    """Return what the browser carries back to the application."""
    location = answer.headers["Location"]
    assert location.startswith(f"{BACK}?")
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def shown(answer: requests.Response) -> tuple[int, str]:
    found = re.search(r"AADSTS\d+", answer.text)
    return answer.status_code, found[0] if found else ""


def application(sandbox: Sandbox) -> msal.ConfidentialClientApplication:
    return msal.ConfidentialClientApplication(
        sandbox.tenant.client_id,
        client_credential=sandbox.tenant.client_secret,
        authority=f"{sandbox.url}/{sandbox.tenant.tenant_id}",
        instance_discovery=False,
        verify=str(sandbox.ca),
    )


def test_msal_signs_a_person_in(visit: Visit, sandbox: Sandbox, tenant: Tenant) -> None:
    tenant.app_roles[FIEN] = ["HubAdmin"]
    app = application(sandbox)
    flow = app.initiate_auth_code_flow(scopes=[], redirect_uri=BACK)
    chosen = visit.client.session.post(flow["auth_uri"], data={"account": FIEN}, allow_redirects=False, timeout=10)

    claims = app.acquire_token_by_auth_code_flow(flow, returned(chosen))["id_token_claims"]

    assert claims["iss"] == f"{sandbox.url}/{tenant.tenant_id}/v2.0"
    assert (claims["oid"], claims["tid"], claims["aud"]) == (FIEN, tenant.tenant_id, tenant.client_id)
    assert (claims["name"], claims["preferred_username"]) == ("Fien Verzonnen", "fien.verzonnen@example.org")
    assert claims["roles"] == ["HubAdmin"]


def test_the_id_token_is_signed_with_the_published_key(visit: Visit, sandbox: Sandbox, tenant: Tenant) -> None:
    token = visit.redeem(visit.code()).json()["id_token"]
    published = visit.client.session.get(f"{sandbox.url}/{tenant.tenant_id}/discovery/v2.0/keys", timeout=10).json()
    key = jwt.PyJWKSet.from_dict(published)[jwt.get_unverified_header(token)["kid"]]

    claims = jwt.decode(
        token,
        key,
        ["RS256"],
        audience=tenant.client_id,
        options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
    )

    assert claims["nonce"] == "the nonce"
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["sub"] not in (FIEN, "")
    assert "roles" not in claims  # nobody gave Fien one


def test_the_access_token_of_a_person_does_not_open_graph(visit: Visit) -> None:
    token = visit.redeem(visit.code()).json()["access_token"]

    assert visit.client("GET", "/users", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_the_page_offers_each_person_as_a_button(visit: Visit, tenant: Tenant) -> None:
    page = visit.open()

    offered = re.findall(r'<button name="account" value="([^"]+)">', page.text)
    people = [user["id"] for user in tenant.users.values() if user["mailNickname"] != "post"]
    assert sorted(offered) == sorted(people)
    assert '<html lang="nl">' in page.text


def test_a_visitor_who_cancels_is_sent_back_with_the_refusal(visit: Visit) -> None:
    back = returned(visit.choose())

    assert (back["error"], back["state"]) == ("access_denied", "the state")
    assert "code" not in back


def test_the_account_of_somebody_who_left_is_refused(visit: Visit, tenant: Tenant) -> None:
    tenant.update_user(FIEN, {"accountEnabled": False})

    assert shown(visit.choose(account=FIEN)) == (400, "AADSTS50057")


@pytest.mark.parametrize(
    "account", ["unknown", "6f1d2c3b-0000-4000-8000-000000000007"], ids=["unknown", "shared mailbox"]
)
def test_nobody_signs_in_as_what_is_no_person(visit: Visit, account: str) -> None:
    assert shown(visit.choose(account=account)) == (400, "AADSTS50034")


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        pytest.param({"client_id": "other"}, "AADSTS700016", id="unknown application"),
        pytest.param({"redirect_uri": "https://evil.example.org/sign-in/done"}, "AADSTS50011", id="other address"),
        pytest.param({"redirect_uri": "http://localhost.example.org/"}, "AADSTS50011", id="almost loopback"),
        pytest.param({"redirect_uri": ""}, "AADSTS50011", id="no address"),
        pytest.param({"response_type": "id_token"}, "AADSTS70005", id="implicit"),
        pytest.param({"scope": "profile"}, "AADSTS70011", id="no openid"),
        pytest.param({"state": ""}, "AADSTS900144", id="no state"),
        pytest.param({"nonce": ""}, "AADSTS900144", id="no nonce"),
        pytest.param({"code_challenge": ""}, "AADSTS900144", id="no PKCE"),
        pytest.param({"code_challenge_method": "plain"}, "AADSTS9002313", id="weak PKCE"),
    ],
)
def test_a_request_that_is_not_right_is_shown_and_sent_nowhere(
    visit: Visit, changes: dict[str, str], number: str
) -> None:
    assert shown(visit.open(**changes)) == (400, number)


def test_an_unknown_tenant_has_no_page(visit: Visit, sandbox: Sandbox, tenant: Tenant) -> None:
    address = visit.address().replace(tenant.tenant_id, "elsewhere")

    assert shown(visit.client.session.get(address, timeout=10)) == (400, "AADSTS90002")


def test_a_code_is_redeemed_once(visit: Visit) -> None:
    code = visit.code()
    assert visit.redeem(code).status_code == 200

    assert refusal(visit.redeem(code)) == (400, "invalid_grant", [54005])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"code": "made-up"}, (400, "invalid_grant", [70000]), id="unknown code"),
        pytest.param({"redirect_uri": f"{BACK}/"}, (400, "invalid_grant", [500112]), id="another redirect"),
        pytest.param({"code_verifier": "guessed"}, (400, "invalid_grant", [501481]), id="another verifier"),
        pytest.param({"client_secret": "guessed"}, (401, "invalid_client", [7000215]), id="wrong secret"),
    ],
)
def test_a_code_serves_who_asked_for_it_only(
    visit: Visit, changes: dict[str, str], expected: tuple[int, str, list[int]]
) -> None:
    asked = {"code": visit.code()} | changes

    assert refusal(visit.redeem(**asked)) == expected


def test_a_code_lives_for_ten_minutes(visit: Visit, clock: Clock) -> None:
    code = visit.code()

    clock.time += CODE_LIFETIME

    assert refusal(visit.redeem(code)) == (400, "invalid_grant", [70008])


def test_signing_out_shows_a_page(visit: Visit, sandbox: Sandbox, tenant: Tenant) -> None:
    metadata = f"{sandbox.url}/{tenant.tenant_id}/v2.0/.well-known/openid-configuration"
    address = visit.client.session.get(metadata, timeout=10).json()["end_session_endpoint"]

    assert "U bent afgemeld" in visit.client.session.get(address, timeout=10).text


def refusal(answer: requests.Response) -> tuple[int, Any, Any]:
    return answer.status_code, answer.json().get("error"), answer.json().get("error_codes")
