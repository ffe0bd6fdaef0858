"""The first tables of mailroom. None has a column for a subject or a name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "mailroom_0001"
down_revision = None
branch_labels = ("mailroom",)
depends_on = None


def upgrade() -> None:
    _letters()
    _projects()
    _mailboxes()
    _terms()
    _rest()


def _letters() -> None:
    op.create_table(
        "arrivals",
        sa.Column("reference", sa.String(280), primary_key=True),
        sa.Column("heard_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "register_records",
        sa.Column("intake", sa.String(64), primary_key=True),
        sa.Column("reference", sa.String(200), primary_key=True),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "letters",
        sa.Column("kenmerk", sa.String(40), primary_key=True),
        sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("sha256", sa.String(64)),
        sa.Column("facts", sa.JSON),
        sa.Column("rule", sa.String(64)),
        sa.Column("reason", sa.String(64)),
        sa.Column("suggestions", sa.JSON, nullable=False),
        sa.Column("project", sa.String(64)),
        sa.Column("chosen", sa.String(64)),
        sa.Column("drive_id", sa.String(200)),
        sa.Column("folder", sa.String(400), nullable=False),
        sa.Column("pieces", sa.JSON, nullable=False),
        sa.Column("due", sa.Date),
        sa.Column("needs_reply", sa.Boolean, nullable=False),
        sa.Column("handler", sa.String(64)),
        sa.Column("department", sa.String(255)),
        sa.Column("before", sa.String(64)),
        sa.Column("same_as", sa.JSON, nullable=False),
        sa.Column("registered_at", sa.BigInteger),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("letters_at", "letters", ["at"])
    op.create_index("letters_due", "letters", ["due"])
    op.create_index("letters_sha256", "letters", ["sha256"])
    op.create_table(
        "trail",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("kenmerk", sa.String(40), nullable=False),
        sa.Column("version", sa.BigInteger),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("step", sa.String(32), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("ix_trail_at", "trail", ["at"])
    op.create_index("ix_trail_kenmerk", "trail", ["kenmerk"])


def _projects() -> None:
    op.create_table(
        "projects",
        sa.Column("code", sa.String(64), primary_key=True),
        sa.Column("register", sa.String(64), nullable=False),
        sa.Column("record", sa.Text, nullable=False),
    )
    op.create_table(
        "folders",
        sa.Column("code", sa.String(64), primary_key=True),
        sa.Column("drive_id", sa.String(200), nullable=False),
        sa.Column("item_id", sa.String(200), nullable=False),
        sa.Column("found_by", sa.String(200), nullable=False),
    )


def _mailboxes() -> None:
    op.create_table(
        "messages",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("intake", sa.String(64), nullable=False),
        sa.Column("message_id", sa.String(512), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64)),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("kenmerk", sa.String(40)),
        sa.Column("reason", sa.String(64)),
        sa.Column("hints", sa.Text, nullable=False),
        sa.Column("web_url", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_messages_digest", "messages", ["digest"])
    op.create_index("ix_messages_message_id", "messages", ["message_id"])
    op.create_index("ix_messages_sha256", "messages", ["sha256"])
    op.create_index("ix_messages_state", "messages", ["state"])


def _terms() -> None:
    op.create_table(
        "away",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("user_id", sa.String(64), primary_key=True),
        sa.Column("delegate", sa.String(64)),
    )
    op.create_table(
        "reminders",
        sa.Column("kenmerk", sa.String(40), primary_key=True),
        sa.Column("due", sa.Date, primary_key=True),
        sa.Column("step", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )


def _rest() -> None:
    op.create_table(
        "uploads",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "marks",
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )


def downgrade() -> None:
    for name in (
        "marks",
        "uploads",
        "reminders",
        "away",
        "messages",
        "folders",
        "projects",
        "trail",
        "letters",
        "register_records",
        "arrivals",
    ):
        op.drop_table(name)
