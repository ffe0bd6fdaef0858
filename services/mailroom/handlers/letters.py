"""Files the letters that arrived: read, decided, written, proven, and then settled at their intake."""

from __future__ import annotations

from collections.abc import Iterator

from services.mailroom.domain.routing import Facts, Goal
from services.mailroom.handlers.answers import answer_by
from services.mailroom.handlers.fate import file_letter, take_out
from services.mailroom.handlers.links import follow
from services.mailroom.handlers.outcomes import outcome
from services.mailroom.handlers.world import Mailroom, router
from services.mailroom.intakes.base import Delivery, Intake
from services.mailroom.store.letters import CANCELLED, PROTECTED, Filing
from shared.crashpoints import crashpoint
from shared.errors import Invalid, Permanent, Transient
from shared.events import Event, MailArrived, MailHeld, MailReleased


@router.on(MailArrived)
def file_mail(event: MailArrived, room: Mailroom) -> Iterator[Event]:
    """File a letter in its folder, prove it, and settle the set.

    Safe to repeat: what stands there already is adopted, and the outcome is the same. An older version than the one
    that is known changes nothing.
    Raises: Permanent when a person must choose between two contents.
    """
    room.store.arrivals.hear(event.intake, event.reference, room.clock.now())
    room.store.trail.note(event.kenmerk, event.version, "arrived", intake=event.intake, reference=event.reference)
    intake = room.intake(event.intake)
    _hide_at_once(event, intake, room)
    try:
        delivery = intake.open(event.reference)
    except Invalid as refusal:
        yield _held(event, refusal.reason, room)
        return
    known = room.store.letters.newest(event.kenmerk)
    if delivery is not None and _is_news(event, delivery, known):
        file_letter(delivery, known, room)
        known = room.store.letters.newest(event.kenmerk)
    if known is None or (delivery is None and known.version < event.version):
        if room.store.trail.was_held(event.kenmerk, event.version, event.intake, event.reference):
            return  # announced twice, and put aside when it was heard first
        raise Permanent("set_gone", f"{event.kenmerk}: set {event.reference} left the intake before it was filed")
    if delivery is not None and not known.pieces and known.reason in ("confidential", "excluded_series"):
        yield _held(event, known.reason, room)  # nowhere to file it: whoever scanned it takes it back
        yield from outcome(known)
        return
    if delivery is not None and known.version == event.version and known.state != CANCELLED:
        follow(event.kenmerk, room)  # this too for what an attempt filed that broke off here
        answer_by(delivery.letter, room)
    intake.settle(event.reference)
    crashpoint("mailroom.after_settle")
    yield from outcome(known)
    yield from _released(event, room)


def _hide_at_once(event: MailArrived, intake: Intake, room: Mailroom) -> None:
    """Take a letter out of sight when this version is secret, before anything of it is fetched.

    Also when the same version was not: a register need not count that. What was not seen yet never will be.
    """
    known = room.store.letters.newest(event.kenmerk)
    if known is not None and (known.version > event.version or _is_over(known, event)):
        return
    try:
        facts = Facts.of(intake.read(event.reference))
    except (Invalid, Transient):
        return  # what cannot be read cannot be opened: that is told in a moment
    decision = room.decide(facts, known.chosen if known else None)
    if decision.goal is Goal.PROTECTED:
        take_out(event.kenmerk, event.version, PROTECTED, decision.reason or "", room)


def _is_over(known: Filing, event: MailArrived) -> bool:
    return known.version == event.version and known.state in (PROTECTED, CANCELLED)


def _is_news(event: MailArrived, delivery: Delivery, known: Filing | None) -> bool:
    """Tell whether *delivery* is to be filed.

    Raises: Permanent when the same version is filed with another content.
    """
    if known is None or known.version < event.version:
        return True
    if known.version > event.version or known.state == CANCELLED:
        return False
    if known.sha256 is None:
        return True  # that it became secret was heard before its content came
    if known.sha256 != delivery.letter.files[0].sha256 or _differs(known, delivery):
        raise Permanent(
            "same_version_other_content", f"{event.kenmerk} version {event.version} is filed with another content"
        )
    return False


def _differs(known: Filing, delivery: Delivery) -> bool:
    """Tell whether *delivery* brings a file that is not in the letter's folder; another intake may bring fewer."""
    brought = {file.sha256 for file in delivery.letter.files}
    return known.is_visible and not brought <= {piece.sha256 for piece in known.pieces}


def _released(event: MailArrived, room: Mailroom) -> Iterator[Event]:
    """Yield that what was held of a letter is mended: its sender offered it again, under another reference."""
    for entry in room.store.trail.of(event.kenmerk):
        held = {name: entry.detail.get(name) for name in ("intake", "reference", "reason")}
        if entry.step == "held" and (held["intake"], held["reference"]) != (event.intake, event.reference):
            yield MailReleased.load(held)


def _held(event: MailArrived, reason: str, room: Mailroom) -> MailHeld:
    room.store.trail.note(
        event.kenmerk, event.version, "held", intake=event.intake, reference=event.reference, reason=reason
    )
    return MailHeld(intake=event.intake, reference=event.reference, reason=reason)
