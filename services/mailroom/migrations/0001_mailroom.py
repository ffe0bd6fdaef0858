"""The first tables of mailroom."""

import sqlalchemy as sa
from alembic import op

revision = "mailroom_0001"
down_revision = None
branch_labels = ("mailroom",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "arrivals",
        sa.Column("reference", sa.String(280), primary_key=True),
        sa.Column("heard_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "letters",
        sa.Column("kenmerk", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("project", sa.String(64)),
        sa.Column("unclassified", sa.Boolean, nullable=False),
        sa.Column("folder", sa.String(400), nullable=False),
        sa.Column("drive_id", sa.String(200), nullable=False),
        sa.Column("item_ids", sa.JSON, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("letters_at", "letters", ["at"])


def downgrade() -> None:
    op.drop_table("letters")
    op.drop_table("arrivals")
