"""What was done with each letter, step by step, for whoever has to prove it. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson
from sqlalchemy import select

from services.mailroom.store.tables import trail
from shared.clock import Clock
from shared.persistence.database import Database, insert_new

_PAGE = 1000


@dataclass(frozen=True)
class Entry:
    """One step: `arrived` · `decided` · `filed` · `moved` · … *detail* holds ids, hashes and slugs."""

    at: datetime
    kenmerk: str
    version: int | None
    step: str
    detail: dict[str, Any]


class Trail:
    """The audit trail."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def note(self, kenmerk: str, version: int | None, step: str, occasion: str = "", **detail: Any) -> None:
        """Add a step. The same one of another attempt is the same; *occasion* tells apart what happens again."""
        written = orjson.dumps(detail, option=orjson.OPT_SORT_KEYS).decode()
        row = {
            "id": str(uuid5(NAMESPACE_URL, f"urn:hub:trail:{kenmerk}@{version}:{step}:{occasion}:{written}")),
            "kenmerk": kenmerk,
            "version": version,
            "at": self._clock.now(),
            "step": step,
            "detail": written,
        }
        self._database.write(lambda connection: insert_new(connection, trail, [row], "id"))

    def of(self, kenmerk: str) -> list[Entry]:
        """Return what was done with a letter, in order."""
        query = select(trail).where(trail.c.kenmerk == kenmerk).order_by(trail.c.at, trail.c.id)
        with self._database.read() as connection:
            return [_entry(row) for row in connection.execute(query)]

    def was_held(self, kenmerk: str, version: int, intake: str, reference: str) -> bool:
        """Tell whether a set was put aside."""
        held = (entry for entry in self.of(kenmerk) if (entry.version, entry.step) == (version, "held"))
        return any((each.detail["intake"], each.detail.get("reference")) == (intake, reference) for each in held)

    def between(self, first: datetime, last: datetime) -> Iterator[Entry]:
        """Yield every step from *first* until *last* (not included), in order, page by page."""
        at, seen = first, ""
        while True:
            later = (trail.c.at > at) | ((trail.c.at == at) & (trail.c.id > seen))
            query = select(trail).where(later, trail.c.at < last).order_by(trail.c.at, trail.c.id).limit(_PAGE)
            with self._database.read() as connection:
                rows = connection.execute(query).all()
            if not rows:
                return
            yield from map(_entry, rows)
            at, seen = rows[-1].at, rows[-1].id


def _entry(row: Any) -> Entry:
    return Entry(row.at, row.kenmerk, row.version, row.step, orjson.loads(row.detail))
