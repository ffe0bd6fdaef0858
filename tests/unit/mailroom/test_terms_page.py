"""The open terms, for who asks by HTTP."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from services.mailroom.app import create_app
from services.mailroom.store.letters import PROTECTED
from shared.events import TeamDay
from shared.events.absences import TeamEntry
from tests.unit.mailroom.builders import FakeMailroom
from tests.unit.mailroom.terms_builders import LETTER, move_to, save


def ask(room: FakeMailroom) -> list[dict[str, Any]]:
    answer = create_app(room.world()).test_client().get("/due")
    listed: list[dict[str, Any]] = answer.get_json()["letters"]
    return listed


def test_open_terms_are_listed_with_the_days_that_are_left(room: FakeMailroom) -> None:
    save(room, LETTER)
    move_to(room, "2026-12-01T23:30")

    assert ask(room) == [
        {
            "kenmerk": "2026/IN/001234",
            "due": "2026-12-08",
            "days": 7,
            "project": "A40201",
            "department": "ICT",
            "is_away": False,
        }
    ]


def test_the_most_urgent_comes_first_and_what_is_late_counts_below_zero(room: FakeMailroom) -> None:
    save(room, LETTER, replace(LETTER, kenmerk="2026/IN/2", due=date(2026, 11, 30), state=PROTECTED))
    move_to(room, "2026-12-01T09:00")

    assert [(each["kenmerk"], each["days"]) for each in ask(room)] == [("2026/IN/2", -1), ("2026/IN/001234", 7)]


def test_it_says_of_whom_is_known_that_he_is_away_today(room: FakeMailroom) -> None:
    save(room, LETTER, replace(LETTER, kenmerk="2026/IN/2", handler=None))
    move_to(room, "2026-12-01T09:00")
    away = TeamEntry(employee="000104", user_id="user-4", part="whole", kind="away")
    room.hear(TeamDay(service="ICT", day=date(2026, 12, 1), entries=[away]))

    assert [each["is_away"] for each in ask(room)] == [True, False]


def test_what_is_answered_or_has_no_term_is_not_listed(room: FakeMailroom) -> None:
    save(room, replace(LETTER, needs_reply=False), replace(LETTER, kenmerk="2026/IN/2", due=None))

    assert ask(room) == []
