"""The ledger's three tables: what came in, what goes out, and the count that must agree with them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table, Text, text

from shared.persistence.database import Moment

metadata = MetaData()
_SEQ = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER

inbox = Table(
    "inbox",
    metadata,
    Column("seq", _SEQ, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("type", String(128), nullable=False),
    Column("key", String(1200), nullable=False),
    Column("source", String(64), nullable=False),
    Column("correlation_id", String(64), nullable=False, index=True),
    Column("causation_id", String(64)),
    Column("envelope", Text, nullable=False),
    Column("hint", Boolean, nullable=False),
    Column("state", String(12), nullable=False),  # waiting · working · done · superseded · parked · discarded
    Column("attempts", Integer, nullable=False),
    Column("errors", Text, nullable=False),  # JSON list of {"at", "reason", "error"}
    Column("next_at", Moment, nullable=False),
    Column("lease_owner", String(128)),
    Column("lease_until", Moment),
    Column("fence", Integer, nullable=False),  # grows with each claim: a worker that lost its lease cannot finish
    Column("received_at", Moment, nullable=False),
    Column("finished_at", Moment),
)
# In the order of claiming: the oldest due row is found without sorting all that wait.
Index("inbox_due", inbox.c.state, inbox.c.seq, inbox.c.next_at)
Index("inbox_key", inbox.c.key, inbox.c.type, inbox.c.state)
# The database itself guarantees that a key is worked on once, whatever the number of processes.
Index(
    "inbox_one_worker_per_key",
    inbox.c.key,
    unique=True,
    sqlite_where=text("state = 'working'"),
    postgresql_where=text("state = 'working'"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", _SEQ, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("type", String(128), nullable=False),
    Column("envelope", Text, nullable=False),
    Column("created_at", Moment, nullable=False, index=True),
    Column("sent_at", Moment),
)
Index(
    "outbox_unsent",
    outbox.c.seq,
    sqlite_where=text("sent_at IS NULL"),
    postgresql_where=text("sent_at IS NULL"),
)

books = Table(
    "books",
    metadata,
    Column("name", String(16), primary_key=True),  # accepted · purged
    Column("value", BigInteger, nullable=False),
)
