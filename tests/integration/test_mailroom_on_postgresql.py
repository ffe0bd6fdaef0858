"""Every behaviour of the mail room once more, on PostgreSQL and on the tables that the migrations make."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

import services.mailroom
from shared.persistence.database import Database
from shared.persistence.migrate import migrate
from tests.unit.mailroom.builders import FakeMailroom
from tests.unit.mailroom.test_behaviours import *  # noqa: F403 - the tests themselves, with the fixture below

MIGRATIONS = Path(services.mailroom.__path__[0]) / "migrations"


@pytest.fixture
def room(postgresql_url: str, tmp_path: Path) -> Iterator[FakeMailroom]:
    schema = f"m{uuid4().hex[:12]}"
    migrate(postgresql_url, schema, MIGRATIONS)
    made = FakeMailroom.on(Database(postgresql_url, schema), tmp_path)
    yield made
    made.database.close()
