"""The tables of mailroom. None has a column for a subject or a name."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, Index, Integer, MetaData, String, Table, Text

from shared.persistence.database import Moment

metadata = MetaData()

arrivals = Table(
    "arrivals",
    metadata,
    Column(
        "reference", String(280), primary_key=True
    ),  # <intake>/<reference>, report:<source>/<kenmerk>@<version>, answer:<kenmerk>
    Column("heard_at", Moment, nullable=False),
)
records = Table(  # what a register said of a letter, sealed, until the letter is settled
    "register_records",
    metadata,
    Column("intake", String(64), primary_key=True),
    Column("reference", String(200), primary_key=True),
    Column("sealed", Text, nullable=False),
    Column("at", Moment, nullable=False),
)
letters = Table(
    "letters",
    metadata,
    Column("kenmerk", String(40), primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("state", String(16), nullable=False),
    Column("sha256", String(64)),
    Column("facts", JSON),
    Column("rule", String(64)),
    Column("reason", String(64)),
    Column("suggestions", JSON, nullable=False),
    Column("project", String(64)),
    Column("chosen", String(64)),
    Column("drive_id", String(200)),
    Column("folder", String(400), nullable=False),
    Column("pieces", JSON, nullable=False),  # the main document first
    Column("due", Date),
    Column("needs_reply", Boolean, nullable=False),
    Column("handler", String(64)),  # id of an account
    Column("department", String(255)),
    Column("before", String(64)),
    Column("same_as", JSON, nullable=False),
    Column("registered_at", Moment),
    Column("at", Moment, nullable=False),
    Index("letters_at", "at"),
    Index("letters_sha256", "sha256"),
    Index("letters_due", "due"),
)
trail = Table(
    "trail",
    metadata,
    Column("id", String(36), primary_key=True),  # the same step said twice is one
    Column("kenmerk", String(40), nullable=False, index=True),
    Column("version", BigInteger),
    Column("at", Moment, nullable=False, index=True),
    Column("step", String(32), nullable=False),
    Column("detail", Text, nullable=False),  # JSON: ids, hashes, slugs
)
projects = Table(
    "projects",
    metadata,
    Column("code", String(64), primary_key=True),
    Column("register", String(64), nullable=False),
    Column("record", Text, nullable=False),  # JSON of domain.projects.Project
)
folders = Table(  # a project's folder, by id: it may be renamed or moved by hand
    "folders",
    metadata,
    Column("code", String(64), primary_key=True),
    Column("drive_id", String(200), nullable=False),
    Column("item_id", String(200), nullable=False),
    Column("found_by", String(200), nullable=False),  # what the register said of the place then
)
messages = Table(
    "messages",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("intake", String(64), nullable=False),
    Column("message_id", String(512), nullable=False, index=True),  # Graph's immutable id
    Column("state", String(16), nullable=False, index=True),  # waiting, registered, skipped
    Column("sha256", String(64), nullable=False, index=True),  # of the MIME
    Column("digest", String(64), index=True),  # of the sender's Message-ID
    Column("received_at", Moment, nullable=False),
    Column("kenmerk", String(40)),
    Column("reason", String(64)),
    Column("hints", Text, nullable=False),  # JSON: references and project codes, how sure and where found
    Column("web_url", Text, nullable=False),
    Column("at", Moment, nullable=False),
)
away = Table(
    "away",
    metadata,
    Column("day", Date, primary_key=True),
    Column("user_id", String(64), primary_key=True),
    Column("delegate", String(64)),  # id of an account
)
reminders = Table(
    "reminders",
    metadata,
    Column("kenmerk", String(40), primary_key=True),
    Column("due", Date, primary_key=True),
    Column("step", Integer, primary_key=True, autoincrement=False),  # working days left
    Column("at", Moment, nullable=False),
)
uploads = Table(
    "uploads",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("sealed", Text, nullable=False),  # the address is a bearer secret
    Column("at", Moment, nullable=False),
)
marks = Table(
    "marks",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("value", Text, nullable=False),
)
