"""Who hears that an answer is due, when, and how often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.mailroom.domain.terms import TermRule, Terms
from services.mailroom.handlers import router, terms
from services.mailroom.store.letters import CANCELLED, PROTECTED, TRAY
from shared.events import ClockStruck, MailArrived, ReplyDue
from shared.persistence.database import own_writes
from tests.unit.mailroom.builders import FakeMailroom, deliver, sample_letter
from tests.unit.mailroom.terms_builders import DUE, KENMERK, LETTER, heard, hour, move_to, save


def days(said: Sequence[ReplyDue]) -> list[int]:
    return [event.days for event in said]


# --- what is said


def test_people_hear_where_the_letter_stands_and_how_much_time_is_left(room: FakeMailroom) -> None:
    save(room, LETTER)

    assert hour(room, "2026-12-01T08:00") == [
        ReplyDue(
            kenmerk=KENMERK,
            due=DUE,
            days=7,
            project="A40201",
            department="ICT",
            handler="user-4",
            drive_id="drive-1",
            item_id="item-1",
        )
    ]


def test_a_letter_in_the_tray_is_reminded_of_without_a_project(room: FakeMailroom) -> None:
    save(room, replace(LETTER, state=TRAY, project=None))

    (said,) = hour(room, "2026-12-01T08:00")

    assert (said.project, said.item_id) == (None, "item-1")


def test_of_what_few_may_see_no_file_and_no_project_is_named(room: FakeMailroom) -> None:
    save(room, replace(LETTER, state=PROTECTED))

    (said,) = hour(room, "2026-12-01T08:00")

    assert (said.kenmerk, said.project, said.drive_id, said.item_id) == (KENMERK, None, None, None)


# --- how often


def test_each_step_is_said_once(room: FakeMailroom) -> None:
    save(room, LETTER)

    said = [event for day in range(1, 12) for event in hour(room, f"2026-12-{day:02}T09:00")]

    assert days(said) == [7, 1, 0, -1]


def test_a_hub_that_was_down_says_the_last_step_only(room: FakeMailroom) -> None:
    save(room, LETTER)

    assert days(hour(room, "2026-12-08T11:00")) == [0]
    assert days(hour(room, "2026-12-08T12:00")) == []


def test_after_the_last_step_it_is_silent(room: FakeMailroom) -> None:
    save(room, LETTER)

    assert days(hour(room, "2027-02-01T09:00")) == [-55]
    assert hour(room, "2027-02-02T09:00") == []


def test_a_term_that_ends_in_a_weekend_is_told_as_early_as_that_of_the_friday(room: FakeMailroom) -> None:
    sunday = date(2026, 12, 13)
    save(room, replace(LETTER, due=sunday), replace(LETTER, kenmerk="2026/IN/2", due=sunday - timedelta(days=2)))

    assert days(hour(room, "2026-12-04T09:00")) == [7, 9]


def test_a_new_version_with_the_same_term_is_not_reminded_of_again(room: FakeMailroom) -> None:
    save(room, LETTER)
    hour(room, "2026-12-01T09:00")
    save(room, replace(LETTER, version=2))

    assert hour(room, "2026-12-01T10:00") == []


def test_an_extended_term_begins_anew(room: FakeMailroom) -> None:
    save(room, LETTER)
    hour(room, "2026-12-08T09:00")
    save(room, replace(LETTER, version=2, due=date(2026, 12, 28)))

    assert hour(room, "2026-12-09T09:00") == []
    assert days(hour(room, "2026-12-21T09:00")) == [7]


def test_a_process_that_dies_before_it_spoke_says_it_after_all(room: FakeMailroom) -> None:
    save(room, LETTER)
    move_to(room, "2026-12-01T08:00")
    with own_writes():
        lost = list(router.handle(ClockStruck(at=room.clock.now(), period="hour"), room.world()))

    assert hour(room, "2026-12-01T08:00") == lost != []


def test_many_letters_are_told_over_several_hours_the_most_urgent_first(
    room: FakeMailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terms, "TOGETHER", 2)
    save(room, *(replace(LETTER, kenmerk=f"2026/IN/{3 + n}", due=DUE - timedelta(days=n)) for n in range(5)))

    said = [[event.kenmerk for event in hour(room, f"2026-12-08T{at:02}:00")] for at in (8, 9, 10, 11)]

    assert said == [["2026/IN/7", "2026/IN/6"], ["2026/IN/5", "2026/IN/4"], ["2026/IN/3"], []]


# --- when


@pytest.mark.parametrize(
    ("moment", "is_said"),
    [
        ("2026-12-01T07:59", False),
        ("2026-12-01T08:00", True),
        ("2026-12-01T17:59", True),
        ("2026-12-01T18:00", False),
        ("2026-12-05T10:00", False),
        ("2026-12-06T10:00", False),
        ("2026-12-07T10:00", True),
        ("2026-12-08T10:00", False),
    ],
    ids=["early", "morning", "afternoon", "evening", "Saturday", "Sunday", "Monday", "closing day"],
)
def test_people_hear_of_terms_while_they_are_at_work(room: FakeMailroom, moment: str, *, is_said: bool) -> None:
    room.terms = Terms(closing_days=frozenset({date(2026, 12, 8)}))
    save(room, LETTER)

    assert bool(hour(room, moment)) is is_said


@pytest.mark.parametrize("period", ["tick", "day"])
def test_other_ticks_of_the_clock_remind_of_nothing(room: FakeMailroom, period: str) -> None:
    save(room, LETTER)
    move_to(room, "2026-12-01T09:00")

    assert heard(room.hear(ClockStruck(at=room.clock.now(), period=period))) == []


# --- of which letters


def test_a_letter_that_is_far_from_due_is_not_spoken_of(room: FakeMailroom) -> None:
    save(room, LETTER)

    assert hour(room, "2026-11-30T09:00") == []


@pytest.mark.parametrize(
    "changes", [{"state": CANCELLED}, {"needs_reply": False}, {"due": None}], ids=["cancelled", "answered", "no term"]
)
def test_what_waits_for_no_answer_is_not_reminded_of(room: FakeMailroom, changes: dict[str, object]) -> None:
    save(room, LETTER, replace(LETTER, version=2, **changes))  # type: ignore[arg-type]  # the test says which

    assert hour(room, "2026-12-08T09:00") == []


def test_who_answered_hears_no_more(room: FakeMailroom) -> None:
    save(room, LETTER)
    hour(room, "2026-12-01T09:00")
    room.store.letters.answer(KENMERK)

    assert hour(room, "2026-12-08T09:00") == []


# --- from the letter to the term


WITHOUT_TERM = {"<antwoordtermijn>2026-12-08</antwoordtermijn>": ""}
RULE = Terms(rules=[TermRule(name="openbaarheid", days=20)])


def main_columns(room: FakeMailroom) -> dict[str, object]:
    return next(item.fields for item in room.library.items.values() if item.fields.get("PostKenmerk"))


def test_the_term_of_the_register_stands_in_the_column(room: FakeMailroom) -> None:
    deliver(room.folder)
    room.run()

    assert main_columns(room)["Antwoordtermijn"] == "2026-12-08T12:00:00Z"


def test_the_term_of_a_rule_stands_in_the_column_and_is_reminded_of(room: FakeMailroom) -> None:
    room.terms = RULE
    deliver(room.folder, WITHOUT_TERM)
    room.run()

    assert main_columns(room)["Antwoordtermijn"] == "2026-12-08T12:00:00Z"
    assert [(each.due, each.handler) for each in hour(room, "2026-12-01T08:00")] == [(DUE, "user-4")]


def test_a_letter_that_comes_late_is_due_as_if_it_had_come_at_once(room: FakeMailroom) -> None:
    room.terms = RULE
    room.clock.advance(timedelta(days=9))
    deliver(room.folder, WITHOUT_TERM)
    room.run()

    assert main_columns(room)["Antwoordtermijn"] == "2026-12-08T12:00:00Z"


def test_a_better_scan_moves_no_term(room: FakeMailroom) -> None:
    room.terms = RULE
    deliver(room.folder, WITHOUT_TERM)
    room.run()
    room.clock.advance(timedelta(days=9))
    deliver(room.folder, {**WITHOUT_TERM, 'versie="1"': 'versie="2"'}, main=b"%PDF-1.7 beter gescand")
    said = room.run()

    assert [event.version for event in said if isinstance(event, MailArrived)] == [2]
    assert main_columns(room)["Antwoordtermijn"] == "2026-12-08T12:00:00Z"


def test_no_name_or_subject_is_said(room: FakeMailroom) -> None:
    deliver(room.folder)
    room.run()

    told = str([event.dump() for event in hour(room, "2026-12-01T08:00")])

    assert KENMERK in told
    assert not any(word in told for word in (sample_letter().subject, "Denkbeeld", "Tuur", "tuur", "@"))
