"""What the console remembers of what it hears."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.console.domain.waiting import Failing, Outside, Refusals, Request, RulesRefused, Silence
from services.console.handlers import Console, router
from shared.events import (
    CATALOGUE,
    AbsenceHeld,
    AbsenceReleased,
    AbsenceRulesRefused,
    AbsenceRulesTaken,
    AbsenceSourceFailing,
    AbsenceSourceRestored,
    ClockStruck,
    DeliveryRefused,
    Event,
    MailArrived,
    MailFiled,
    MailHeld,
    MessageDiscardRequested,
    MessageRetryRequested,
    MessageUnparked,
    SourceHeard,
    SourceSilent,
    SubscriptionFailing,
    SubscriptionRestored,
)
from shared.events.absences import RuleFault
from tests.unit.console.builders import NOW, FakeConsole, parked

UNPARKED = MessageUnparked(service="timesync", message_id="m-1", outcome="retried", by="ict")
SINCE = NOW - timedelta(hours=8)
SILENT = SourceSilent(source="protime", since=SINCE)
HEARD = SourceHeard(source="protime", since=SINCE, at=NOW)
SILENT_AGAIN = SourceSilent(source="protime", since=NOW)
FAILING = SubscriptionFailing(kind="graph", subscription="people", reason="graph_403", since=SINCE)
RESTORED = SubscriptionRestored(kind="graph", subscription="people", since=SINCE, at=NOW)
FAILING_AGAIN = replace(FAILING, reason="place_taken", since=NOW)
REFUSED = DeliveryRefused(source="notulen", delivery_id="d-7", reason="rule_not_applicable", places=["besluit.id"])
NOT_READ = MailHeld(intake="postregister", reference="2026/IN/001234", reason="register_not_read")
FILED = MailFiled(kenmerk="2026/IN/001234", version=1, drive_id="d", item_id="i")
HELD = AbsenceHeld(source="export", place="export.csv:10 A-3008", reason="unknown_code")


UNREAD = AbsenceSourceFailing(source="export", reason="source_missing", since=SINCE)
READ = AbsenceSourceRestored(source="export", at=SINCE + timedelta(hours=1))
UNREAD_AGAIN = replace(UNREAD, reason="http_401", since=NOW)
FAULTS = [RuleFault(file="hub.toml", line=41, expected="Must be one of: afwezig, telewerk.")]
RULES_REFUSED = AbsenceRulesRefused(file="hub.toml", faults=FAULTS)
RULES_TAKEN = AbsenceRulesTaken(file="hub.toml")


def hear(console: FakeConsole, *events: Event) -> list[Event]:
    world = Console(console.store, console.clock)
    return [said for event in events for said in router.handle(event, world)]


def listed(console: FakeConsole) -> list[str]:
    return [row.message.message_id for row in console.store.parked()]


def test_the_console_hears_every_event_there_is() -> None:
    assert set(router.hears) == set(CATALOGUE)


def test_hearing_says_nothing(console: FakeConsole) -> None:
    assert hear(console, parked(), UNPARKED, HELD, ClockStruck(at=NOW, period="tick")) == []


def test_a_parked_message_is_listed_as_it_explained_itself(console: FakeConsole) -> None:
    hear(console, parked())

    row = console.store.parked_one("timesync", "m-1")
    assert row is not None
    assert (row.message, row.request) == (parked(), None)


def test_the_same_id_at_two_services_is_two_messages(console: FakeConsole) -> None:
    hear(console, parked(service="timesync"), parked(service="notifier"))

    assert console.store.parked_counts() == {"timesync": 1, "notifier": 1}


def test_a_message_that_was_dealt_with_leaves_the_list(console: FakeConsole) -> None:
    hear(console, parked(), UNPARKED)

    assert listed(console) == []


def test_a_repeated_parking_does_not_bring_back_what_was_dealt_with(console: FakeConsole) -> None:
    hear(console, parked(), UNPARKED, parked())

    assert listed(console) == []


def test_a_message_that_is_parked_again_is_listed_again_without_the_old_wish(console: FakeConsole) -> None:
    retry = MessageRetryRequested(service="timesync", message_id="m-1", by="ict")
    hear(console, parked(), retry, UNPARKED, parked(parked_at=NOW))

    assert [(row.message.parked_at, row.request) for row in console.store.parked()] == [(NOW, None)]


@pytest.mark.parametrize(
    ("event", "wish"),
    [
        (MessageRetryRequested(service="timesync", message_id="m-1", by="ict"), "retry"),
        (MessageDiscardRequested(service="timesync", message_id="m-1", by="ict", why="dubbel"), "discard"),
    ],
    ids=["retry", "discard"],
)
def test_a_wish_is_shown_whoever_uttered_it(console: FakeConsole, event: Event, wish: str) -> None:
    hear(console, parked(), event)

    assert [row.request for row in console.store.parked()] == [Request(wish, "ict", NOW)]


def test_a_held_record_is_listed_once_however_often_it_is_reported(console: FakeConsole) -> None:
    hear(console, HELD)
    console.clock.advance(timedelta(minutes=15))
    hear(console, HELD)

    [record] = console.store.held()
    assert (record.place, record.first_seen, record.last_seen) == (HELD.place, NOW, NOW + timedelta(minutes=15))


def test_a_record_that_was_mended_is_off_the_list(console: FakeConsole) -> None:
    hear(console, HELD, AbsenceReleased(source=HELD.source, place=HELD.place, reason=HELD.reason))

    assert console.store.held() == []


def test_a_reading_that_is_doubted_for_another_reason_by_now_stays_on_the_list(console: FakeConsole) -> None:
    deleted = AbsenceHeld(source="export", place="export", reason="mass_deletion_blocked")
    released = AbsenceReleased(source="export", place="export", reason="mass_deletion_blocked")

    hear(console, deleted, replace(deleted, reason="mass_change_blocked"), released)

    assert [record.reason for record in console.store.held()] == ["mass_change_blocked"]


def test_a_mail_set_that_is_claimed_after_all_is_no_longer_held(console: FakeConsole) -> None:
    held = MailHeld(intake="hotfolder", reference="2026-IN-001234.pdf", reason="sha256_mismatch")
    claimed = MailArrived(intake="hotfolder", reference="2026-IN-001234.pdf", kenmerk="2026/IN/001234", version=1)
    hear(console, held, HELD, claimed)

    assert [record.kind for record in console.store.held()] == ["absence"]


# --- the systems that knock


def outside(console: FakeConsole) -> Outside:
    return console.store.sources.outside(console.clock.now().date())


@pytest.mark.parametrize(
    ("events", "silent_since"),
    [
        ([SILENT], SINCE),
        ([SILENT, SILENT], SINCE),
        ([SILENT, HEARD], None),
        ([HEARD, SILENT], None),
        ([SILENT, HEARD, SILENT_AGAIN], NOW),
        ([SILENT, SILENT_AGAIN, HEARD], NOW),
        ([SILENT_AGAIN, SILENT], NOW),
    ],
    ids=["silent", "repeated", "heard", "heard first", "silent again", "end of the first told late", "late alarm"],
)
def test_a_source_is_silent_until_it_is_heard_whatever_the_order(
    console: FakeConsole, events: list[Event], silent_since: datetime | None
) -> None:
    hear(console, *events)

    assert list(outside(console).silences) == ([Silence("protime", silent_since)] if silent_since else [])


@pytest.mark.parametrize(
    ("events", "failing"),
    [
        ([FAILING], ("graph_403", SINCE)),
        ([FAILING, FAILING], ("graph_403", SINCE)),
        ([FAILING, RESTORED], None),
        ([RESTORED, FAILING], None),
        ([FAILING, RESTORED, FAILING_AGAIN], ("place_taken", NOW)),
        ([FAILING, FAILING_AGAIN, RESTORED], ("place_taken", NOW)),
        ([FAILING_AGAIN, FAILING], ("place_taken", NOW)),
    ],
    ids=["failing", "repeated", "restored", "restored first", "again", "end of the first told late", "late alarm"],
)
def test_a_subscription_fails_until_it_is_restored_whatever_the_order(
    console: FakeConsole, events: list[Event], failing: tuple[str, datetime] | None
) -> None:
    hear(console, *events)

    assert list(outside(console).failings) == ([Failing("graph", "people", *failing)] if failing else [])


def test_a_webhook_and_a_subscription_of_one_name_fail_apart(console: FakeConsole) -> None:
    hear(console, FAILING, replace(FAILING, kind="hook"), RESTORED)

    assert [one.kind for one in outside(console).failings] == ["hook"]


@pytest.mark.parametrize(
    ("events", "failing"),
    [
        ([UNREAD], ("source_missing", SINCE)),
        ([UNREAD, UNREAD], ("source_missing", SINCE)),
        ([UNREAD, READ], None),
        ([READ, UNREAD], None),
        ([UNREAD, READ, UNREAD_AGAIN], ("http_401", NOW)),
        ([UNREAD, UNREAD_AGAIN, READ], ("http_401", NOW)),
    ],
    ids=["failing", "repeated", "read again", "end told first", "again", "end of the first told late"],
)
def test_a_source_of_absences_fails_until_it_is_read_whatever_the_order(
    console: FakeConsole, events: list[Event], failing: tuple[str, datetime] | None
) -> None:
    hear(console, *events)

    assert list(outside(console).failings) == ([Failing("absences", "export", *failing)] if failing else [])


def test_a_source_of_absences_and_a_webhook_of_one_name_fail_apart(console: FakeConsole) -> None:
    hear(console, UNREAD, replace(FAILING, kind="hook", subscription="export"), READ)

    assert [one.kind for one in outside(console).failings] == ["hook"]


def test_refused_settings_are_remembered_line_by_line_until_they_are_taken(console: FakeConsole) -> None:
    hear(console, RULES_REFUSED)
    refused = console.store.rules.refused()

    hear(console, RULES_TAKEN, RULES_TAKEN)

    assert refused == [RulesRefused("hub.toml", FAULTS, NOW)]
    assert console.store.rules.refused() == []


def test_the_lines_of_the_last_change_count_and_the_first_says_since_when(console: FakeConsole) -> None:
    later = [replace(FAULTS[0], line=42)]
    hear(console, RULES_REFUSED)
    console.clock.advance(timedelta(minutes=5))

    hear(console, replace(RULES_REFUSED, faults=later))

    assert console.store.rules.refused() == [RulesRefused("hub.toml", later, NOW)]


def test_refused_deliveries_are_counted_by_source_and_reason(console: FakeConsole) -> None:
    hear(
        console,
        REFUSED,
        replace(REFUSED, delivery_id="d-8", places=["besluit.titel", "besluit.id"]),
        replace(REFUSED, delivery_id="d-9", reason="malformed_delivery", places=["body"]),
    )

    assert list(outside(console).refusals) == [
        Refusals("notulen", "malformed_delivery", 1, ("body",)),
        Refusals("notulen", "rule_not_applicable", 2, ("besluit.id", "besluit.titel")),
    ]


def test_refused_deliveries_are_a_problem_for_a_week(console: FakeConsole) -> None:
    hear(console, REFUSED)
    console.clock.advance(timedelta(days=6))
    hear(console, replace(REFUSED, delivery_id="d-8"))

    lately = [refused.count for refused in outside(console).refusals]
    console.clock.advance(timedelta(days=1))
    later = [refused.count for refused in outside(console).refusals]

    assert (lately, later) == ([2], [1])


def test_a_letter_that_its_register_told_of_is_off_the_list_once_it_is_filed(console: FakeConsole) -> None:
    other = MailHeld(intake="scans", reference="2026/IN/001234", reason="too_large")
    hear(console, NOT_READ, replace(NOT_READ, reference="2026/IN/9"), other, FILED)

    assert {(record.source, record.place) for record in console.store.held()} == {
        ("postregister", "2026/IN/9"),
        ("scans", "2026/IN/001234"),
    }
