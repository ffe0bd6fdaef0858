"""Which letters were answered by one that we sent: nobody need be reminded of them."""

from __future__ import annotations

from services.mailroom.domain.columns import STATUS
from services.mailroom.domain.letter import Letter
from services.mailroom.handlers.shelving import ANSWERED
from services.mailroom.handlers.world import Mailroom
from services.mailroom.store.letters import Filing


def answer_by(letter: Letter, room: Mailroom) -> None:
    """Mark the letters to which *letter*, one that we sent, is the answer: nobody need be reminded of them."""
    if letter.direction != "uitgaand":
        return
    for kenmerk in letter.in_reply_to:
        room.store.arrivals.answer(kenmerk, room.clock.now())
        answered = room.store.letters.answer(kenmerk)
        if answered is not None:
            _mark_answered(answered, room)
            room.store.trail.note(kenmerk, answered.version, "answered", by=letter.kenmerk)


def _mark_answered(filing: Filing, room: Mailroom) -> None:
    if filing.drive_id and filing.item_id:
        room.libraries.of(filing.drive_id).set_fields(filing.item_id, {STATUS: ANSWERED})
