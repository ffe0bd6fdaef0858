"""What the console remembers of post: what waits, what was chosen for it, and when it waits no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.console.domain.post import Choice, InTray, Offered, Term
from services.console.handlers import Console, router
from services.console.store.terms import KEPT
from shared.events import (
    ClassificationChosen,
    Event,
    MailFiled,
    MailHeld,
    MailKept,
    MailMoved,
    MailOffered,
    MailRegistered,
    MailReleased,
    MailWithdrawn,
    RegistrationChosen,
    ReplyDue,
)
from tests.unit.console.builders import NOW, FakeConsole

KENMERK, MESSAGE = "2026/IN/001234", "3f5a" * 16
IN_TRAY = MailFiled(
    kenmerk=KENMERK,
    version=1,
    drive_id="d",
    item_id="i",
    unclassified=True,
    reason="unknown_project",
    suggestions=["A1"],
)
FILED = MailFiled(kenmerk=KENMERK, version=1, project="A40201", drive_id="d", item_id="i")
OFFERED = MailOffered(intake="post", message=MESSAGE, received_at=NOW, references=[KENMERK], projects=["A40201"])
REGISTERED = MailRegistered(intake="post", message=MESSAGE, kenmerk=KENMERK)
DUE = ReplyDue(kenmerk=KENMERK, due=date(2026, 12, 8), days=15, project="A40201", handler="0b1f", is_away=True)
HELD = MailHeld(intake="scans", reference="2026-IN-001235", reason="sha256_mismatch")


def hear(console: FakeConsole, *events: Event) -> list[Event]:
    world = Console(console.store, console.clock)
    return [said for event in events for said in router.handle(event, world)]


def waiting(console: FakeConsole) -> list[str]:
    return [letter.kenmerk for letter in console.store.tray.all()]


def test_a_letter_that_no_rule_files_waits_with_its_reason_and_suggestions(console: FakeConsole) -> None:
    assert hear(console, IN_TRAY) == []

    assert console.store.tray.all() == [InTray(KENMERK, 1, "unknown_project", ("A1",), NOW)]


@pytest.mark.parametrize(
    "end",
    [
        FILED,
        replace(FILED, version=2),
        replace(FILED, project=None, protected=True),
        MailMoved(kenmerk=KENMERK, version=1, project="A40201"),
        MailWithdrawn(kenmerk=KENMERK, version=2, reason="confidential"),
        MailKept(kenmerk=KENMERK, version=2, reason="by_rule"),
    ],
    ids=["filed", "newer version filed", "protected", "moved", "withdrawn", "kept"],
)
def test_a_letter_waits_until_its_fate_is_known(console: FakeConsole, end: Event) -> None:
    hear(console, IN_TRAY, end)

    assert waiting(console) == []
    assert console.store.tray.count() == 0
    assert console.store.tray.one(KENMERK) is None


@pytest.mark.parametrize(
    "event",
    [
        replace(FILED, kenmerk="2026/IN/000001"),
        MailMoved(kenmerk=KENMERK, version=2, before="A40201", project=None),
        MailWithdrawn(kenmerk=KENMERK, version=1, reason="confidential"),
    ],
    ids=["another letter", "moved to the tray", "what is older"],
)
def test_a_letter_waits_on_when_something_else_happens(console: FakeConsole, event: Event) -> None:
    hear(console, replace(IN_TRAY, version=2), event)

    assert waiting(console) == [KENMERK]


def test_an_older_version_does_not_bring_back_a_letter_that_was_filed(console: FakeConsole) -> None:
    hear(console, IN_TRAY, replace(FILED, version=2), IN_TRAY)

    assert waiting(console) == []


def test_a_newer_version_without_a_project_waits_again_and_counts_anew(console: FakeConsole) -> None:
    hear(console, IN_TRAY, FILED)
    console.clock.advance(timedelta(hours=1))
    hear(console, replace(IN_TRAY, version=2))

    assert [letter.since for letter in console.store.tray.all()] == [NOW + timedelta(hours=1)]


def test_a_choice_is_shown_until_it_is_answered_whoever_made_it(console: FakeConsole) -> None:
    hear(console, IN_TRAY, ClassificationChosen(kenmerk=KENMERK, project="A40203", by="beheer"))
    asked = console.store.tray.one(KENMERK)
    console.clock.advance(timedelta(minutes=1))
    hear(console, replace(IN_TRAY, reason="folder_missing"))
    answered = console.store.tray.one(KENMERK)

    assert asked is not None
    assert answered is not None
    assert asked.choice == Choice("A40203", "beheer", NOW)
    assert (answered.choice, answered.reason, answered.since) == (None, "folder_missing", NOW)


def test_a_choice_for_what_does_not_wait_changes_nothing(console: FakeConsole) -> None:
    hear(console, ClassificationChosen(kenmerk=KENMERK, project="A40203", by="ict"))
    hear(console, RegistrationChosen(intake="post", message=MESSAGE, kenmerk=KENMERK, by="ict"))

    assert (console.store.tray.all(), console.store.mails.all()) == ([], [])


# -- e-mails ------------------------------------------------------------------------------------------------------


def test_an_e_mail_waits_with_what_it_seems_to_be_about(console: FakeConsole) -> None:
    hear(console, OFFERED, OFFERED)

    assert console.store.mails.all() == [Offered(MESSAGE, "post", NOW, (KENMERK,), ("A40201",))]


@pytest.mark.parametrize("end", [REGISTERED, replace(REGISTERED, kenmerk=None, reason="auto_reply")])
def test_an_e_mail_that_was_registered_or_passed_over_waits_no_more_and_does_not_come_back(
    console: FakeConsole, end: Event
) -> None:
    hear(console, OFFERED, end, OFFERED)

    assert console.store.mails.all() == []
    assert console.store.mails.one(MESSAGE) is None


def test_the_kenmerk_that_was_chosen_for_an_e_mail_is_shown_whoever_chose_it(console: FakeConsole) -> None:
    hear(console, OFFERED, RegistrationChosen(intake="post", message=MESSAGE, kenmerk=KENMERK, by="outlook"))

    mail = console.store.mails.one(MESSAGE)
    assert mail is not None
    assert mail.choice == Choice(KENMERK, "outlook", NOW)


def test_only_what_waits_longer_is_old(console: FakeConsole) -> None:
    hear(console, OFFERED)

    assert console.store.mails.count(before=NOW) == 0
    assert console.store.mails.count(before=NOW + timedelta(seconds=1)) == 1


# -- answers ------------------------------------------------------------------------------------------------------


def test_an_answer_that_is_due_is_remembered_as_it_was_last_told_and_without_people(console: FakeConsole) -> None:
    hear(console, DUE, replace(DUE, days=2, is_away=False))

    assert console.store.terms.all() == [Term(KENMERK, DUE.due, "A40201", None, is_away=False)]


@pytest.mark.parametrize(
    "end",
    [
        MailWithdrawn(kenmerk=KENMERK, version=1, project="A40201", reason="cancelled"),
        MailKept(kenmerk=KENMERK, version=1, reason="cancelled"),
    ],
    ids=["withdrawn", "kept"],
)
def test_nobody_need_answer_what_was_taken_out_of_sight(console: FakeConsole, end: Event) -> None:
    hear(console, DUE, end)

    assert console.store.terms.all() == []


def test_a_term_is_forgotten_a_year_after_its_last_day(console: FakeConsole) -> None:
    hear(console, DUE)
    console.clock.advance(DUE.due - NOW.date() + KEPT)
    hear(console, replace(DUE, kenmerk="K/2"))
    kept = len(console.store.terms.all())
    console.clock.advance(timedelta(days=1))
    hear(console, replace(DUE, kenmerk="K/3", due=console.clock.now().date()))

    assert kept == 2
    assert [term.kenmerk for term in console.store.terms.all()] == ["K/3"]


# -- held ---------------------------------------------------------------------------------------------------------


def test_a_set_that_was_mended_is_off_the_list_and_one_that_is_held_for_another_reason_is_not(
    console: FakeConsole,
) -> None:
    other = replace(HELD, reference="2026-IN-001236", reason="too_large")

    hear(console, HELD, other)
    for held in (HELD, replace(other, reason="sha256_mismatch")):
        hear(console, MailReleased(intake=held.intake, reference=held.reference, reason=held.reason))

    assert [record.place for record in console.store.held()] == ["2026-IN-001236"]
