"""The tables of the console."""

from __future__ import annotations

from sqlalchemy import Column, Date, Integer, MetaData, String, Table, Text

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
