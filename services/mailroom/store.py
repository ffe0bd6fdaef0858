"""What mailroom remembers: the sets and letters it heard of, and where each version of each letter stands."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    RowMapping,
    String,
    Table,
    delete,
    select,
)

from shared.persistence.database import Database, Moment, insert_new

metadata = MetaData()

arrivals = Table(
    "arrivals",
    metadata,
    Column("reference", String(280), primary_key=True),  # <intake>/<reference>, report:<source>/<kenmerk>@<version>
    Column("heard_at", Moment, nullable=False),
)
letters = Table(
    "letters",
    metadata,
    Column("kenmerk", String(40), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("state", String(8), nullable=False),  # started, done
    Column("sha256", String(64), nullable=False),
    Column("project", String(64)),
    Column("unclassified", Boolean, nullable=False),
    Column("folder", String(400), nullable=False),
    Column("drive_id", String(200), nullable=False),
    Column("item_ids", JSON, nullable=False),  # the main document first
    Column("at", Moment, nullable=False),
    Index("letters_at", "at"),
)


@dataclass(frozen=True)
class Filing:
    """Where one version of a letter stands. *item_ids* are known once it is done; *sha256* is of the main document."""

    kenmerk: str
    version: int
    state: str
    sha256: str
    project: str | None
    unclassified: bool
    folder: str
    drive_id: str
    item_ids: tuple[str, ...]
    at: datetime


class Filings:
    """The memory of the mailroom."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def hear(self, intake: str, reference: str, at: datetime) -> None:
        """Remember that the ledger has the work on a set, so that it need not be announced again."""
        row = {"reference": f"{intake}/{reference}", "heard_at": at}
        self._database.write(lambda connection: insert_new(connection, arrivals, [row], "reference"))

    def has_heard(self, intake: str, reference: str) -> bool:
        with self._database.read() as connection:
            query = select(arrivals.c.reference).where(arrivals.c.reference == f"{intake}/{reference}")
            return connection.execute(query).first() is not None

    def report(self, source: str, kenmerk: str, version: int, at: datetime) -> None:
        """Remember, with the outcome, that a register told of a version of a letter."""
        row = {"reference": _told(source, kenmerk, version), "heard_at": at}
        self._database.write_with_outcome(lambda connection: insert_new(connection, arrivals, [row], "reference"))

    def is_reported(self, source: str, kenmerk: str, version: int) -> bool:
        with self._database.read() as connection:
            same = arrivals.c.reference == _told(source, kenmerk, version)
            return connection.execute(select(arrivals.c.reference).where(same)).first() is not None

    def newest(self, kenmerk: str) -> Filing | None:
        """Return the newest version that stands in its folder, proven."""
        done = select(letters).where(letters.c.kenmerk == kenmerk, letters.c.state == "done")
        with self._database.read() as connection:
            row = connection.execute(done.order_by(letters.c.version.desc()).limit(1)).mappings().first()
        return None if row is None else _filing(row)

    def save(self, filing: Filing) -> None:
        """Remember *filing*, in the place of what was known of the same version."""

        def work(connection: Connection) -> None:
            same = (letters.c.kenmerk == filing.kenmerk) & (letters.c.version == filing.version)
            connection.execute(delete(letters).where(same))
            connection.execute(letters.insert().values(asdict(filing) | {"item_ids": list(filing.item_ids)}))

        self._database.write(work)

    def recent(self, limit: int) -> list[Filing]:
        """Return the letters handled last, newest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(letters).order_by(letters.c.at.desc(), letters.c.kenmerk).limit(limit))
            return [_filing(row) for row in rows.mappings()]


def _told(source: str, kenmerk: str, version: int) -> str:
    return f"report:{source}/{kenmerk}@{version}"


def _filing(row: RowMapping) -> Filing:
    return Filing(**dict(row) | {"item_ids": tuple(row["item_ids"])})
