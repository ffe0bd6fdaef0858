"""What the console does when something happens: remember what waits for a person; the ledger keeps the journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from services.console.domain.waiting import ABSENCES, Failing, Request
from shared.clock import BRUSSELS, Clock
from shared.events import (
    CATALOGUE,
    AbsenceHeld,
    AbsenceReleased,
    AbsenceRulesRefused,
    AbsenceRulesTaken,
    AbsenceSourceFailing,
    AbsenceSourceRestored,
    DeliveryRefused,
    Event,
    MailArrived,
    MailFiled,
    MailHeld,
    MessageDiscardRequested,
    MessageParked,
    MessageRetryRequested,
    MessageUnparked,
    SourceHeard,
    SourceSilent,
    SubscriptionFailing,
    SubscriptionRestored,
)
from shared.events.absences import RuleFault
from shared.messaging.router import Router

NOT_READ = "register_not_read"  # mailroom's word for a letter that only a register told of


class Troubles(Protocol):
    """What the console remembers of the systems that knock."""

    def fall_silent(self, source: str, since: datetime) -> None: ...
    def be_heard(self, source: str, since: datetime, at: datetime) -> None: ...
    def fail(self, failing: Failing) -> None: ...
    def restore(self, kind: str, name: str, since: datetime, at: datetime) -> None: ...
    def refuse(self, source: str, reason: str, places: Sequence[str], day: date) -> None: ...


class Settings(Protocol):
    """What the console remembers of settings that were refused."""

    def refuse(self, file: str, faults: Sequence[RuleFault], at: datetime) -> None: ...
    def take(self, file: str) -> None: ...


class Memory(Protocol):
    """What the console remembers."""

    @property
    def sources(self) -> Troubles: ...
    @property
    def rules(self) -> Settings: ...
    def park(self, message: MessageParked) -> None: ...
    def unpark(self, service: str, message_id: str) -> None: ...
    def ask(self, service: str, message_id: str, request: Request) -> None: ...
    def hold(self, kind: str, source: str, place: str, reason: str, at: datetime) -> None: ...
    def release(self, kind: str, source: str, place: str) -> None: ...
    def release_absence(self, source: str, place: str, reason: str) -> None: ...
    def release_letter(self, place: str, reason: str) -> None: ...


@dataclass(frozen=True)
class Console:
    """The outside world of the handlers."""

    memory: Memory
    clock: Clock


router: Router[Console] = Router("console")


@router.on(MessageParked)
def list_parked(event: MessageParked, console: Console) -> None:
    """Show a message that waits for a person. Safe to repeat, also after it was dealt with."""
    console.memory.park(event)


@router.on(MessageUnparked)
def close_parked(event: MessageUnparked, console: Console) -> None:
    """Take a message that was retried or discarded off the list."""
    console.memory.unpark(event.service, event.message_id)


@router.on(MessageRetryRequested)
def note_retry(event: MessageRetryRequested, console: Console) -> None:
    """Show that somebody asked for another attempt, whoever it was: a page or the command line."""
    console.memory.ask(event.service, event.message_id, Request("retry", event.by, console.clock.now()))


@router.on(MessageDiscardRequested)
def note_discard(event: MessageDiscardRequested, console: Console) -> None:
    """Show that somebody decided to discard."""
    console.memory.ask(event.service, event.message_id, Request("discard", event.by, console.clock.now()))


@router.on(AbsenceHeld)
def list_held_absence(event: AbsenceHeld, console: Console) -> None:
    """Show a record that its source must mend."""
    console.memory.hold("absence", event.source, event.place, event.reason, console.clock.now())


@router.on(AbsenceReleased)
def release_held_absence(event: AbsenceReleased, console: Console) -> None:
    """A record that was mended is off the list; one that is held for another reason by now stays on it."""
    console.memory.release_absence(event.source, event.place, event.reason)


@router.on(MailHeld)
def list_held_mail(event: MailHeld, console: Console) -> None:
    """Show a set of an intake that was refused."""
    console.memory.hold("mail", event.intake, event.reference, event.reason, console.clock.now())


@router.on(MailArrived)
def release_held_mail(event: MailArrived, console: Console) -> None:
    """A set that is claimed after all was mended."""
    console.memory.release("mail", event.intake, event.reference)


@router.on(MailFiled)
def release_filed_letter(event: MailFiled, console: Console) -> None:
    """A letter that only its register told of, and that came by an intake after all, is off the list."""
    console.memory.release_letter(event.kenmerk, NOT_READ)


@router.on(SourceSilent)
def note_silence(event: SourceSilent, console: Console) -> None:
    """Show that a system no longer knocks, until it is heard. Safe to repeat, also after it was."""
    console.memory.sources.fall_silent(event.source, event.since)


@router.on(SourceHeard)
def note_return(event: SourceHeard, console: Console) -> None:
    """A system that knocks again is silent no more."""
    console.memory.sources.be_heard(event.source, event.since, event.at)


@router.on(SubscriptionFailing)
def note_failing(event: SubscriptionFailing, console: Console) -> None:
    """Show that changes are no longer told, until that is mended. Safe to repeat, also after it was."""
    console.memory.sources.fail(Failing(event.kind, event.subscription, event.reason, event.since))


@router.on(SubscriptionRestored)
def note_restored(event: SubscriptionRestored, console: Console) -> None:
    """What is mended, or no longer wanted, is no problem any more."""
    console.memory.sources.restore(event.kind, event.subscription, event.since, event.at)


@router.on(AbsenceSourceFailing)
def note_unread(event: AbsenceSourceFailing, console: Console) -> None:
    """Show that a source of absences cannot be read, until it is. Safe to repeat, also after it was."""
    console.memory.sources.fail(Failing(ABSENCES, event.source, event.reason, event.since))


@router.on(AbsenceSourceRestored)
def note_read(event: AbsenceSourceRestored, console: Console) -> None:
    """Whatever kept a source of absences from being read before *at* is over."""
    console.memory.sources.restore(ABSENCES, event.source, event.at, event.at)


@router.on(AbsenceRulesRefused)
def note_refused_rules(event: AbsenceRulesRefused, console: Console) -> None:
    """Show which lines of a changed file cannot be used."""
    console.memory.rules.refuse(event.file, event.faults, console.clock.now())


@router.on(AbsenceRulesTaken)
def note_taken_rules(event: AbsenceRulesTaken, console: Console) -> None:
    """A file whose changes hold is no problem any more."""
    console.memory.rules.take(event.file)


@router.on(DeliveryRefused)
def count_refusal(event: DeliveryRefused, console: Console) -> None:
    """Show what a system delivers in vain."""
    day = console.clock.now().astimezone(BRUSSELS).date()
    console.memory.sources.refuse(event.source, event.reason, event.places, day)


def keep_in_journal(_event: Event, _console: Console) -> None:
    """Only listen: the ledger's inbox row is the journal's line."""


for _contract in CATALOGUE:
    if _contract not in router.hears:
        router.on(_contract)(keep_in_journal)
