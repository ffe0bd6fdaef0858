"""Remembers what waits for a person: parked messages, and records and letters that are held."""

from __future__ import annotations

from services.console.domain.waiting import Request
from services.console.handlers.world import Console, router
from shared.events import (
    AbsenceHeld,
    AbsenceReleased,
    MailArrived,
    MailFiled,
    MailHeld,
    MailReleased,
    MessageDiscardRequested,
    MessageParked,
    MessageRetryRequested,
    MessageUnparked,
)

NOT_READ = "register_not_read"  # mailroom's word for a letter that only a register told of


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
    console.memory.release_mended("absence", event.source, event.place, event.reason)


@router.on(MailHeld)
def list_held_mail(event: MailHeld, console: Console) -> None:
    """Show a set of an intake that was refused."""
    console.memory.hold("mail", event.intake, event.reference, event.reason, console.clock.now())


@router.on(MailArrived)
def release_held_mail(event: MailArrived, console: Console) -> None:
    """A set that is claimed after all was mended."""
    console.memory.release("mail", event.intake, event.reference)


@router.on(MailReleased)
def release_mended_mail(event: MailReleased, console: Console) -> None:
    """What was mended is off the list; what is held for another reason by now stays on it."""
    console.memory.release_mended("mail", event.intake, event.reference, event.reason)


@router.on(MailFiled)
def release_filed_letter(event: MailFiled, console: Console) -> None:
    """A letter that only its register told of, and that came by an intake after all, is off the list."""
    console.memory.release_letter(event.kenmerk, NOT_READ)
