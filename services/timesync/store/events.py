"""The effect ledger of the calendars: which events the hub made, and what each shows.

A row is *started* before its event is made and *done* after; a crash in between is finished from the row.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, func, insert, select, update

from services.timesync.domain.difference import Written
from services.timesync.domain.spans import Span, midnight
from services.timesync.domain.timeline import Segment
from services.timesync.store.tables import events
from shared.persistence.database import Database

_NAMESPACE = uuid5(NAMESPACE_URL, "urn:integration-hub:timesync")
_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-\d{1,9}")
_SLICE = 400  # values in one IN: far below what SQLite and PostgreSQL take
# What its owner changed may stand elsewhere by now: it is remembered longer, or it would seem to be nobody's.
_KEPT_FOR_OWNER = timedelta(days=730)


class EventState(StrEnum):
    """What became of an event."""

    STARTED = "started"
    DONE = "done"
    RESPECTED = "respected"  # its owner deleted it: not made again until the source changes (R26)
    DETACHED = "detached"  # its owner changed it: not touched any more (R26)
    LEFT = "left"  # detached, and nothing of the hub belongs there any more: wholly its owner's
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

    def reshaped(self, segment: Segment, face: str) -> EventRow:
        """Return the row with what *segment* shows."""
        written = Written(self.written.key, segment.profile, segment.span, segment.whole, face)
        return replace(self, written=written)


@dataclass(frozen=True)
class Start:
    """An event that is about to be made."""

    employee: str
    user_id: str
    segment: Segment
    face: str


class EventBook:
    """The events that one effect made and did not remove."""

    def __init__(self, database: Database, effect: str = "calendar") -> None:
        self._database = database
        self._effect = effect

    def of(self, employee: str) -> list[EventRow]:
        return self.of_many([employee])[employee]

    def of_many(self, employees: Sequence[str]) -> dict[str, list[EventRow]]:
        """Return the rows of each of *employees*, oldest event first."""
        found: dict[str, list[EventRow]] = {employee: [] for employee in employees}
        for row in self._select(employees, events.c.state.not_in((EventState.LEFT, EventState.REMOVED))):
            found[row.employee].append(row)
        return found

    def left(self, employees: Sequence[str]) -> list[EventRow]:
        """Return what *employees* changed themselves, and the hub left to them."""
        return self._select(employees, events.c.state == EventState.LEFT) if employees else []

    def known(self, keys: Collection[str]) -> dict[str, EventRow]:
        """Return the rows of *keys*, whatever became of their events."""
        wanted, found = sorted(keys), list[EventRow]()
        with self._database.read() as connection:
            for at in range(0, len(wanted), _SLICE):
                query = select(events).where(events.c.key.in_(wanted[at : at + _SLICE]))
                found += [_row(row) for row in connection.execute(query)]
        return {row.written.key: row for row in found}

    def _select(self, employees: Sequence[str], which: ColumnElement[bool]) -> list[EventRow]:
        wanted = (events.c.employee.in_(employees), which, self._mine)
        with self._database.read() as connection:
            query = select(events).where(*wanted).order_by(events.c.start, events.c.key)
            return [_row(row) for row in connection.execute(query)]

    def counts(self) -> dict[str, int]:
        """Return the number of events that stand in the calendar of each employee."""
        shown = events.c.state.in_((EventState.DONE, EventState.DETACHED))
        query = select(events.c.employee, func.count().label("shown")).where(shown, self._mine)
        with self._database.read() as connection:
            return {row.employee: row.shown for row in connection.execute(query.group_by(events.c.employee)).all()}

    def start(self, starts: Sequence[Start]) -> list[EventRow]:
        """Write down that events are about to be made; their keys are new for ever."""
        bases = [self._base(each) for each in starts]

        def work(connection: Connection) -> list[EventRow]:
            taken = connection.execute(select(events.c.key).where(events.c.base.in_(bases))).scalars()
            generations: dict[str, int] = {}
            for base, _, generation in (key.rpartition("-") for key in taken):
                generations[base] = max(int(generation) + 1, generations.get(base, 0))
            named = zip(starts, bases, strict=True)
            rows = [_started(each, f"{base}-{generations.get(base, 0)}") for each, base in named]
            self._insert(connection, rows)
            return rows

        return self._database.write(work) if starts else []

    def adopt(self, rows: Sequence[EventRow]) -> None:
        """Write down events that stand in mailboxes under keys of ours, and that nothing here tells of."""
        if rows:
            self._database.write(lambda connection: self._insert(connection, rows))

    def _insert(self, connection: Connection, rows: Sequence[EventRow]) -> None:
        values = [_values(row) | {"effect": self._effect, "base": base_of(row.written.key)} for row in rows]
        connection.execute(insert(events), values)

    def keep(self, rows: Sequence[EventRow]) -> None:
        """Remember what became of events, all or nothing."""
        if not rows:
            return
        changed = update(events).where(events.c.key == bindparam("b_key"))
        names = ("user_id", "event_id", "etag", "profile", "start", "end", "whole", "face", "state")
        changed = changed.values({name: bindparam(f"b_{name}") for name in names})
        values = [{f"b_{name}": value for name, value in _values(row).items()} for row in rows]
        self._database.write(lambda connection: connection.execute(changed, values))

    def forget_started(self, employee: str) -> None:
        """Drop what was never made, because there is no mailbox to make it in."""
        same = (events.c.employee == employee) & (events.c.state == EventState.STARTED) & self._mine
        self._database.write(lambda connection: connection.execute(delete(events).where(same)))

    def forget_before(self, day: date) -> None:
        """Drop the rows of events that ended before *day*; the events stay, they are their owner's history."""
        is_owners = events.c.state.in_((EventState.DETACHED, EventState.LEFT))
        is_over = (events.c.end < midnight(day)) & ~is_owners | (events.c.end < midnight(day - _KEPT_FOR_OWNER))
        self._database.write(lambda connection: connection.execute(delete(events).where(is_over)))

    @property
    def _mine(self) -> Any:
        return events.c.effect == self._effect

    def _base(self, start: Start) -> str:
        effect = "" if self._effect == "calendar" else f"|{self._effect}"
        segment = start.segment
        return str(uuid5(_NAMESPACE, f"{start.employee}|{segment.span.start.isoformat()}|{segment.profile}{effect}"))


def base_of(key: str) -> str | None:
    """Return what all generations of *key* have in common; None: it is no key of this book's making."""
    return key.rpartition("-")[0] if _KEY.fullmatch(key) else None


def _started(start: Start, key: str) -> EventRow:
    segment = start.segment
    written = Written(key, segment.profile, segment.span, segment.whole, start.face)
    return EventRow(written, start.employee, start.user_id, None, "", EventState.STARTED)


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
        "face": written.face,
        "state": row.state,
    }


def _row(row: Row[Any]) -> EventRow:
    written = Written(row.key, row.profile, Span(row.start, row.end), row.whole, row.face)
    return EventRow(written, row.employee, row.user_id, row.event_id, row.etag, EventState(row.state))
