"""The tables of timesync. None has a column for the code, the category or the comment of an absence."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, DateTime, Index, Integer, MetaData, String, Table, Text

from shared.persistence.database import Moment

metadata = MetaData()

records = Table(
    "records",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("source_id", String(200), primary_key=True),
    Column("employee", String(64), nullable=False, index=True),
    Column("first", Date, nullable=False),
    Column("last", Date),  # NULL: open end
    Column("part", String(16), nullable=False),
    Column("starts", DateTime),  # wall clock, as are all DateTime columns here
    Column("ends", DateTime),
    Column("open_ended", Boolean, nullable=False),
    Column("state", String(16), nullable=False),
    Column("profile", String(32), nullable=False),
    Column("version", String(64), nullable=False),
    Column("place", String(200), nullable=False),
)

sources = Table(
    "sources",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("cursor", Text),
    Column("counted", Integer, nullable=False),  # records of the last complete reading that was believed
    Column("hinted_at", Moment),
)

unannounced = Table(  # records changed, and nobody was told yet: survives a crash between storing and saying
    "unannounced",
    metadata,
    Column("employee", String(64), primary_key=True),
)

held = Table(
    "held",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("identity", String(200), primary_key=True),
    Column("reason", String(64), primary_key=True),
    Column("place", String(200), nullable=False),
    Column("employee", String(64)),
    Column("first_seen", Moment, nullable=False),
    Column("told", Boolean, nullable=False),
    Column("released", Boolean, nullable=False),  # mended; gone when people were told that too
)

links = Table(
    "links",
    metadata,
    Column("employee", String(64), primary_key=True),
    Column("user_id", String(64), nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("base", String(36), nullable=False, index=True),  # the same for every generation of one segment
    Column("employee", String(64), nullable=False, index=True),
    Column("user_id", String(64), nullable=False),
    Column("event_id", String(400)),
    Column("etag", String(200), nullable=False),
    Column("profile", String(32), nullable=False),
    Column("start", DateTime, nullable=False),
    Column("end", DateTime, nullable=False),
    Column("whole", Boolean, nullable=False),
    Column("state", String(16), nullable=False),  # started · done · respected · detached · removed
)

replies = Table(
    "replies",
    metadata,
    Column("employee", String(64), primary_key=True),
    Column("state", String(16), nullable=False),  # started · done · released
    Column("absence_start", DateTime, nullable=False),
    Column("wanted", String(64), nullable=False),  # hashes: see ReplyRow
    Column("written", String(64), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("before", Text),  # what stood there, to be put back: JSON; NULL when nothing is ours to restore
)

Index("records_last", records.c.last)
