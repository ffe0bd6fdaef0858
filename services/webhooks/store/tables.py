"""The tables of webhooks."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, MetaData, String, Table, Text

from shared.persistence.database import Moment

metadata = MetaData()

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(64), primary_key=True),  # also the correlation id of what came of it
    Column("source", String(64), nullable=False),
    Column("outcome", String(16), nullable=False),  # accepted · duplicate · filtered · refused
    Column("reason", String(64)),  # of a refusal
    Column("bytes", Integer, nullable=False),
    Column("events", Integer, nullable=False),
    Column("repeats", Integer, nullable=False),  # 1, or how many like it a flood of refusals stands for
    Column("received_at", Moment, nullable=False, index=True),
)
Index("deliveries_source", deliveries.c.source, deliveries.c.received_at)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("resource", String(512), nullable=False),
    Column("change_types", String(64), nullable=False),
    Column("client_state_hash", String(64), nullable=False),
    Column(
        "previous_state_hash", String(64)
    ),  # good until previous_until: notifications under way when it was replaced
    Column("previous_until", Moment),
    Column("subscription_id", String(64)),
    Column("certificate_id", String(64)),  # of a rich one: whose key Graph encrypts for
    Column("expires_at", Moment),
    Column("made_at", Moment),
    Column("renewed_at", Moment),
    Column("last_notified_at", Moment),
    Column("failure", String(64)),  # what the last attempt to keep it alive came to
)

repairs = Table(  # one delta query per subscription
    "repairs",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("resource", String(512), nullable=False),
    Column("link", Text),  # Graph's own nextLink or deltaLink, opaque
    Column("asked_at", Moment),  # a repair is wanted since, and not said yet
    Column("reason", String(64)),
    Column("said_at", Moment),
    Column("done_at", Moment),
)

certificates = Table(  # for rich notifications; two are good at once during a rotation
    "certificates",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("certificate", Text, nullable=False),  # base64 of DER, as Graph takes it
    Column("private_key", Text, nullable=False),  # encrypted PEM
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("unused_since", Moment),  # no subscription names it any more
)

signing_keys = Table(  # the authority's published keys, by which validation tokens are checked
    "signing_keys",
    metadata,
    Column("kid", String(128), primary_key=True),
    Column("jwk", Text, nullable=False),
    Column("seen_at", Moment, nullable=False),
)

hooks = Table(  # webhooks that the hub made at another system and keeps alive (Protime)
    "hooks",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("hook_id", String(128)),
    Column("key", Text, nullable=False),  # encrypted
    Column("previous_id", String(128)),
    Column("previous_key", Text),
    Column("previous_until", Moment),
    Column("expires_at", Moment),
    Column("made_at", Moment, nullable=False),
)

hook_failures = Table(  # what the last attempt to keep such a webhook alive came to; no row when all went well
    "hook_failures",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("reason", String(64), nullable=False),
)

failings = Table(  # what is not kept alive: Graph's subscriptions and those webhooks
    "failings",
    metadata,
    Column("kind", String(8), primary_key=True),  # graph · hook
    Column("name", String(64), primary_key=True),
    Column("since", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("reason", String(64), nullable=False),
    Column("is_told", Boolean, nullable=False),  # once, until it is restored
)

watches = Table(  # of the sources that ought to be heard
    "watches",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("since", Moment, nullable=False),
    Column("silent_since", Moment),
)

marks = Table(  # when the hub last did something, to know of a long stop
    "marks",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("at", Moment, nullable=False),
)
