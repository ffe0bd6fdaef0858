"""What the console does when something happens: remember what waits for a person; the ledger keeps the journal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.console.domain import Request
from shared.clock import Clock
from shared.events import (
    CATALOGUE,
    AbsenceHeld,
    AbsenceReleased,
    Event,
    MailArrived,
    MailHeld,
    MessageDiscardRequested,
    MessageParked,
    MessageRetryRequested,
    MessageUnparked,
)
from shared.messaging.router import Router


class Memory(Protocol):
    """What the console remembers."""

    def park(self, message: MessageParked) -> None: ...
    def unpark(self, service: str, message_id: str) -> None: ...
    def ask(self, service: str, message_id: str, request: Request) -> None: ...
    def hold(self, kind: str, source: str, place: str, reason: str, at: datetime) -> None: ...
    def release(self, kind: str, source: str, place: str) -> None: ...


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
    """A record that was mended is off the list."""
    console.memory.release("absence", event.source, event.place)


@router.on(MailHeld)
def list_held_mail(event: MailHeld, console: Console) -> None:
    """Show a set of an intake that was refused."""
    console.memory.hold("mail", event.intake, event.reference, event.reason, console.clock.now())


@router.on(MailArrived)
def release_held_mail(event: MailArrived, console: Console) -> None:
    """A set that is claimed after all was mended."""
    console.memory.release("mail", event.intake, event.reference)


def keep_in_journal(_event: Event, _console: Console) -> None:
    """Only listen: the ledger's inbox row is the journal's line."""


for _contract in CATALOGUE:
    if _contract not in router.hears:
        router.on(_contract)(keep_in_journal)
