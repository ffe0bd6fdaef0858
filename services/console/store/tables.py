"""The tables of the console."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Integer, MetaData, String, Table, Text

from shared.persistence.database import Moment

metadata = MetaData()

parked = Table(
    "parked",
    metadata,
    Column("service", String(32), primary_key=True),
    Column("message_id", String(64), primary_key=True),
    Column("state", String(8), nullable=False),  # parked · closed
    Column("parked_at", Moment, nullable=False),
    Column("event", Text, nullable=False),  # the whole MessageParked: it explains itself
    Column("wish", String(8)),  # retry · discard
    Column("wished_by", String(128)),
    Column("wished_at", Moment),
)

held = Table(
    "held",
    metadata,
    Column("kind", String(8), primary_key=True),  # absence · mail
    Column("source", String(64), primary_key=True),
    Column("place", String(200), primary_key=True),
    Column("reason", String(64), nullable=False),
    Column("first_seen", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
)

silences = Table(
    "silences",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("since", Moment, nullable=False),
    Column("heard_at", Moment),  # NULL: still silent. The row stays, so that a late alarm does not bring it back
)

failings = Table(
    "failings",
    metadata,
    Column("id", String(80), primary_key=True),  # <kind>/<name>
    Column("kind", String(8), nullable=False),  # graph · hook · absences
    Column("name", String(64), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("since", Moment, nullable=False),
    Column("restored_at", Moment),  # as heard_at above
)

refusals = Table(
    "refusals",
    metadata,
    Column("id", String(160), primary_key=True),  # <source>/<reason>/<day>
    Column("source", String(64), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("day", Date, nullable=False),
    Column("deliveries", Integer, nullable=False),
    Column("places", Text, nullable=False),  # JSON list: the names of the faulty fields
)

rules_refused = Table(
    "rules_refused",
    metadata,
    Column("file", String(200), primary_key=True),
    Column("faults", Text, nullable=False),  # JSON list of RuleFault
    Column("since", Moment, nullable=False),
)

tray = Table(
    "tray",
    metadata,
    Column("kenmerk", String(40), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", String(8), nullable=False),  # open · closed. The row stays: an older version does not open it again
    Column("reason", String(64), nullable=False),
    Column("suggestions", Text, nullable=False),  # JSON list of codes
    Column("since", Moment, nullable=False),
    Column("choice", String(64)),  # a code; NULL beside chosen_by: look again
    Column("chosen_by", String(128)),
    Column("chosen_at", Moment),
)

offered = Table(
    "offered",
    metadata,
    Column("message", String(64), primary_key=True),
    Column("intake", String(64), nullable=False),
    Column("state", String(8), nullable=False),  # as above: what was registered does not come back
    Column("received_at", Moment, nullable=False),
    Column("references", Text, nullable=False),  # JSON list of kenmerken
    Column("projects", Text, nullable=False),  # JSON list of codes
    Column("choice", String(40)),  # a kenmerk
    Column("chosen_by", String(128)),
    Column("chosen_at", Moment),
)

terms = Table(
    "terms",
    metadata,
    Column("kenmerk", String(40), primary_key=True),
    Column("due", Date, nullable=False),
    Column("project", String(64)),
    Column("department", String(255)),
    Column("is_away", Boolean, nullable=False),
)
