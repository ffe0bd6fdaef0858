"""The stand-in answers as the Protime API does, so that a reader that works here works there."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from standardwebhooks import Webhook

from sandbox.layout import SAMPLES
from sandbox.protime import CLIENT_ID, CLIENT_SECRET, protime_of
from sandbox.state import Tenant
from tests.contract.sandbox_systems.outside import Clock, Sent

API = "/protime/connector/protimeapi/api/v1"
FIXTURE = SAMPLES / "protime_absences.json"
AGENT = {"User-Agent": "IntegrationHub/v1 (Voorbeeldegem)"}
AUTUMN = "date ge '2026-10-01' and date le '2026-12-31'"
REFERENCES = "(people,@employee-number)"


def _token(
    client: FlaskClient, agent: dict[str, str] = AGENT, changes: Mapping[str, str] = MappingProxyType({})
) -> Any:
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET} | dict(changes)
    return client.post("/protime/tenants/voorbeeldegem/connect/token", data=form, headers=agent)


@pytest.fixture
def headers(client: FlaskClient) -> dict[str, str]:
    return AGENT | {"Authorization": f"Bearer {_token(client).get_json()['access_token']}"}


@pytest.fixture
def recorded(tenant: Tenant) -> Any:
    protime_of(tenant).load_fixture(FIXTURE)
    return json.loads(FIXTURE.read_text("utf-8"))


def _pages(client: FlaskClient, url: str, headers: dict[str, str]) -> Iterator[Any]:
    while url:
        page = client.get(url, headers=headers).get_json()
        yield page
        url = page.get("nextLink", "")


def _absences(text: str = AUTUMN, *flags: str) -> str:
    return "&".join([f"{API}/absences?filter={quote(text)}", f"externalReferences={quote(REFERENCES)}", *flags])


def test_a_token_lasts_1800_seconds(client: FlaskClient, clock: Clock, headers: dict[str, str]) -> None:
    assert _token(client).get_json()["expires_in"] == 1800

    clock.advance(timedelta(seconds=1800))

    assert client.get(f"{API}/absence-groups", headers=headers).status_code == 401


@pytest.mark.parametrize("changes", [{"client_id": "guess"}, {"client_secret": "guess"}], ids=["id", "secret"])
def test_a_wrong_id_or_secret_gets_no_token(client: FlaskClient, changes: dict[str, str]) -> None:
    assert _token(client, changes=changes).status_code == 401


@pytest.mark.parametrize("path", ["/absences", "/absence-definitions", "/absence-groups", "/delta/absences"])
def test_nothing_is_read_without_a_token(client: FlaskClient, path: str) -> None:
    assert client.get(f"{API}{path}", headers=AGENT).status_code == 401


@pytest.mark.parametrize("agent", ["", "python-requests/2.32", "IntegrationHub/v1"])
def test_a_caller_that_does_not_name_itself_and_its_organisation_is_refused(
    client: FlaskClient, headers: dict[str, str], agent: str
) -> None:
    assert client.get(f"{API}/absence-groups", headers=headers | {"User-Agent": agent}).status_code == 400
    assert _token(client, {"User-Agent": agent}).status_code == 400


def test_the_fixture_is_served_as_it_was_recorded(client: FlaskClient, headers: dict[str, str], recorded: Any) -> None:
    pages = list(_pages(client, _absences(AUTUMN, "delta"), headers))

    assert pages == [page["body"] for page in recorded["initial_pages"]]


def test_the_delta_of_the_fixture_is_told_in_full_and_a_late_reader_starts_over(
    client: FlaskClient, clock: Clock, headers: dict[str, str], recorded: Any
) -> None:
    link = list(_pages(client, _absences(AUTUMN, "delta"), headers))[-1]["deltaLink"]
    assert client.post("/_sandbox/protime/apply-delta").get_json() == {"applied": 8}

    told = client.get(link, headers=headers).get_json()

    assert told == recorded["delta_pages"][0]["body"]
    clock.advance(timedelta(hours=72, seconds=1))
    fresh = AGENT | {"Authorization": f"Bearer {_token(client).get_json()['access_token']}"}
    assert client.get(told["deltaLink"], headers=fresh).status_code == 410


@pytest.mark.usefixtures("recorded")
def test_a_full_read_after_the_delta_gives_the_newest_of_everything(
    client: FlaskClient, headers: dict[str, str]
) -> None:
    client.post("/_sandbox/protime/apply-delta")

    records = {row["id"]: row for page in _pages(client, _absences(), headers) for row in page["value"]}

    assert 5003 not in records
    assert records[5004]["dayPart"] == "Second"  # the older version changed nothing
    assert records[5010]["resultingAbsenceDefinition"] == {"id": 21}
    assert records[5016]["approvalLevel"] == "NotApproved"


@pytest.mark.usefixtures("recorded")
def test_what_changes_during_a_full_read_is_in_its_delta(client: FlaskClient, headers: dict[str, str]) -> None:
    pages = _pages(client, _absences(AUTUMN, "delta"), headers)
    next(pages)
    client.post("/_sandbox/protime/apply-delta")

    link = list(pages)[-1]["deltaLink"]

    assert client.get(link, headers=headers).get_json()["value"][0]["data"]["id"] == 5003


def test_controls_obey_this_machine_only(client: FlaskClient) -> None:
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}

    assert client.post("/_sandbox/protime/apply-delta", environ_base=elsewhere).status_code == 403
    assert client.get("/_sandbox/cards", environ_base=elsewhere).status_code == 403


def test_the_delta_happens_once(client: FlaskClient) -> None:
    client.post("/_sandbox/protime/apply-delta")

    assert client.post("/_sandbox/protime/apply-delta").get_json() == {"applied": 0}


def test_an_empty_page_stands_in_the_middle_of_the_sample_world(client: FlaskClient, headers: dict[str, str]) -> None:
    pages = list(_pages(client, _absences("date ge '2026-11-01' and date le '2027-01-31'"), headers))

    assert [bool(page["value"]) for page in pages] == [True, False, True]
    assert "deltaLink" not in pages[-1]


def test_links_work_below_the_prefix_and_from_the_root(client: FlaskClient, headers: dict[str, str]) -> None:
    link = client.get(_absences(), headers=headers).get_json()["nextLink"]

    assert link.startswith("/connector/")
    assert client.get(link, headers=headers).get_json() == client.get(f"/protime{link}", headers=headers).get_json()


@pytest.mark.usefixtures("recorded")
def test_a_filter_keeps_days_and_people_outside_it_away(client: FlaskClient, headers: dict[str, str]) -> None:
    wanted = "date ge '2026-11-16' and date le '2026-11-16' and person in (104, 107)"

    rows = [row for page in _pages(client, _absences(wanted), headers) for row in page["value"]]

    assert [(row["id"], row["date"]) for row in rows] == [(5008, "2026-11-16")]


@pytest.mark.usefixtures("recorded")
def test_employee_numbers_come_only_when_asked_for(client: FlaskClient, headers: dict[str, str]) -> None:
    page = client.get(f"{API}/absences?filter={quote(AUTUMN)}", headers=headers).get_json()

    assert page["value"][0]["person"] == {"id": 101}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="none"),
        pytest.param("date ge '2026-10-01'", id="no end"),
        pytest.param("date ge '2026-01-01' and date le '2027-06-01'", id="more than a year"),
        pytest.param("date gt '2026-10-01'", id="unknown operator"),
        pytest.param("date ge '2026-13-01' and date le '2026-12-31'", id="no such month"),
    ],
)
def test_a_filter_that_protime_would_refuse_is_refused(client: FlaskClient, headers: dict[str, str], text: str) -> None:
    assert client.get(_absences(text), headers=headers).status_code == 400


@pytest.mark.parametrize("token", ["c3", "c-1", "cx"])
def test_a_page_that_does_not_exist_is_refused(client: FlaskClient, headers: dict[str, str], token: str) -> None:
    assert client.get(_absences(AUTUMN, f"continuationToken={token}"), headers=headers).status_code == 400


def test_an_unknown_delta_token_is_gone(client: FlaskClient, headers: dict[str, str]) -> None:
    assert client.get(f"{API}/delta/absences?deltaToken=d99", headers=headers).status_code == 410


def test_groups_tell_telework_from_absence(client: FlaskClient, headers: dict[str, str]) -> None:
    groups = client.get(f"{API}/absence-groups", headers=headers).get_json()["value"]
    definitions = client.get(f"{API}/absence-definitions", headers=headers).get_json()["value"]

    elsewhere = {group["id"] for group in groups if group["type"] == "WorkingElsewhere"}
    assert [each["code"] for each in definitions if each["absenceGroup"]["id"] in elsewhere] == ["TW"]


def test_a_hint_is_signed_as_standard_webhooks_says(client: FlaskClient, sent: Sent) -> None:
    secret = "whsec_" + "c2FuZGJveC1zZWNyZXQtb2YtMzItYnl0ZXMtbG9uZw=="
    order = {"url": "http://127.0.0.1:8081/hooks/standard", "secret": secret, "employees": ["000104"]}

    answer = client.post("/_sandbox/protime/hint", json=order)

    message = Webhook(secret).verify(sent.body, sent.headers or {})
    assert answer.get_json() == {"status": 202}
    assert sent.url == order["url"]
    assert (message["type"], message["data"]) == ("absences.changed", {"employees": ["000104"]})
