"""The ledger: inbox, outbox, books."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0001"
down_revision = None
branch_labels = ("ledger",)
depends_on = None

_SEQ = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_WORKING, _UNSENT = sa.text("state = 'working'"), sa.text("sent_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "inbox",
        sa.Column("seq", _SEQ, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(64), nullable=False, unique=True),
        sa.Column("type", sa.String(128), nullable=False),
        sa.Column("key", sa.String(1200), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("correlation_id", sa.String(64), nullable=False, index=True),
        sa.Column("causation_id", sa.String(64)),
        sa.Column("envelope", sa.Text, nullable=False),
        sa.Column("hint", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("errors", sa.Text, nullable=False),
        sa.Column("next_at", sa.BigInteger, nullable=False),
        sa.Column("lease_owner", sa.String(128)),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("finished_at", sa.BigInteger),
    )
    op.create_index("inbox_due", "inbox", ["state", "seq", "next_at"])
    op.create_index("inbox_key", "inbox", ["key", "type", "state"])
    op.create_index(
        "inbox_one_worker_per_key", "inbox", ["key"], unique=True, sqlite_where=_WORKING, postgresql_where=_WORKING
    )
    op.create_table(
        "outbox",
        sa.Column("seq", _SEQ, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(64), nullable=False, unique=True),
        sa.Column("type", sa.String(128), nullable=False),
        sa.Column("envelope", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False, index=True),
        sa.Column("sent_at", sa.BigInteger),
    )
    op.create_index("outbox_unsent", "outbox", ["seq"], sqlite_where=_UNSENT, postgresql_where=_UNSENT)
    books = op.create_table(
        "books",
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(books, [{"name": "accepted", "value": 0}, {"name": "purged", "value": 0}])


def downgrade() -> None:
    for table in ("books", "outbox", "inbox"):
        op.drop_table(table)
