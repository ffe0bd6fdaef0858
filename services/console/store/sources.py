"""Which sources are silent, what no longer tells us, and what of theirs was refused of late."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import orjson
from sqlalchemy import Connection, and_, select

from services.console.domain.waiting import Failing, Outside, Refusals, Silence
from services.console.store.tables import failings, refusals, silences
from shared.persistence.database import Database, insert_new

LATELY = timedelta(days=7)  # a refusal that is older is no problem any more; the journal still has it


class Sources:
    """The memory of the systems around the hub."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def fall_silent(self, source: str, since: datetime) -> None:
        """Remember a silence, unless this very one, or a later one, is known already."""

        def work(connection: Connection) -> None:
            row = {"source": source, "since": since, "heard_at": None}
            if not insert_new(connection, silences, [row], "source"):
                older = and_(silences.c.source == source, silences.c.since < since)
                connection.execute(silences.update().where(older).values(since=since, heard_at=None))

        self._database.write_with_outcome(work)

    def be_heard(self, source: str, since: datetime, at: datetime) -> None:
        """Remember that the silence *since* is over, also when it was not known yet."""

        def work(connection: Connection) -> None:
            row = {"source": source, "since": since, "heard_at": at}
            if not insert_new(connection, silences, [row], "source"):
                same = and_(silences.c.source == source, silences.c.since <= since)
                connection.execute(silences.update().where(same).values(since=since, heard_at=at))

        self._database.write_with_outcome(work)

    def fail(self, failing: Failing) -> None:
        """Remember what is not kept alive, unless this very failing, or a later one, is known already."""
        row = vars(failing) | {"id": f"{failing.kind}/{failing.name}", "restored_at": None}

        def work(connection: Connection) -> None:
            if not insert_new(connection, failings, [row], "id"):
                older = and_(failings.c.id == row["id"], failings.c.since < failing.since)
                connection.execute(failings.update().where(older).values(**row))

        self._database.write_with_outcome(work)

    def restore(self, kind: str, name: str, since: datetime, at: datetime) -> None:
        """Remember that what failed since *since* is over, also when it was not known yet: then nobody asks why."""
        over = Failing(kind, name, "", since)
        row = vars(over) | {"id": f"{kind}/{name}", "restored_at": at}

        def work(connection: Connection) -> None:
            if not insert_new(connection, failings, [row], "id"):
                same = and_(failings.c.id == row["id"], failings.c.since <= since)
                connection.execute(failings.update().where(same).values(since=since, restored_at=at))

        self._database.write_with_outcome(work)

    def refuse(self, source: str, reason: str, places: Iterable[str], day: date) -> None:
        """Count a refused delivery; what is older than LATELY is forgotten."""
        row = {"id": f"{source}/{reason}/{day}", "source": source, "reason": reason, "day": day}
        same = refusals.c.id == row["id"]

        def work(connection: Connection) -> None:
            connection.execute(refusals.delete().where(refusals.c.day <= day - LATELY))
            insert_new(connection, refusals, [row | {"deliveries": 0, "places": "[]"}], "id")
            known = connection.execute(select(refusals.c.places).where(same).with_for_update()).scalar_one()
            named = orjson.dumps(sorted({*places, *orjson.loads(known)})).decode()
            again = refusals.update().where(same).values(deliveries=refusals.c.deliveries + 1, places=named)
            connection.execute(again)

        self._database.write_with_outcome(work)

    def outside(self, today: date) -> Outside:
        """Return what is wrong at these systems: who is silent now, what fails, and what was refused in LATELY."""
        still = select(silences.c.source, silences.c.since).where(silences.c.heard_at.is_(None))
        down = select(failings.c.kind, failings.c.name, failings.c.reason, failings.c.since)
        down = down.where(failings.c.restored_at.is_(None)).order_by(failings.c.kind, failings.c.name)
        lately = select(refusals).where(refusals.c.day > today - LATELY)
        with self._database.read() as connection:
            silent = [Silence(*row) for row in connection.execute(still.order_by(silences.c.source))]
            failing = [Failing(*row) for row in connection.execute(down)]
            rows = connection.execute(lately).mappings().all()
        grouped: dict[tuple[str, str], Refusals] = {}
        for row in rows:
            key = (row["source"], row["reason"])
            before = grouped.get(key, Refusals(*key, 0, ()))
            places = tuple(sorted({*before.places, *orjson.loads(row["places"])}))
            grouped[key] = Refusals(*key, before.count + row["deliveries"], places)
        return Outside(silent, [grouped[key] for key in sorted(grouped)], failing)
