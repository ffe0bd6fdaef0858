"""The calendar behaves as Outlook's, traps included."""

from typing import Any

import pytest

from sandbox.state import Tenant
from tests.contract.sandbox.client import FIEN, TAG, Client, absence, code

EVENTS = f"/users/{FIEN}/events"
BRUSSELS = {"Prefer": 'outlook.timezone="Romance Standard Time", IdType="ImmutableId"'}
BY_TAG = f"singleValueExtendedProperties/Any(ep: ep/id eq '{TAG}' and ep/value eq 'a-2027-000123')"


def test_an_absence_is_made_once_and_read_back(client: Client, tenant: Tenant) -> None:
    made = client("POST", EVENTS, absence(), headers=BRUSSELS)

    assert made.status_code == 201
    assert made.headers["Preference-Applied"] == 'outlook.timezone="Romance Standard Time", IdType="ImmutableId"'
    read = client("GET", f"{EVENTS}/{made.json()['id']}", headers=BRUSSELS).json()
    assert read == made.json()
    assert read["start"] == {"dateTime": "2027-05-06T00:00:00.0000000", "timeZone": "Romance Standard Time"}
    assert [(effect.key, effect.action) for effect in tenant.effects("event")] == [("A-2027-000123", "created")]


def test_times_are_utc_unless_the_caller_prefers_otherwise(client: Client) -> None:
    made = client("POST", EVENTS, absence()).json()

    assert made["start"] == {"dateTime": "2027-05-05T22:00:00.0000000", "timeZone": "UTC"}


def test_an_event_has_two_forms_of_id_and_answers_to_both(client: Client) -> None:
    mutable = client("POST", EVENTS, absence()).json()["id"]
    immutable = client("GET", f"{EVENTS}/{mutable}", headers=BRUSSELS).json()["id"]

    assert mutable != immutable
    assert client("GET", f"{EVENTS}/{immutable}").json()["id"] == mutable


def test_a_repeated_transaction_is_refused_even_after_the_event_is_gone(client: Client, tenant: Tenant) -> None:
    made = client("POST", EVENTS, absence()).json()

    again = client("POST", EVENTS, absence())
    client("DELETE", f"{EVENTS}/{made['id']}")
    after = client("POST", EVENTS, absence())

    assert code(again) == code(after) == (409, "ErrorDuplicateTransactionId")
    assert [effect.action for effect in tenant.effects("event")] == ["created", "deleted"]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(
            {"end": {"dateTime": "2027-05-07T12:00:00", "timeZone": "Romance Standard Time"}}, id="not midnight"
        ),
        pytest.param({"end": {"dateTime": "2027-05-08T00:00:00", "timeZone": "GMT Standard Time"}}, id="other zone"),
        pytest.param({"end": {"dateTime": "2027-05-06T00:00:00", "timeZone": "Romance Standard Time"}}, id="no day"),
        pytest.param({"end": {"dateTime": "2027-05-01T00:00:00", "timeZone": "Romance Standard Time"}}, id="backwards"),
        pytest.param({"start": {"dateTime": "2027-05-06T00:00:00", "timeZone": "Europe/Brussels"}}, id="unknown zone"),
        pytest.param({"start": {"dateTime": "6 mei", "timeZone": "UTC"}}, id="no date"),
        pytest.param({"start": None}, id="no start"),
        pytest.param({"showAs": "OutOfOffice"}, id="unknown show-as"),
        pytest.param({"reason": "secret"}, id="unknown property"),
    ],
)
def test_an_invalid_event_is_refused_and_leaves_no_trace(
    client: Client, tenant: Tenant, changes: dict[str, Any]
) -> None:
    assert client("POST", EVENTS, absence(**changes)).status_code == 400
    assert tenant.events(FIEN) == []


def test_events_are_found_by_tag_and_the_tag_comes_only_when_expanded(client: Client) -> None:
    client("POST", EVENTS, absence())
    client("POST", EVENTS, absence(transactionId="other", singleValueExtendedProperties=[{"id": TAG, "value": "B"}]))
    expand = f"singleValueExtendedProperties($filter=id eq '{TAG}')"

    plain = client("GET", EVENTS, params={"$filter": BY_TAG}).json()["value"]
    expanded = client("GET", EVENTS, params={"$filter": BY_TAG, "$expand": expand, "$select": "subject"}).json()[
        "value"
    ]

    assert len(plain) == 1
    assert "singleValueExtendedProperties" not in plain[0]
    assert expanded[0]["singleValueExtendedProperties"] == [{"id": TAG, "value": "A-2027-000123"}]
    assert expanded[0].keys() == {"@odata.etag", "id", "subject", "singleValueExtendedProperties"}


def test_events_with_any_value_of_a_tag_are_found(client: Client) -> None:
    other = [{"id": TAG.replace("AbsenceId", "Other"), "value": "B"}]
    client("POST", EVENTS, absence())
    client("POST", EVENTS, absence(transactionId="other", singleValueExtendedProperties=other))
    client("POST", EVENTS, absence(transactionId="own", singleValueExtendedProperties=[]))

    wanted = f"singleValueExtendedProperties/Any(ep: ep/id eq '{TAG}' and ep/value ne null)"
    found = client("GET", EVENTS, params={"$filter": wanted}).json()["value"]

    assert [event["transactionId"] for event in found] == [absence()["transactionId"]]


def test_an_unknown_time_zone_is_refused(client: Client) -> None:
    assert client("GET", EVENTS, headers={"Prefer": 'outlook.timezone="Europe/Brussels"'}).status_code == 400


@pytest.mark.parametrize("query", ["$filter=subject eq 'x'", "$expand=attachments", "$top=0", "$foo=1", "$select=nope"])
def test_a_query_that_graph_would_not_understand_is_refused(client: Client, query: str) -> None:
    client("POST", EVENTS, absence())

    assert client("GET", f"{EVENTS}?{query}").status_code == 400


def test_pages_hold_ten_events_and_link_to_the_next(client: Client) -> None:
    for number in range(12):
        client("POST", EVENTS, absence(transactionId=str(number)))

    first = client("GET", EVENTS).json()
    second = client("GET", first["@odata.nextLink"]).json()

    assert (len(first["value"]), len(second["value"])) == (10, 2)
    assert "@odata.nextLink" not in second
    assert len({event["id"] for event in first["value"] + second["value"]}) == 12


def test_the_calendar_view_shows_what_overlaps_its_window(client: Client) -> None:
    client("POST", EVENTS, absence())
    view = f"/users/{FIEN}/calendarView"

    def count(start: str, end: str) -> int:
        return len(client("GET", view, params={"startDateTime": start, "endDateTime": end}).json()["value"])

    assert count("2027-05-07T21:00:00Z", "2027-05-09T00:00:00Z") == 1
    assert count("2027-05-07T22:00:00Z", "2027-05-09T00:00:00Z") == 0
    assert client("GET", view).status_code == 400


def test_an_outdated_etag_is_refused(client: Client) -> None:
    made = client("POST", EVENTS, absence()).json()
    address, match = f"{EVENTS}/{made['id']}", {"If-Match": made["@odata.etag"]}

    assert client("PATCH", address, {"showAs": "free"}, headers=match).status_code == 200
    assert code(client("PATCH", address, {"showAs": "oof"}, headers=match)) == (412, "ErrorIrresolvableConflict")
    assert client("DELETE", address, headers=match).status_code == 412


def test_a_deleted_event_is_gone(client: Client) -> None:
    address = f"{EVENTS}/{client('POST', EVENTS, absence()).json()['id']}"

    assert client("DELETE", address).status_code == 204
    assert code(client("DELETE", address)) == (404, "ErrorItemNotFound")


def test_the_transaction_of_an_event_cannot_change(client: Client) -> None:
    address = f"{EVENTS}/{client('POST', EVENTS, absence()).json()['id']}"

    assert client("PATCH", address, {"transactionId": "other"}).status_code == 400


def test_a_person_without_account_has_no_calendar(client: Client) -> None:
    assert code(client("POST", "/users/zita.zondermail@example.org/events", absence())) == (404, "ErrorInvalidUser")
