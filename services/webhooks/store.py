"""What the front door remembers: deliveries by id and time, and Graph's subscriptions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, delete, select, update

from services.webhooks.domain import Kept
from shared.persistence.database import Database, Moment, insert_new

metadata = MetaData()

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("source", String(64), nullable=False),
    Column("events", Integer, nullable=False),
    Column("received_at", Moment, nullable=False, index=True),
)
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("resource", String(512), nullable=False),
    Column("change_types", String(64), nullable=False),
    Column("client_state_hash", String(64), nullable=False),
    Column("subscription_id", String(64)),
    Column("expires_at", Moment),
    Column("made_at", Moment),
    Column("last_notified_at", Moment),
)

KEEP = timedelta(days=30)


class Store:
    """The rows of webhooks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, connection: Connection, id_: str, source: str, events: int, now: datetime) -> bool:
        """Note a delivery in the caller's transaction; False when it is a repeat."""
        row = {"id": id_, "source": source, "events": events, "received_at": now}
        return bool(insert_new(connection, deliveries, [row], "id"))

    def forget_deliveries(self, now: datetime) -> None:
        """Drop the notes of deliveries older than any sender's repeats."""
        old = delete(deliveries).where(deliveries.c.received_at < now - KEEP)
        self._database.write(lambda connection: connection.execute(old))

    def subscriptions(self) -> Sequence[Kept]:
        """Return every subscription that is remembered."""
        with self._database.read() as connection:
            return [Kept(**row) for row in connection.execute(select(subscriptions)).mappings()]

    def keep(self, kept: Kept) -> None:
        """Remember *kept* in place of what had its name."""

        def work(connection: Connection) -> None:
            connection.execute(delete(subscriptions).where(subscriptions.c.name == kept.name))
            connection.execute(subscriptions.insert().values(**vars(kept)))

        self._database.write(work)

    def drop(self, name: str) -> None:
        """Forget the subscription *name*."""
        self._database.write(
            lambda connection: connection.execute(delete(subscriptions).where(subscriptions.c.name == name))
        )

    def notified(self, connection: Connection, ids: Sequence[str], now: datetime) -> None:
        """Note, in the caller's transaction, that these subscriptions live."""
        seen = update(subscriptions).where(subscriptions.c.subscription_id.in_(ids)).values(last_notified_at=now)
        connection.execute(seen)
