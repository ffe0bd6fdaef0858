"""Make the tables of the console: parked messages, held records, troubled sources, refused settings, and post."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "console_0001"
down_revision = None
branch_labels = ("console",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "parked",
        sa.Column("service", sa.String(32), primary_key=True),
        sa.Column("message_id", sa.String(64), primary_key=True),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("parked_at", sa.BigInteger, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("wish", sa.String(8)),
        sa.Column("wished_by", sa.String(128)),
        sa.Column("wished_at", sa.BigInteger),
    )
    op.create_table(
        "held",
        sa.Column("kind", sa.String(8), primary_key=True),
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("place", sa.String(200), primary_key=True),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("first_seen", sa.BigInteger, nullable=False),
        sa.Column("last_seen", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "silences",
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("heard_at", sa.BigInteger),
    )
    op.create_table(
        "failings",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("restored_at", sa.BigInteger),
    )
    op.create_table(
        "refusals",
        sa.Column("id", sa.String(160), primary_key=True),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("deliveries", sa.Integer, nullable=False),
        sa.Column("places", sa.Text, nullable=False),
    )
    op.create_table(
        "rules_refused",
        sa.Column("file", sa.String(200), primary_key=True),
        sa.Column("faults", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "tray",
        sa.Column("kenmerk", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("suggestions", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("choice", sa.String(64)),
        sa.Column("chosen_by", sa.String(128)),
        sa.Column("chosen_at", sa.BigInteger),
    )
    op.create_table(
        "offered",
        sa.Column("message", sa.String(64), primary_key=True),
        sa.Column("intake", sa.String(64), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("references", sa.Text, nullable=False),
        sa.Column("projects", sa.Text, nullable=False),
        sa.Column("choice", sa.String(40)),
        sa.Column("chosen_by", sa.String(128)),
        sa.Column("chosen_at", sa.BigInteger),
    )
    op.create_table(
        "terms",
        sa.Column("kenmerk", sa.String(40), primary_key=True),
        sa.Column("due", sa.Date, nullable=False),
        sa.Column("project", sa.String(64)),
        sa.Column("department", sa.String(255)),
        sa.Column("is_away", sa.Boolean, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("terms")
    op.drop_table("offered")
    op.drop_table("tray")
    op.drop_table("rules_refused")
    op.drop_table("refusals")
    op.drop_table("failings")
    op.drop_table("silences")
    op.drop_table("held")
    op.drop_table("parked")
