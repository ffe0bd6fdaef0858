"""A front door on a real database, with one signed source and one subscription. Its memory is tried on both kinds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

import services.webhooks as package
from services.webhooks.app import create_app
from services.webhooks.domain.limits import Bucket
from services.webhooks.reception import Reception
from services.webhooks.refusals import Refusals
from services.webhooks.sources.base import SchemeOptions, Source
from services.webhooks.sources.graph import GraphNotifications
from services.webhooks.sources.standard import StandardWebhooks
from services.webhooks.sources.system import System
from services.webhooks.store.deliveries import Deliveries
from services.webhooks.store.subscriptions import Subscriptions
from shared.clock import FixedClock
from shared.persistence.database import Database
from shared.persistence.ledger import SqlLedger
from shared.persistence.migrate import migrate
from tests.contract.sources.kit import SECRET, TENANT, known
from tests.unit.webhooks.builders import NOW

MIGRATIONS = Path(str(package.__file__)).parent / "migrations"


MEMORIES = {"test_store", "test_hooks_store", "test_repairs", "test_silence", "test_keys", "test_certificates"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let what is remembered be the same on every database."""
    if "database" in metafunc.fixturenames and metafunc.module.__name__.rpartition(".")[2] in MEMORIES:
        metafunc.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url, service = f"sqlite:///{tmp_path}/webhooks.db", "webhooks"
    if getattr(request, "param", "sqlite") == "postgresql":
        url, service = request.getfixturevalue("postgresql_url"), f"t{uuid4().hex[:12]}"
    migrate(url, service, MIGRATIONS)
    made = Database(url, service)
    yield made
    made.close()


@pytest.fixture
def store(database: Database) -> Subscriptions:
    return Subscriptions(database)


@pytest.fixture
def deliveries(database: Database) -> Deliveries:
    return Deliveries(database)


@pytest.fixture
def ledger(database: Database) -> SqlLedger:
    return SqlLedger(database, FixedClock(NOW), owner="test")


@pytest.fixture
def reception(database: Database, store: Subscriptions, deliveries: Deliveries, ledger: SqlLedger) -> Reception:
    store.keep(known())
    sources: dict[str, Source] = {
        "graph": GraphNotifications(store, TENANT),
        "protime": System("protime", StandardWebhooks(SchemeOptions([SECRET])), "protime"),
    }
    return Reception(
        sources, {"protime": Bucket(60)}, Refusals(database, ledger, deliveries), database, ledger, FixedClock(NOW)
    )


@pytest.fixture
def client(reception: Reception, store: Subscriptions) -> FlaskClient:
    return create_app(reception, store).test_client()
