"""The first tables of timesync. None has a column for the reason of an absence."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "timesync_0001"
down_revision = None
branch_labels = ("timesync",)
depends_on = None


def upgrade() -> None:
    _sources()
    _people()
    _effects()


def _sources() -> None:
    op.create_table(
        "records",
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("source_id", sa.String(200), primary_key=True),
        sa.Column("employee", sa.String(64), nullable=False, index=True),
        sa.Column("first", sa.Date, nullable=False),
        sa.Column("last", sa.Date),
        sa.Column("part", sa.String(16), nullable=False),
        sa.Column("starts", sa.DateTime),
        sa.Column("ends", sa.DateTime),
        sa.Column("open_ended", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("profile", sa.String(32), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
    )
    op.create_index("records_last", "records", ["last"])
    op.create_table(
        "sources",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("cursor", sa.Text),
        sa.Column("counted", sa.Integer, nullable=False),
        sa.Column("blocked", sa.Integer),
        sa.Column("losing", sa.Integer),
        sa.Column("hinted_at", sa.BigInteger),
        sa.Column("read_at", sa.BigInteger),
        sa.Column("failing_since", sa.BigInteger),
        sa.Column("failing_reason", sa.String(64)),
        sa.Column("failing_told", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "held",
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("identity", sa.String(200), primary_key=True),
        sa.Column("reason", sa.String(64), primary_key=True),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("employee", sa.String(64)),
        sa.Column("first_seen", sa.BigInteger, nullable=False),
        sa.Column("told", sa.Boolean, nullable=False),
        sa.Column("released", sa.Boolean, nullable=False),
    )


def _people() -> None:
    op.create_table("unannounced", sa.Column("employee", sa.String(64), primary_key=True))
    op.create_table(
        "accounts",
        sa.Column("user_id", sa.String(64), primary_key=True),
        sa.Column("sign_in", sa.String(32), nullable=False, index=True),
        sa.Column("address", sa.String(32), index=True),
        sa.Column("number", sa.String(64), index=True),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("seen", sa.Integer, nullable=False),
    )
    op.create_table(
        "marks", sa.Column("name", sa.String(64), primary_key=True), sa.Column("value", sa.Text, nullable=False)
    )
    op.create_table(
        "wakes",
        sa.Column("employee", sa.String(64), primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False, index=True),
    )


def _effects() -> None:
    op.create_table(
        "events",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("base", sa.String(36), nullable=False, index=True),
        sa.Column("employee", sa.String(64), nullable=False, index=True),
        sa.Column("user_id", sa.String(320), nullable=False),
        sa.Column("event_id", sa.String(400)),
        sa.Column("etag", sa.String(200), nullable=False),
        sa.Column("profile", sa.String(32), nullable=False),
        sa.Column("start", sa.DateTime, nullable=False),
        sa.Column("end", sa.DateTime, nullable=False),
        sa.Column("whole", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("face", sa.String(16), nullable=False),
        sa.Column("effect", sa.String(16), nullable=False),
    )
    op.create_table(
        "replies",
        sa.Column("employee", sa.String(64), primary_key=True),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("start", sa.DateTime, nullable=False),
        sa.Column("end", sa.DateTime, nullable=False),
        sa.Column("wanted", sa.String(64), nullable=False),
        sa.Column("written", sa.String(64), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("before", sa.Text),
    )
    op.create_table(
        "statuses",
        sa.Column("employee", sa.String(64), primary_key=True),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("wanted", sa.String(64), nullable=False),
        sa.Column("written", sa.String(64), nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("until", sa.DateTime, nullable=False),
    )
    op.create_table(
        "guards",
        sa.Column("employee", sa.String(64), primary_key=True),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("until", sa.DateTime, nullable=False),
    )


def downgrade() -> None:
    tables = ("guards", "statuses", "replies", "events", "wakes", "marks", "accounts", "unannounced", "held", "sources")
    for table in (*tables, "records"):
        op.drop_table(table)
