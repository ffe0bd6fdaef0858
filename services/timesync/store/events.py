"""The effect ledger of the calendar: which events the hub made, and what each shows.

A row is *started* before its event is made and *done* after; a crash in between is finished from the row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from services.timesync.domain.difference import Written
from services.timesync.domain.spans import Span, midnight
from services.timesync.domain.timeline import Segment
from services.timesync.store.tables import events
from shared.persistence.database import Database

_NAMESPACE = uuid5(NAMESPACE_URL, "urn:integration-hub:timesync")


class EventState(StrEnum):
    """What became of an event."""

    STARTED = "started"
    DONE = "done"
    RESPECTED = "respected"  # its owner deleted it: not made again until the source changes (R26)
    DETACHED = "detached"  # its owner changed it: not touched any more (R26)
    REMOVED = "removed"  # kept a while, so that a later event for the same days gets a number of its own


@dataclass(frozen=True)
class EventRow:
    """One event of the hub."""

    written: Written
    employee: str
    user_id: str
    event_id: str | None
    etag: str
    state: EventState

    @property
    def transaction(self) -> str:
        """Return the id by which Exchange knows a repeated creation."""
        return str(uuid5(_NAMESPACE, f"{self.written.key}|{self.user_id}"))


class EventBook:
    """The events that the hub made and did not remove."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, employee: str) -> list[EventRow]:
        query = select(events).where(events.c.employee == employee, events.c.state != EventState.REMOVED)
        with self._database.read() as connection:
            return [_row(row) for row in connection.execute(query.order_by(events.c.start, events.c.key)).all()]

    def counts(self) -> dict[str, int]:
        """Return the number of events that stand in the calendar of each employee."""
        shown = events.c.state.in_((EventState.DONE, EventState.DETACHED))
        query = select(events.c.employee, func.count().label("shown")).where(shown).group_by(events.c.employee)
        with self._database.read() as connection:
            return {row.employee: row.shown for row in connection.execute(query).all()}

    def start(self, employee: str, user_id: str, segment: Segment) -> EventRow:
        """Write down that an event is about to be made; its key is new for ever."""
        base = str(uuid5(_NAMESPACE, f"{employee}|{segment.span.start.isoformat()}|{segment.profile}"))

        def work(connection: Connection) -> EventRow:
            generation = connection.execute(select(func.count()).where(events.c.base == base)).scalar_one()
            written = Written(f"{base}-{generation}", segment.profile, segment.span, segment.whole)
            row = EventRow(written, employee, user_id, None, "", EventState.STARTED)
            connection.execute(insert(events).values(base=base, **_values(row)))
            return row

        return self._database.write(work)

    def made(self, key: str, event_id: str, etag: str) -> None:
        """Remember that the event is there."""
        self._set(key, {"event_id": event_id, "etag": etag, "state": EventState.DONE})

    def reshaped(self, key: str, segment: Segment, etag: str) -> None:
        """Remember the new shape of an event."""
        self._set(key, _shape(segment) | {"etag": etag})

    def let_go(self, key: str, segment: Segment, state: EventState) -> None:
        """Remember that the owner decided otherwise about this shape."""
        self._set(key, _shape(segment) | {"state": state})

    def removed(self, key: str) -> None:
        self._set(key, {"state": EventState.REMOVED})

    def forget_started(self, employee: str) -> None:
        """Drop what was never made, because there is no mailbox to make it in."""
        same = (events.c.employee == employee) & (events.c.state == EventState.STARTED)
        self._database.write(lambda connection: connection.execute(delete(events).where(same)))

    def forget_before(self, day: date) -> None:
        """Drop the rows of events that ended before *day*; the events stay, they are their owner's history."""
        self._database.write(lambda connection: connection.execute(delete(events).where(events.c.end < midnight(day))))

    def _set(self, key: str, values: dict[str, Any]) -> None:
        self._database.write(
            lambda connection: connection.execute(update(events).where(events.c.key == key).values(**values))
        )


def _shape(segment: Segment) -> dict[str, Any]:
    return {"profile": segment.profile, "start": segment.span.start, "end": segment.span.end, "whole": segment.whole}


def _values(row: EventRow) -> dict[str, Any]:
    written = row.written
    return {
        "key": written.key,
        "employee": row.employee,
        "user_id": row.user_id,
        "event_id": row.event_id,
        "etag": row.etag,
        "profile": written.profile,
        "start": written.span.start,
        "end": written.span.end,
        "whole": written.whole,
        "state": row.state,
    }


def _row(row: Row[Any]) -> EventRow:
    written = Written(row.key, row.profile, Span(row.start, row.end), row.whole)
    return EventRow(written, row.employee, row.user_id, row.event_id, row.etag, EventState(row.state))
