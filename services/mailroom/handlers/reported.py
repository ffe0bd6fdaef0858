"""What a register tells of its letters: fetched and filed, taken out of sight, or set aside."""

from __future__ import annotations

from collections.abc import Iterator

from services.mailroom.handlers.fate import take_out
from services.mailroom.handlers.outcomes import outcome
from services.mailroom.handlers.world import Mailroom, router
from services.mailroom.store.letters import CANCELLED, PROTECTED, Filing
from shared.errors import Invalid
from shared.events import Event, LetterReported, MailArrived, MailHeld

NOT_READ = "register_not_read"  # no intake fetches from the register that told of the letter
SECRET, GONE = "made_confidential", ("cancelled", "deleted")


@router.on(LetterReported)
def hear_register(event: LetterReported, room: Mailroom) -> Iterator[Event]:
    """Do at once what cannot wait for the letter itself, and then have it fetched. Safe to repeat.

    Of a register that no intake reads, a person must look at what was not brought in another way.
    """
    register = room.registers.get(event.source)
    if register is not None:
        event = register.named(event)
    if event.change in GONE:
        yield from _taken_out(event, CANCELLED, event.change, room)
        return
    if event.change == SECRET:
        yield from _taken_out(event, PROTECTED, "confidential", room)
    if register is None:
        yield from _held(event, room)
        return
    try:
        heard = register.hear(event)
    except Invalid as refusal:
        yield MailHeld(intake=event.source, reference=event.kenmerk, reason=refusal.reason)
        return
    yield MailArrived(intake=event.source, reference=heard.reference, kenmerk=heard.kenmerk, version=heard.version)


def _taken_out(event: LetterReported, state: str, reason: str, room: Mailroom) -> Iterator[Event]:
    known = take_out(event.kenmerk, event.version, state, reason, room)
    if known is not None:
        yield from outcome(known)


def _held(event: LetterReported, room: Mailroom) -> Iterator[Event]:
    """Hold a letter for a person, once per version; not what an intake brought in already."""
    known, arrivals = room.store.letters.newest(event.kenmerk), room.store.arrivals
    if arrivals.is_reported(event.source, event.kenmerk, event.version) or _brings(known, event):
        return
    yield MailHeld(intake=event.source, reference=event.kenmerk, reason=NOT_READ)
    arrivals.report(event.source, event.kenmerk, event.version, room.clock.now())


def _brings(filed: Filing | None, event: LetterReported) -> bool:
    """Tell whether an intake brought what the register tells."""
    if filed is None:
        return False
    return event.change == "registered" or filed.version >= event.version
