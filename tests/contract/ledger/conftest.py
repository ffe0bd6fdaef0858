"""Every ledger there is: the promises below hold for each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from shared.clock import FixedClock
from shared.persistence.database import Database
from shared.persistence.ledger import Ledger, SqlLedger
from shared.persistence.memory import MemoryLedger
from shared.persistence.migrate import migrate

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, clock: FixedClock, tmp_path: Path) -> Iterator[Ledger]:
    if request.param == "memory":
        yield MemoryLedger("timesync", clock)
        return
    url = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else f"sqlite:///{tmp_path}/x.db"
    service = f"t{uuid4().hex[:12]}" if request.param == "postgresql" else "timesync"
    migrate(url, service, tmp_path)
    database = Database(url, service)
    yield SqlLedger(database, clock, owner="here")
    database.close()
