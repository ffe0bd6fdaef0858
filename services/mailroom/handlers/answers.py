"""Which letters were answered by one that we sent: nobody need be reminded of them."""

from __future__ import annotations

from services.mailroom.domain.columns import STATUS
from services.mailroom.domain.letter import Letter
from services.mailroom.handlers.shelving import ANSWERED
from services.mailroom.handlers.world import Mailroom
from services.mailroom.store.letters import Filing
from shared.crashpoints import crashpoint


def answer_by(letter: Letter, room: Mailroom) -> None:
    """Mark the letters to which *letter*, one that we sent, is the answer. Safe to repeat: the books say it last."""
    if letter.direction != "uitgaand":
        return
    for kenmerk in letter.in_reply_to:
        room.store.arrivals.answer(kenmerk, room.clock.now())
        answered = room.store.letters.newest(kenmerk)
        if answered is not None and answered.needs_reply:
            _mark_answered(answered, room)
            crashpoint("mailroom.after_answer")
            room.store.trail.note(kenmerk, answered.version, "answered", by=letter.kenmerk)
            room.store.letters.answer(kenmerk)


def _mark_answered(filing: Filing, room: Mailroom) -> None:
    if not (filing.drive_id and filing.item_id):
        return
    library = room.libraries.of(filing.drive_id)
    if library.item(filing.item_id) is not None:  # deleted by hand: it is answered all the same
        library.set_fields(filing.item_id, {STATUS: ANSWERED})
