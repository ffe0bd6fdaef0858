"""What the front door keeps."""

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
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(64)),
        sa.Column("bytes", sa.Integer, nullable=False),
        sa.Column("events", sa.Integer, nullable=False),
        sa.Column("repeats", sa.Integer, nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False, index=True),
    )
    op.create_index("deliveries_source", "deliveries", ["source", "received_at"])
    op.create_table(
        "subscriptions",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("resource", sa.String(512), nullable=False),
        sa.Column("change_types", sa.String(64), nullable=False),
        sa.Column("client_state_hash", sa.String(64), nullable=False),
        sa.Column("previous_state_hash", sa.String(64)),
        sa.Column("previous_until", sa.BigInteger),
        sa.Column("subscription_id", sa.String(64)),
        sa.Column("certificate_id", sa.String(64)),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("made_at", sa.BigInteger),
        sa.Column("renewed_at", sa.BigInteger),
        sa.Column("last_notified_at", sa.BigInteger),
        sa.Column("failure", sa.String(64)),
    )
    op.create_table(
        "repairs",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("resource", sa.String(512), nullable=False),
        sa.Column("link", sa.Text),
        sa.Column("asked_at", sa.BigInteger),
        sa.Column("reason", sa.String(64)),
        sa.Column("said_at", sa.BigInteger),
        sa.Column("done_at", sa.BigInteger),
    )
    op.create_table(
        "certificates",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("certificate", sa.Text, nullable=False),
        sa.Column("private_key", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("unused_since", sa.BigInteger),
    )
    op.create_table(
        "signing_keys",
        sa.Column("kid", sa.String(128), primary_key=True),
        sa.Column("jwk", sa.Text, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "hooks",
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("hook_id", sa.String(128)),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("previous_id", sa.String(128)),
        sa.Column("previous_key", sa.Text),
        sa.Column("previous_until", sa.BigInteger),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("made_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "hook_failures",
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("reason", sa.String(64), nullable=False),
    )
    op.create_table(
        "failings",
        sa.Column("kind", sa.String(8), primary_key=True),
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("is_told", sa.Boolean, nullable=False),
    )
    op.create_table(
        "watches",
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("silent_since", sa.BigInteger),
    )
    op.create_table(
        "marks",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("marks")
    op.drop_table("watches")
    op.drop_table("failings")
    op.drop_table("hook_failures")
    op.drop_table("hooks")
    op.drop_table("signing_keys")
    op.drop_table("certificates")
    op.drop_table("repairs")
    op.drop_table("subscriptions")
    op.drop_table("deliveries")
