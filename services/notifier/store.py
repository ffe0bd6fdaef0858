"""What notifier remembers: the effect ledger of notices, started and done, without their words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Index, MetaData, String, Table, select, update

from services.notifier.domain import Notice
from shared.persistence.database import Database, Moment, insert_new

metadata = MetaData()

notices = Table(
    "notices",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("channel", String(64), nullable=False),
    Column("about", String(128), nullable=False),
    Column("state", String(8), nullable=False),  # started, done
    Column("at", Moment, nullable=False),
    Index("notices_at", "at"),
)


@dataclass(frozen=True)
class Entry:
    """One line of the effect ledger. *started* only: being sent, or sent in the instant before a crash."""

    id: str
    channel: str
    about: str
    state: str
    at: datetime


class Notices:
    """The memory of the notifier."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def is_sent(self, notice: Notice) -> bool:
        with self._database.read() as connection:
            done = select(notices.c.id).where(notices.c.id == notice.id, notices.c.state == "done")
            return connection.execute(done).first() is not None

    def start(self, notice: Notice, at: datetime) -> None:
        row = {"id": notice.id, "channel": notice.channel, "about": notice.about, "state": "started", "at": at}
        self._database.write(lambda connection: insert_new(connection, notices, [row], "id"))

    def finish(self, notice: Notice, at: datetime) -> None:
        done = update(notices).where(notices.c.id == notice.id).values(state="done", at=at)
        self._database.write(lambda connection: connection.execute(done))

    def recent(self, limit: int) -> list[Entry]:
        """Return the notices of late, newest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(notices).order_by(notices.c.at.desc(), notices.c.id).limit(limit))
            return [Entry(**row) for row in rows.mappings()]
