"""What colleagues see: the automatic reply, and the presence that follows from it and from the calendar."""

from typing import Any

import pytest

from sandbox.state import Tenant
from tests.contract.sandbox.client import FIEN, Client, absence, code
from tests.contract.sandbox.conftest import Clock

SETTINGS, PRESENCE = f"/users/{FIEN}/mailboxSettings", f"/users/{FIEN}/presence"


def reply(**changes: Any) -> dict[str, Any]:
    setting: dict[str, Any] = {
        "status": "scheduled",
        "externalAudience": "all",
        "scheduledStartDateTime": {"dateTime": "2027-05-06T00:00:00", "timeZone": "Romance Standard Time"},
        "scheduledEndDateTime": {"dateTime": "2027-05-08T00:00:00", "timeZone": "Romance Standard Time"},
        "internalReplyMessage": "<p>Ik ben afwezig.</p>",
        "externalReplyMessage": "<p>Ik ben afwezig.</p>",
    }
    return {"automaticRepliesSetting": setting | changes}


def is_out(client: Client) -> bool:
    return bool(client("GET", PRESENCE).json()["outOfOfficeSettings"]["isOutOfOffice"])


def test_a_scheduled_reply_is_kept_and_makes_one_out_of_office_for_its_time(client: Client, clock: Clock) -> None:
    changed = client("PATCH", SETTINGS, reply())

    assert changed.status_code == 200
    assert "workingHours" not in changed.json()
    settings = client("GET", SETTINGS, headers={"Prefer": 'outlook.timezone="Romance Standard Time"'}).json()
    start = settings["automaticRepliesSetting"]["scheduledStartDateTime"]
    assert start == {"dateTime": "2027-05-06T00:00:00.0000000", "timeZone": "Romance Standard Time"}
    assert is_out(client)
    clock.advance(days=1)
    assert not is_out(client)


def test_what_a_patch_leaves_out_stays(client: Client) -> None:
    client("PATCH", SETTINGS, reply())
    client("PATCH", SETTINGS, {"automaticRepliesSetting": {"status": "disabled"}})

    setting = client("GET", f"{SETTINGS}/automaticRepliesSetting").json()
    assert (setting["status"], setting["internalReplyMessage"]) == ("disabled", "<p>Ik ben afwezig.</p>")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(
            {"scheduledEndDateTime": {"dateTime": "2027-05-07T00:00:00", "timeZone": "UTC"}}, id="in the past"
        ),
        pytest.param(
            {"scheduledEndDateTime": {"dateTime": "2027-05-08T00:00:00", "timeZone": "CET"}}, id="unknown zone"
        ),
        pytest.param({"status": "on"}, id="unknown status"),
    ],
)
def test_a_reply_that_exchange_would_refuse_is_refused(client: Client, tenant: Tenant, changes: dict[str, Any]) -> None:
    assert client("PATCH", SETTINGS, reply(**changes)).status_code == 400
    assert tenant.replies(FIEN).status == "disabled"


def test_an_event_shown_as_out_of_office_makes_one_out_of_office(client: Client, tenant: Tenant) -> None:
    client("POST", f"/users/{FIEN}/events", absence())

    body = {"ids": [tenant.user(FIEN)["id"], "unknown"]}
    seen = client("POST", "/communications/getPresencesByUserId", body).json()["value"]

    assert [(each["activity"], each["outOfOfficeSettings"]["isOutOfOffice"]) for each in seen] == [
        ("OutOfOffice", True)
    ]


def test_working_elsewhere_is_not_out_of_office(client: Client) -> None:
    client("POST", f"/users/{FIEN}/events", absence(showAs="workingElsewhere"))

    assert not is_out(client)


def test_more_than_650_people_at_once_is_too_many(client: Client) -> None:
    assert client("POST", "/communications/getPresencesByUserId", {"ids": ["x"] * 651}).status_code == 400


def test_an_application_may_set_its_own_session_for_a_while(client: Client, tenant: Tenant, clock: Clock) -> None:
    session = {"sessionId": tenant.client_id, "availability": "DoNotDisturb", "activity": "Presenting"}

    assert client("POST", f"{PRESENCE}/setPresence", session | {"expirationDuration": "PT1H"}).status_code == 200
    assert client("GET", PRESENCE).json()["availability"] == "DoNotDisturb"
    clock.advance(hours=1)
    assert client("GET", PRESENCE).json()["availability"] == "Available"


@pytest.mark.parametrize(
    "changes",
    [{"sessionId": "other"}, {"activity": "OutOfOffice"}, {"expirationDuration": "PT5H"}],
    ids=["session of another", "out of office", "too long"],
)
def test_a_presence_that_cannot_be_set_is_refused(client: Client, tenant: Tenant, changes: dict[str, str]) -> None:
    session = {"sessionId": tenant.client_id, "availability": "Available", "activity": "Available"} | changes

    assert code(client("POST", f"{PRESENCE}/setPresence", session)) == (400, "BadRequest")


def test_a_status_message_is_shown(client: Client) -> None:
    status = {"message": {"contentType": "text", "content": "Terug op 10 mei"}}

    assert client("POST", f"{PRESENCE}/setStatusMessage", {"statusMessage": status}).status_code == 200
    assert client("GET", PRESENCE).json()["statusMessage"]["message"]["content"] == "Terug op 10 mei"


OFF_WORK = {"availability": "Offline", "activity": "OffWork"}


def state(client: Client) -> tuple[str, str]:
    seen = client("GET", PRESENCE).json()
    return seen["availability"], seen["activity"]


def close_teams(client: Client) -> None:
    client("POST", f"{client.sandbox.url}/_sandbox/teams", {"user": FIEN, "open": False})


def test_what_somebody_prefers_goes_above_a_session_until_it_is_cleared(client: Client, tenant: Tenant) -> None:
    session = {"sessionId": tenant.client_id, "availability": "Busy", "activity": "InACall"}
    client("POST", f"{PRESENCE}/setPresence", session)

    assert client("POST", f"{PRESENCE}/setUserPreferredPresence", OFF_WORK).status_code == 200
    assert state(client) == ("Offline", "OffWork")
    assert client("POST", f"{PRESENCE}/clearUserPreferredPresence", {}).status_code == 200
    assert state(client) == ("Busy", "InACall")


def test_a_preference_shows_only_while_there_is_a_session(client: Client, tenant: Tenant, clock: Clock) -> None:
    away = {"availability": "Away", "activity": "Away", "expirationDuration": "P1D"}
    session = {"sessionId": tenant.client_id, "availability": "Available", "activity": "Available"}
    client("POST", f"{PRESENCE}/setUserPreferredPresence", away)
    close_teams(client)

    assert state(client) == ("Offline", "Offline")
    client("POST", f"{PRESENCE}/setPresence", session)
    assert state(client) == ("Away", "Away")
    clock.advance(minutes=5)
    assert state(client) == ("Offline", "Offline")


@pytest.mark.parametrize(
    ("wish", "hours"),
    [
        pytest.param(OFF_WORK, 7 * 24, id="a week"),
        pytest.param({"availability": "Busy", "activity": "Busy"}, 24, id="a day when busy"),
        pytest.param(OFF_WORK | {"expirationDuration": "P1DT2H30M"}, 26.5, id="as long as asked"),
    ],
)
def test_a_preference_ends(client: Client, clock: Clock, wish: dict[str, str], hours: float) -> None:
    client("POST", f"{PRESENCE}/setUserPreferredPresence", wish)

    clock.advance(hours=hours, seconds=-1)
    assert state(client)[0] == wish["availability"]
    clock.advance(seconds=1)
    assert state(client) == ("Available", "Available")


@pytest.mark.parametrize(
    "changes",
    [{"activity": "Offline"}, {"availability": "Away"}, {"expirationDuration": "8 hours"}],
    ids=["activity", "combination", "duration"],
)
def test_a_preference_that_is_not_offered_is_refused(client: Client, changes: dict[str, str]) -> None:
    refused = client("POST", f"{PRESENCE}/setUserPreferredPresence", OFF_WORK | changes)

    assert code(refused) == (400, "BadRequest")
    assert state(client) == ("Available", "Available")


def test_a_status_message_ends_without_having_said_when(client: Client, clock: Clock) -> None:
    end = {"dateTime": "2027-05-07T18:00:00", "timeZone": "Romance Standard Time"}  # two hours of summer time ahead
    message = {"contentType": "text", "content": "Terug op 10 mei"}
    client("POST", f"{PRESENCE}/setStatusMessage", {"statusMessage": {"message": message, "expiryDateTime": end}})

    assert client("GET", PRESENCE).json()["statusMessage"] == {"message": message}
    clock.advance(hours=6)
    assert client("GET", PRESENCE).json()["statusMessage"] is None


def test_an_empty_status_message_takes_it_away(client: Client) -> None:
    for text in ("Terug op 10 mei", ""):
        client("POST", f"{PRESENCE}/setStatusMessage", {"statusMessage": {"message": {"content": text}}})

    assert client("GET", PRESENCE).json()["statusMessage"] is None


def test_who_has_no_licence_has_no_presence(client: Client, tenant: Tenant) -> None:
    bare = tenant.add_user({"displayName": "Wout Werkman", "userPrincipalName": "wout@example.org"}, purpose=None)
    path = f"/users/{bare['id']}/presence"

    answers = [client("GET", path), client("POST", f"{path}/setUserPreferredPresence", OFF_WORK)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert client("POST", "/communications/getPresencesByUserId", {"ids": [bare["id"]]}).json()["value"] == []


def test_presence_is_asked_1500_times_in_half_a_minute_at_most(client: Client, tenant: Tenant, clock: Clock) -> None:
    for _ in range(1_500):
        tenant.limits.spend_on_presence()

    refused = client("GET", PRESENCE)

    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "31")
    clock.advance(seconds=30)
    assert client("GET", PRESENCE).status_code == 200
