"""Deliveries and subscriptions."""

import sqlalchemy as sa
from alembic import op

revision = "webhooks_0001"
down_revision = None
branch_labels = ("webhooks",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("events", sa.Integer, nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False, index=True),
    )
    op.create_table(
        "subscriptions",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("resource", sa.String(512), nullable=False),
        sa.Column("change_types", sa.String(64), nullable=False),
        sa.Column("client_state_hash", sa.String(64), nullable=False),
        sa.Column("subscription_id", sa.String(64)),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("made_at", sa.BigInteger),
        sa.Column("last_notified_at", sa.BigInteger),
    )


def downgrade() -> None:
    op.drop_table("subscriptions")
    op.drop_table("deliveries")
