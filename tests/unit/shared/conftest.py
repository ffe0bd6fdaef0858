"""A loopback server, a clock that stands still, and a SQLite database of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.clock import FixedClock
from shared.persistence.database import Database
from shared.persistence.ledger import SqlLedger
from shared.persistence.memory import MemoryLedger
from shared.persistence.migrate import migrate
from tests.unit.shared.builders import NOW
from tests.unit.shared.server import Stub, serving


@pytest.fixture
def server() -> Iterator[Stub]:
    with serving() as stub:
        yield stub


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def ledger(clock: FixedClock) -> MemoryLedger:
    return MemoryLedger("timesync", clock)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path}/timesync.db"
    migrate(url, "timesync", tmp_path)
    made = Database(url, "timesync")
    yield made
    made.close()


@pytest.fixture
def sql_ledger(database: Database, clock: FixedClock) -> SqlLedger:
    return SqlLedger(database, clock, owner="here")
