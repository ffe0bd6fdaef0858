"""Rules R25, R27 and R30: what is ours, what is not, and everything taken away at once."""

from __future__ import annotations

import pytest

from services.timesync.operations import stop
from shared.graph.calendar import Appointment, Found
from shared.graph.mailbox import AutomaticReply

from .builders import at, record
from .conftest import Town

MEETING = Found(
    "meeting",
    "v1",
    Appointment("Overleg", at("2026-11-16T10:00"), at("2026-11-16T11:00"), all_day=False, show_as="busy"),
)
DRAFT = AutomaticReply("disabled", at("2026-01-01"), at("2026-01-02"), "klad", "klad")


@pytest.fixture
def user(town: Town) -> str:
    """Return an account with a meeting of its owner's own."""
    user = town.outlook.add("000104")
    town.outlook.events[user][MEETING.id] = MEETING
    town.outlook.keys[MEETING.id] = ""
    return user


def test_r25_every_event_of_the_hub_carries_its_key(town: Town, user: str) -> None:
    town.read(record("2026-11-16"), record("2026-11-18", source_id="2"))

    made = {town.outlook.keys[event] for event in town.outlook.events[user] if event != MEETING.id}
    assert made == {row.written.key for row in town.store.events.of("000104")}


def test_r25_r27_a_meeting_of_the_owner_stays_as_it_is_whatever_the_absence_does(town: Town, user: str) -> None:
    town.read(record("2026-11-16"))
    town.read(record("2026-11-16", "2026-11-18", version="2"))
    town.read(complete=False, deleted={"1": "3"})

    assert town.outlook.events[user] == {MEETING.id: MEETING}


def test_r30_a_stop_removes_what_is_to_come_and_gives_the_reply_back(town: Town, user: str) -> None:
    town.outlook.replies[user] = DRAFT
    town.read(record("2026-11-16", "2026-11-18"), record("2026-11-24", source_id="2"))

    town.settle(stop(town.world, "ict"))

    assert town.outlook.events[user] == {MEETING.id: MEETING}
    assert (town.outlook.replies[user].status, town.outlook.replies[user].external) == ("disabled", "klad")
