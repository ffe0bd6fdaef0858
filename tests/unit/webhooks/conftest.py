"""A front door on a real SQLite database, with one signed source and one subscription."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from services.webhooks import store as store_module
from services.webhooks.app import Reception, create_app
from services.webhooks.sources.base import Source
from services.webhooks.sources.graph import GraphNotifications
from services.webhooks.sources.standard import StandardWebhooks
from services.webhooks.store import Store
from shared.clock import FixedClock
from shared.persistence.database import Database
from shared.persistence.ledger import SqlLedger
from shared.persistence.migrate import migrate
from tests.contract.sources.kit import SECRET, known
from tests.unit.webhooks.builders import NOW

MIGRATIONS = Path(store_module.__file__).parent / "migrations"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path}/webhooks.db"
    migrate(url, "webhooks", MIGRATIONS)
    made = Database(url, "webhooks")
    yield made
    made.close()


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database)


@pytest.fixture
def ledger(database: Database) -> SqlLedger:
    return SqlLedger(database, FixedClock(NOW), owner="test")


@pytest.fixture
def client(database: Database, store: Store, ledger: SqlLedger) -> FlaskClient:
    store.keep(known())
    sources: dict[str, Source] = {
        "graph": GraphNotifications(store.subscriptions),
        "protime": StandardWebhooks("protime", [SECRET], "protime"),
    }
    return create_app(Reception(sources, store, database, ledger, FixedClock(NOW))).test_client()
