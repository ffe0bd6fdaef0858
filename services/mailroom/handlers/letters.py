"""Files the letters that arrived: read, decided, written, proven, and then settled at their intake."""

from __future__ import annotations

from collections.abc import Iterator

from services.mailroom.domain.routing import Facts, Goal
from services.mailroom.handlers.answers import answer_by
from services.mailroom.handlers.fate import file_letter, take_out
from services.mailroom.handlers.outcomes import outcome
from services.mailroom.handlers.world import Mailroom, router
from services.mailroom.intakes.base import Delivery, Intake
from services.mailroom.store.letters import CANCELLED, PROTECTED, Filing
from shared.crashpoints import crashpoint
from shared.errors import Invalid, Permanent
from shared.events import Event, MailArrived, MailHeld


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
        answer_by(delivery.letter, room)
        known = room.store.letters.newest(event.kenmerk)
    if known is None:
        raise Permanent("set_gone", f"{event.kenmerk}: set {event.reference} left the intake before it was filed")
    if delivery is not None and not known.pieces and known.reason in ("confidential", "excluded_series"):
        yield _held(event, known.reason, room)  # nowhere to file it: whoever scanned it takes it back
        yield from outcome(known)
        return
    intake.settle(event.reference)
    crashpoint("mailroom.after_settle")
    yield from outcome(known)


def _hide_at_once(event: MailArrived, intake: Intake, room: Mailroom) -> None:
    """Take a letter that people see out of sight when this version is secret, before anything of it is fetched."""
    known = room.store.letters.newest(event.kenmerk)
    if known is None or not known.is_visible or known.version >= event.version:
        return
    try:
        decision = room.decide(Facts.of(intake.read(event.reference)), None)
    except Invalid:
        return  # what cannot be read is refused in a moment
    if decision.goal is Goal.PROTECTED:
        take_out(event.kenmerk, event.version, PROTECTED, decision.reason or "", room)


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
    if known.sha256 != delivery.letter.files[0].sha256:
        raise Permanent(
            "same_version_other_content", f"{event.kenmerk} version {event.version} is filed with another content"
        )
    return False


def _held(event: MailArrived, reason: str, room: Mailroom) -> MailHeld:
    room.store.trail.note(event.kenmerk, event.version, "held", intake=event.intake, reason=reason)
    return MailHeld(intake=event.intake, reference=event.reference, reason=reason)
