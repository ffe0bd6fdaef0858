"""Bring a service's tables to the shape that this release needs, at its start."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from shared.persistence.database import Database

_HERE = Path(__file__).parent / "migrations"
_LOCK = 0x68756200  # "hub": instances that start together migrate one after the other


def migrate(url: str, service: str, own: Path) -> None:
    """Run the ledger's migrations and those in the folder *own*. Safe to repeat, and to run at the same time."""
    database = Database(url, service)
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.set_main_option("version_locations", f"{_HERE / 'versions'}\n{own}")
    config.set_main_option("path_separator", "newline")
    try:
        with database.turn(), database.engine.connect() as connection:
            if not database.is_sqlite:
                connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
                connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{service}"'))
                connection.commit()
            config.attributes["connection"] = connection
            command.upgrade(config, "heads")
            connection.commit()
    finally:
        database.close()
