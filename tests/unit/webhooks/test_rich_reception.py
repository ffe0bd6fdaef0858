"""Whoever sends a rich notification learns nothing of what became of it; what may have been Graph's own is found again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient
from prometheus_client import REGISTRY
from werkzeug.test import TestResponse

from services.webhooks import reception as reception_module
from services.webhooks.app import create_app
from services.webhooks.reception import Reception
from services.webhooks.refusals import Refusals
from services.webhooks.store.deliveries import Deliveries
from services.webhooks.store.subscriptions import Subscriptions
from shared.clock import FixedClock
from shared.events import RepairWanted
from shared.events.envelope import Envelope
from shared.persistence.database import Database
from shared.persistence.ledger import SqlLedger
from tests.contract.sources.kit import NOW, known
from tests.contract.sources.rich_sender import Keys, encrypted, receiver, rich_item, token
from tests.unit.shared.builders import locked
from tests.waiting import eventually

BAD: dict[str, Callable[[], dict[str, Any]]] = {
    "rich_no_token": lambda: {"validationTokens": []},
    "rich_other_audience": lambda: {"validationTokens": [token(aud="other")]},
    "rich_unknown_key": lambda: {"validationTokens": [token(key="a stranger", kid="a stranger")]},
    "rich_bad_signature": lambda: {"value": [rich_item(encrypted() | {"dataSignature": "AAAA"})]},
    "rich_unknown_certificate": lambda: {"value": [rich_item(encrypted(certificate="another"))]},
}


@pytest.fixture
def client(store: Subscriptions, deliveries: Deliveries, database: Database, ledger: SqlLedger) -> FlaskClient:
    store.keep(known())
    reception = Reception(
        {"graph": receiver(Keys())}, {}, Refusals(database, ledger, deliveries), database, ledger, FixedClock(NOW)
    )
    return create_app(reception, store).test_client()


def notify(client: FlaskClient, **changes: Any) -> TestResponse:
    body = {"value": [rich_item()], "validationTokens": [token()]} | changes
    return client.post("/hooks/graph", data=orjson.dumps(body), content_type="application/json")


def said(ledger: SqlLedger) -> list[Envelope]:
    return [Envelope.parse(row.body) for row in ledger.unsent(100)]


def refused(reason: str) -> float:
    return REGISTRY.get_sample_value("hub_deliveries_refused_total", {"source": "graph", "reason": reason}) or 0.0


def test_a_rich_notification_is_accepted(client: FlaskClient, ledger: SqlLedger) -> None:
    answer = notify(client)

    assert (answer.status_code, answer.data) == (202, b"")
    assert [one.type for one in said(ledger)] == ["graph.resource_changed.v1"]


@pytest.mark.parametrize("reason", BAD)
def test_a_refusal_looks_like_an_acceptance_and_is_counted_and_visible(
    client: FlaskClient, deliveries: Deliveries, reason: str
) -> None:
    good, before = notify(client), refused(reason)

    answer = notify(client, **BAD[reason]())

    assert (answer.status_code, answer.data) == (good.status_code, good.data)
    assert set(answer.headers.keys()) == set(good.headers.keys())
    assert refused(reason) == before + 1
    (row,) = eventually(lambda: deliveries.search(outcome="refused"), 5, "the row")
    assert (row.id, row.reason, row.events) == (answer.headers["X-Correlation-Id"], reason, 0)


@pytest.mark.parametrize("reason", BAD)
def test_nothing_of_a_refused_delivery_is_said_but_that_it_must_be_found_again(
    client: FlaskClient, ledger: SqlLedger, reason: str
) -> None:
    answer = notify(client, **BAD[reason]())

    repairs = [RepairWanted(subscription="people", reason="unknown_signing_key")] * (reason == "rich_unknown_key")
    assert [one.open() for one in said(ledger)] == repairs
    assert all(one.correlation_id == answer.headers["X-Correlation-Id"] for one in said(ledger))


def test_a_repair_that_cannot_be_stored_makes_graph_repeat(
    client: FlaskClient, database: Database, ledger: SqlLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reception_module, "ANSWER_SECONDS", 0.1)

    with locked(database):
        answer = notify(client, **BAD["rich_unknown_key"]())

    assert answer.status_code == 503
