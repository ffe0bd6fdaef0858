"""The front door does what its OpenAPI says, whatever is thrown at it: nothing undocumented, and never a failure of ours."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import given as given_
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from sandbox.stage import Stage
from services.webhooks.sources import SCHEMES
from shared.clock import SystemClock
from shared.config import Policy
from shared.messaging.memory import MemoryBroker
from shared.persistence.database import Database
from shared.persistence.ledger import SqlLedger
from shared.persistence.migrate import migrate
from shared.run import Pipeline, add_health
from shared.service import Base

MIGRATIONS = Path(str(importlib.import_module("services.webhooks").__file__)).parent / "migrations"
EXAMPLES = 400  # per operation of five: 2,000
PROMISES = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The front door of the sample municipality, with its routes for health and description, and no broker."""
    stage = Stage(tmp_path_factory.mktemp("api") / "stage", "amqp://guest:guest@127.0.0.1:1/%2F")
    stage.prepare(date(2026, 11, 23))
    loaded, clock = stage.settings(), SystemClock()
    migrate(loaded.database("webhooks"), "webhooks", MIGRATIONS)
    database = Database(loaded.database("webhooks"), "webhooks")
    base = Base(loaded, Policy.read(loaded.config), clock, database, SqlLedger(database, clock, "api"))
    service = importlib.import_module("services.webhooks.wiring").build(base)
    add_health(service, Pipeline(service, base.ledger, clock, MemoryBroker(), 1), base)
    service.app.wsgi_app = _from_here(service.app.wsgi_app)  # how Flask wants middleware
    yield service.app
    database.close()


def _from_here(wsgi: Any) -> Any:
    """Give requests that come over no network the address of this machine."""
    return lambda environ, start: wsgi(environ | {"REMOTE_ADDR": "127.0.0.1"}, start)


@pytest.fixture(scope="module")
def api(app: Flask) -> Any:
    return schemathesis.openapi.from_wsgi("/openapi.json", app)


@pytest.mark.parametrize(
    ("method", "path", "given"),
    [
        ("POST", "/hooks/graph", {}),
        ("POST", "/hooks/graph/lifecycle", {}),
        ("POST", "/hooks/{source}", {"path_parameters": {"source": "protime"}}),
        ("POST", "/hooks/{source}", {}),
        ("GET", "/deliveries", {}),
    ],
    ids=["graph", "lifecycle", "a known source", "any source", "deliveries"],
)
def test_whatever_is_sent_the_answer_is_one_that_is_documented(
    api: Any, method: str, path: str, given: dict[str, Any]
) -> None:
    operation = api[path][method]
    cases = st.one_of(*(operation.as_strategy(mode, **given) for mode in GenerationMode))

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given_(case=cases)
    def send(case: Any) -> None:
        case.call_and_validate(checks=list(PROMISES))

    send()


def test_every_source_has_an_example(api: Any) -> None:
    body = api.raw_schema["paths"]["/hooks/{source}"]["post"]["requestBody"]

    assert set(body["content"]["application/json"]["examples"]) == set(SCHEMES)
