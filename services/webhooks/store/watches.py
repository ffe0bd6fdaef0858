"""Since when each source is watched, and whether it is silent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Connection, delete, select, type_coerce

from services.webhooks.domain.rhythm import Watch
from services.webhooks.store.deliveries import REFUSED
from services.webhooks.store.tables import deliveries, watches
from shared.persistence.database import Database

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = 3_600_000_000  # microseconds: as Moment stores them


class Watches:
    """The rows of watches, and what the deliveries tell of each source's rhythm. Refused ones are nobody's word."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> Mapping[str, Watch]:
        """Return every watch by its source."""
        with self._database.read() as connection:
            return {row["source"]: Watch(**row) for row in connection.execute(select(watches)).mappings()}

    def keep(self, watch: Watch) -> None:
        """Remember *watch* together with what is said of it, so that it is said once."""

        def work(connection: Connection) -> None:
            connection.execute(delete(watches).where(watches.c.source == watch.source))
            connection.execute(watches.insert().values(**vars(watch)))

        self._database.write_with_outcome(work)

    def drop(self, source: str) -> None:
        """Watch *source* no longer, together with what is said of it."""
        gone = delete(watches).where(watches.c.source == source)
        self._database.write_with_outcome(lambda connection: connection.execute(gone))

    def last_heard(self, sources: Iterable[str]) -> Mapping[str, datetime]:
        """Return when each of *sources* was last heard, of the deliveries that are remembered."""
        received = deliveries.c.received_at
        heard = select(received).where(deliveries.c.outcome != REFUSED).order_by(received.desc()).limit(1)
        with self._database.read() as connection:  # one look into the index each: the table is long
            last = {name: connection.execute(heard.where(deliveries.c.source == name)).scalar() for name in sources}
        return {name: at for name, at in last.items() if at is not None}

    def hours(self, source: str, since: datetime) -> frozenset[datetime]:
        """Return the beginnings (UTC) of the hours since *since* in which *source* was heard."""
        received = deliveries.c.received_at
        hour = type_coerce(received, BigInteger).op("/")(_HOUR)  # whole numbers divide to whole numbers
        wanted = (
            select(hour)
            .distinct()
            .where(deliveries.c.source == source, deliveries.c.outcome != REFUSED, received >= since)
        )
        with self._database.read() as connection:
            return frozenset(_EPOCH + timedelta(hours=number) for number in connection.execute(wanted).scalars())
