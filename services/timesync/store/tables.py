"""What is known, who is who and what was shown. No table has a column for the code or the comment of an absence."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, DateTime, Index, Integer, MetaData, String, Table, Text, false

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
    Column("blocked", Integer),  # records of the reading that a person must look at; NULL: there is none
    Column("losing", Integer),  # people who would lose most of their absences by it
    Column("hinted_at", Moment),
    Column("read_at", Moment),  # the last time that it could be read
    Column("failing_since", Moment),
    Column("failing_reason", String(64)),
    Column("failing_told", Boolean, nullable=False, server_default=false()),
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

accounts = Table(  # what the directory says; read whole once, then by its changes
    "accounts",
    metadata,
    Column("user_id", String(64), primary_key=True),
    Column("sign_in", String(32), nullable=False, index=True),  # digests: a name is known again, and not held
    Column("address", String(32), index=True),  # NULL: no mailbox
    Column("number", String(64), index=True),  # employeeId
    Column("enabled", Boolean, nullable=False),
    Column("seen", Integer, nullable=False),  # the round of reading in which it last came
)

marks = Table(  # single values that must survive a restart: where the directory's delta stands, whether all is halted
    "marks",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

wakes = Table(  # when to look at an employee again though nothing was said: a reply falls due, an open end grows
    "wakes",
    metadata,
    Column("employee", String(64), primary_key=True),
    Column("at", Moment, nullable=False, index=True),
)

events = Table(
    "events",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("base", String(36), nullable=False, index=True),  # the same for every generation of one segment
    Column("employee", String(64), nullable=False, index=True),
    Column("user_id", String(320), nullable=False),  # of a shared calendar: its address
    Column("event_id", String(400)),
    Column("etag", String(200), nullable=False),
    Column("profile", String(32), nullable=False),
    Column("start", DateTime, nullable=False),
    Column("end", DateTime, nullable=False),
    Column("whole", Boolean, nullable=False),
    Column("state", String(16), nullable=False),  # started · done · respected · detached · left · removed
    Column("face", String(16), nullable=False),  # a hash of its label and free/busy word
    Column("effect", String(16), nullable=False),  # calendar · shared: in whose calendar it stands
)

replies = Table(
    "replies",
    metadata,
    Column("employee", String(64), primary_key=True),
    Column("user_id", String(64), nullable=False),
    Column("state", String(16), nullable=False),  # planned · started · done · released
    Column("start", DateTime, nullable=False),  # of the absence
    Column("end", DateTime, nullable=False),
    Column("wanted", String(64), nullable=False),  # hashes: see ReplyRow
    Column("written", String(64), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("before", Text),  # what stood there, to be put back: JSON; NULL when nothing is ours to restore
)

statuses = Table(
    "statuses",
    metadata,
    Column("employee", String(64), primary_key=True),
    Column("user_id", String(64), nullable=False),
    Column("state", String(16), nullable=False),  # planned · started · done · released
    Column("wanted", String(64), nullable=False),  # hash of what should stand there
    Column("written", String(64), nullable=False),  # hash of what then stood there
    Column("before", Text),  # hash of the text of ours that it replaces
    Column("until", DateTime, nullable=False),
)

guards = Table(  # the preferred presence that keeps call queues from ringing
    "guards",
    metadata,
    Column("employee", String(64), primary_key=True),
    Column("user_id", String(64), nullable=False),
    Column("state", String(16), nullable=False),  # planned · started · done · released
    Column("until", DateTime, nullable=False),  # of the lease that was last asked: see GuardState
)

Index("records_last", records.c.last)
