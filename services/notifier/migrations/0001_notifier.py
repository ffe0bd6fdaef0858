"""The first tables of notifier."""

import sqlalchemy as sa
from alembic import op

revision = "notifier_0001"
down_revision = None
branch_labels = ("notifier",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("about", sa.String(128), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("message", sa.String(64)),
    )
    op.create_index("notices_at", "notices", ["at"])
    op.create_table(
        "standings",
        sa.Column("subject", sa.String(220), primary_key=True),
        sa.Column("status", sa.String(64), nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("standings")
    op.drop_table("notices")
