"""What notifier remembers: the effect ledger of notices, without their words, and how what they tell of stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, Index, Integer, MetaData, String, Table, select, update

from services.notifier.domain import Notice, Standing
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
    Column("message", String(64)),  # the one that tells it, where several could
    Index("notices_at", "at"),
)

standings = Table(
    "standings",
    metadata,
    Column("subject", String(220), primary_key=True),  # project/A40201 · reading/export
    Column("status", String(64), nullable=False),
    Column("turn", Integer, nullable=False),
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

    def is_mine(self, notice: Notice, message: str, at: datetime) -> bool:
        """Tell whether *message* is the one that tells *notice*: the first that asked, also when it asks again.

        From here on it is that one's work: its ledger keeps it until it is done.
        """
        mine = select(notices.c.message).where(notices.c.id == notice.id)
        with self._database.read() as connection:
            teller = connection.execute(mine).scalar()  # the usual case of a flood costs no write
        if teller is None:
            self._begin(notice, at, message)
            with self._database.read() as connection:
                teller = connection.execute(mine).scalar()
        return teller == message

    def start(self, notice: Notice, at: datetime) -> None:
        self._begin(notice, at, None)

    def finish(self, notice: Notice, at: datetime) -> None:
        done = update(notices).where(notices.c.id == notice.id).values(state="done", at=at)
        self._database.write(lambda connection: connection.execute(done))

    def standing(self, subject: str) -> Standing | None:
        """Return what was last told of *subject*, e.g. `project/A40201`."""
        with self._database.read() as connection:
            row = connection.execute(select(standings).where(standings.c.subject == subject)).one_or_none()
        return None if row is None else Standing(row.status, row.turn)

    def stand(self, subject: str, standing: Standing) -> None:
        """Remember, with the outcome, what was told of *subject*."""
        values = {"status": standing.status, "turn": standing.turn}

        def work(connection: Connection) -> None:
            insert_new(connection, standings, [{"subject": subject, **values}], "subject")
            connection.execute(update(standings).where(standings.c.subject == subject).values(values))

        self._database.write_with_outcome(work)

    def recent(self, limit: int) -> list[Entry]:
        """Return the notices of late, newest first."""
        with self._database.read() as connection:
            query = select(*(notices.c[name] for name in Entry.__dataclass_fields__))
            rows = connection.execute(query.order_by(notices.c.at.desc(), notices.c.id).limit(limit))
            return [Entry(**row) for row in rows.mappings()]

    def _begin(self, notice: Notice, at: datetime, message: str | None) -> None:
        row = {"id": notice.id, "channel": notice.channel, "about": notice.about, "state": "started", "at": at}
        self._database.write(lambda connection: insert_new(connection, notices, [row | {"message": message}], "id"))
