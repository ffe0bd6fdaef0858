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
