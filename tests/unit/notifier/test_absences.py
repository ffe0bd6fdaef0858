"""What ICT hears of absences that do not reach the calendars, and how often."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.errors import Transient
from shared.events import AbsenceHeld, AbsenceReleased, AbsenceRulesTaken, Event
from tests.unit.notifier.builders import DOUBTED, READ, RULES_REFUSED, UNREAD, FakeNotifier

INTERRUPTED = "Synchronisatie onderbroken: export"
RESTORED = "Synchronisatie hersteld: export"
DELETION, CHANGE = "Massaverwijdering geblokkeerd: export", "Massawijziging geblokkeerd: export"
BELIEVED = AbsenceReleased(source="export", place="export", reason="mass_deletion_blocked")
CHANGED = replace(DOUBTED, reason="mass_change_blocked")
OTHER_FAULT = replace(RULES_REFUSED, faults=[replace(RULES_REFUSED.faults[0], line=42)])
TAKEN = AbsenceRulesTaken(file="hub.toml")


def titles(notifier: FakeNotifier, *events: Event) -> list[str]:
    """Return what ICT read after *events*."""
    for event in events:
        notifier.hear(event)
    return [card["fallbackText"] for card in notifier.channels["ict"].cards]


# --- a source that cannot be read


def test_ict_hears_once_that_a_source_cannot_be_read_and_once_that_it_is_again(notifier: FakeNotifier) -> None:
    assert titles(notifier, UNREAD, UNREAD, READ, READ) == [INTERRUPTED, RESTORED]


def test_a_later_interruption_is_told_again(notifier: FakeNotifier) -> None:
    later = replace(UNREAD, since=READ.at + timedelta(hours=1))

    assert titles(notifier, UNREAD, READ, later) == [INTERRUPTED, RESTORED, INTERRUPTED]


def test_an_interruption_that_is_heard_of_after_its_end_alarms_nobody(notifier: FakeNotifier) -> None:
    assert titles(notifier, READ, UNREAD) == [RESTORED]


def test_sources_are_interrupted_apart(notifier: FakeNotifier) -> None:
    assert titles(notifier, READ, replace(UNREAD, source="protime")) == [
        RESTORED,
        "Synchronisatie onderbroken: protime",
    ]


# --- a reading that is not believed


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ([DOUBTED], [DELETION]),
        ([CHANGED], [CHANGE]),
        ([DOUBTED, DOUBTED], [DELETION]),
        ([DOUBTED, BELIEVED, DOUBTED], [DELETION, DELETION]),
        ([DOUBTED, CHANGED], [DELETION, CHANGE]),
        ([DOUBTED, CHANGED, BELIEVED, CHANGED], [DELETION, CHANGE]),
    ],
    ids=["deletion", "change", "repeated", "again after it was believed", "for another reason", "end of the first"],
)
def test_ict_hears_at_once_of_a_reading_that_is_not_believed(
    notifier: FakeNotifier, events: list[Event], told: list[str]
) -> None:
    assert titles(notifier, *events) == told


def test_one_record_that_is_held_makes_no_card(notifier: FakeNotifier) -> None:
    held = AbsenceHeld(source="export", place="export.csv:10 A-3008", reason="unknown_code", employee="000104")

    assert notifier.hear(held) == []
    assert notifier.told() == {}


# --- settings that cannot be used


@pytest.mark.parametrize(
    ("events", "cards"),
    [
        ([RULES_REFUSED], 1),
        ([RULES_REFUSED, RULES_REFUSED], 1),
        ([RULES_REFUSED, OTHER_FAULT], 2),
        ([RULES_REFUSED, TAKEN, RULES_REFUSED], 2),
        ([TAKEN], 0),
    ],
    ids=["refused", "saved again", "another line", "again after it was taken", "only taken"],
)
def test_ict_hears_once_of_the_same_lines_that_cannot_be_used(
    notifier: FakeNotifier, events: list[Event], cards: int
) -> None:
    assert len(titles(notifier, *events)) == cards


def test_a_file_with_the_longest_name_can_be_told_of(notifier: FakeNotifier) -> None:
    notifier.hear(replace(RULES_REFUSED, file="x" * 200))

    assert [entry.about for entry in notifier.notices.recent(10)] == ["x" * 128]


# --- all of them


@pytest.mark.parametrize("event", [UNREAD, READ, DOUBTED, RULES_REFUSED], ids=lambda event: event.TYPE)
def test_a_card_that_could_not_be_sent_is_sent_at_the_next_attempt(notifier: FakeNotifier, event: Event) -> None:
    notifier.channels["ict"].failure = Transient("http_502", "no answer")
    with pytest.raises(Transient):
        notifier.hear(event)
    notifier.channels["ict"].failure = None

    first, second = notifier.hear(event), notifier.hear(event)

    assert first == second
    assert notifier.told() == {"ict": 1}
