"""A letter whose answer is due, and the hours of the working days before it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from services.mailroom.store.letters import FILED, Filing, Piece
from shared.clock import BRUSSELS
from shared.events import ClockStruck, Event, ReplyDue
from tests.unit.mailroom.builders import NOW, FakeMailroom

KENMERK = "2026/IN/001234"
DUE = date(2026, 12, 8)  # a Tuesday
PIECE = Piece("brief.pdf", "a" * 64, 1, "hash", "item-1")
LETTER = Filing(
    KENMERK,
    1,
    FILED,
    NOW,
    project="A40201",
    drive_id="drive-1",
    folder="A40201/Post",
    pieces=(PIECE,),
    due=DUE,
    needs_reply=True,
    handler="user-4",
    department="ICT",
)


def move_to(room: FakeMailroom, local: str) -> None:
    room.clock.at = datetime.fromisoformat(local).replace(tzinfo=BRUSSELS)


def hour(room: FakeMailroom, local: str) -> list[ReplyDue]:
    """Return what people hear at a moment of Brussels."""
    move_to(room, local)
    return heard(room.hear(ClockStruck(at=room.clock.now(), period="hour")))


def heard(said: Sequence[Event]) -> list[ReplyDue]:
    return [event for event in said if isinstance(event, ReplyDue)]


def save(room: FakeMailroom, *filings: Filing) -> None:
    for filing in filings:
        room.store.letters.save(filing)
