"""Whoever knocks gets a quick and honest answer: what is accepted is stored, and nothing is stored by halves."""

from __future__ import annotations

import sqlite3
import threading
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from flask.testing import FlaskClient
from prometheus_client import REGISTRY
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from services.webhooks.app import MAX_BODY
from services.webhooks.store import Store, deliveries
from shared.events import AbsencesHinted, GraphResourceChanged
from shared.events.envelope import Envelope
from shared.persistence import database as database_module
from shared.persistence.database import Database
from shared.persistence.ledger import SqlLedger
from tests.contract.sources.kit import ITEM, SECRET, SUBSCRIPTION, collection, signed
from tests.unit.shared.builders import locked
from tests.unit.webhooks.builders import NOW

NOTICE = b'{"type": "absences.changed"}'
ENTRIES = ["/hooks/graph", "/hooks/graph/lifecycle"]


def notify(client: FlaskClient, *items: dict[str, Any], path: str = "/hooks/graph", **headers: str) -> TestResponse:
    return client.post(path, data=collection(*items), content_type="application/json", headers=headers)


def knock(client: FlaskClient, body: bytes = NOTICE, path: str = "/hooks/protime", **changes: str) -> TestResponse:
    return client.post(path, data=body, headers=dict(signed(body, SECRET).headers) | changes)


def said(ledger: SqlLedger) -> list[Envelope]:
    return [Envelope.parse(row.body) for row in ledger.unsent(100)]


def recorded(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(deliveries)).scalar_one()


def refused(source: str, reason: str) -> float:
    labels = {"source": source, "reason": reason}
    return REGISTRY.get_sample_value("hub_deliveries_refused_total", labels) or 0.0


# -- handshake --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ENTRIES)
@pytest.mark.parametrize("token", ["Validation: Testing 1", "a+b/c==", "é 100%"])
def test_the_handshake_gives_the_token_back_decoded(client: FlaskClient, path: str, token: str) -> None:
    answer = client.post(f"{path}?validationToken={quote(token, safe='')}", content_type="text/plain")

    assert (answer.status_code, answer.get_data(as_text=True)) == (200, token)
    assert answer.content_type == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", "default-src 'none'"),
    ],
)
def test_no_browser_takes_the_token_for_a_page(client: FlaskClient, header: str, value: str) -> None:
    assert client.post("/hooks/graph?validationToken=x").headers[header] == value


@pytest.mark.parametrize("path", ENTRIES)
@pytest.mark.parametrize(
    "token", ["<script>alert(1)</script>", "a\r\nb", "x" * 5000], ids=["markup", "control", "long"]
)
def test_what_graph_never_sends_is_not_given_back(client: FlaskClient, path: str, token: str) -> None:
    answer = client.post(f"{path}?validationToken={quote(token)}")

    assert answer.status_code == 400
    assert token.encode() not in answer.data


def test_the_handshake_is_answered_while_storage_is_locked(client: FlaskClient, database: Database) -> None:
    with locked(database):
        assert client.post("/hooks/graph?validationToken=x").status_code == 200


# -- accepted ---------------------------------------------------------------------------------------------------


def test_what_is_accepted_is_stored_and_waits_to_be_said(
    client: FlaskClient, ledger: SqlLedger, database: Database
) -> None:
    answer = notify(client, ITEM, ITEM | {"resource": "users/u2", "resourceData": {"id": "u2"}})

    assert (answer.status_code, answer.get_json()) == (202, {"accepted": 2})
    opened = [envelope.open() for envelope in said(ledger)]
    assert opened == [
        GraphResourceChanged(subscription_id=SUBSCRIPTION, resource=name, change_type="updated")
        for name in ("users/7f4a", "users/u2")
    ]
    assert recorded(database) == 1


def test_it_is_stored_before_the_answer_is_given(client: FlaskClient, database: Database) -> None:
    notify(client, ITEM)

    with sqlite3.connect(str(database.engine.url.database)) as other:
        assert other.execute("SELECT type FROM outbox").fetchall() == [("graph.resource_changed.v1",)]


def test_a_signed_notice_becomes_a_hint(client: FlaskClient, ledger: SqlLedger) -> None:
    assert knock(client).status_code == 202

    (envelope,) = said(ledger)
    assert envelope.open() == AbsencesHinted(source="protime")
    assert envelope.source == "hub/webhooks"


def test_a_signal_about_a_subscription_is_accepted(client: FlaskClient, ledger: SqlLedger) -> None:
    item = {name: ITEM[name] for name in ("subscriptionId", "clientState")} | {"lifecycleEvent": "missed"}

    assert notify(client, item, path="/hooks/graph/lifecycle").status_code == 202

    assert [envelope.type for envelope in said(ledger)] == ["graph.lifecycle_signalled.v1"]


def test_a_trace_goes_on(client: FlaskClient, ledger: SqlLedger) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    notify(client, ITEM, traceparent=trace)

    assert said(ledger)[0].traceparent == trace


def test_a_repeat_is_answered_alike_and_accepted_once(
    client: FlaskClient, ledger: SqlLedger, database: Database
) -> None:
    answers = [notify(client, ITEM) for _ in range(2)] + [knock(client) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [202] * 4
    assert len(said(ledger)) == 2
    assert recorded(database) == 2


def test_a_repeat_in_other_company_is_accepted_once(client: FlaskClient, ledger: SqlLedger) -> None:
    """Graph composes its batches anew when it repeats itself."""
    other = ITEM | {"resource": "users/u2", "resourceData": {"id": "u2", "@odata.etag": 'W/"9"'}}

    notify(client, ITEM)
    notify(client, other, ITEM)

    assert [envelope.open().dump()["resource"] for envelope in said(ledger)] == ["users/7f4a", "users/u2"]


def test_changes_that_cannot_be_told_apart_are_all_accepted(client: FlaskClient, ledger: SqlLedger) -> None:
    bare = ITEM | {"resourceData": None}

    for _ in range(2):
        notify(client, bare)

    assert len(said(ledger)) == 2


def test_an_empty_batch_is_accepted_and_leaves_nothing(
    client: FlaskClient, ledger: SqlLedger, database: Database
) -> None:
    assert notify(client).get_json() == {"accepted": 0}

    assert (said(ledger), recorded(database)) == ([], 0)


def test_a_subscription_that_notifies_is_seen_to_live(client: FlaskClient, store: Store) -> None:
    notify(client, ITEM)

    (kept,) = store.subscriptions()
    assert kept.last_notified_at == NOW
    (listed,) = client.get("/subscriptions").get_json()
    assert listed["last_notified_at"] == NOW.isoformat()


def test_the_list_of_subscriptions_holds_nothing_secret(client: FlaskClient, store: Store) -> None:
    (kept,) = store.subscriptions()

    assert kept.client_state_hash not in client.get("/subscriptions").get_data(as_text=True)


def test_deliveries_of_many_at_once_are_all_stored(client: FlaskClient, ledger: SqlLedger) -> None:
    application = client.application
    statuses: list[int] = []

    def deliver(number: int) -> None:
        item = ITEM | {"resource": f"users/u{number}", "resourceData": {"id": "x", "@odata.etag": str(number)}}
        statuses.append(notify(application.test_client(), item).status_code)

    threads = [threading.Thread(target=deliver, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses == [202] * 20
    assert len(said(ledger)) == 20


def test_the_answer_waits_for_no_broker(client: FlaskClient, ledger: SqlLedger) -> None:
    """There is none in these tests: the relay is only woken."""
    woken: list[str] = []
    ledger.wake_relay = lambda: woken.append("relay")

    assert notify(client, ITEM).status_code == 202

    assert woken == ["relay"]


# -- refused ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ENTRIES)
def test_a_forged_notification_learns_nothing_and_leaves_nothing_but_a_count(
    client: FlaskClient, ledger: SqlLedger, database: Database, path: str
) -> None:
    before = refused("graph", "unknown_client_state")

    answer = notify(client, ITEM, ITEM | {"clientState": "guessed"}, path=path)

    assert (answer.status_code, answer.get_json()) == (202, {"accepted": 0})
    assert (said(ledger), recorded(database)) == ([], 0)
    assert refused("graph", "unknown_client_state") == before + 1


def test_a_forged_notice_is_refused_without_a_reason(
    client: FlaskClient, ledger: SqlLedger, database: Database
) -> None:
    before = refused("protime", "bad_signature")

    answer = knock(client, NOTICE, "/hooks/protime", **{"Webhook-Id": "msg_2"})

    assert (answer.status_code, answer.get_json()) == (401, {"error": "not authentic"})
    assert (said(ledger), recorded(database)) == ([], 0)
    assert refused("protime", "bad_signature") == before + 1


@pytest.mark.parametrize(
    ("body", "field"), [(b'{"type": "x"}', "type"), (b"[]", "type"), (b"{", "body")], ids=["kind", "list", "cut"]
)
def test_a_malformed_notice_is_refused_with_its_fields(
    client: FlaskClient, ledger: SqlLedger, body: bytes, field: str
) -> None:
    answer = knock(client, body)

    assert answer.status_code == 400
    assert list(answer.get_json()["fields"]) == [field]
    assert said(ledger) == []


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"value": 5}', b'{"value": [5]}'])
def test_a_malformed_notification_is_refused(client: FlaskClient, ledger: SqlLedger, body: bytes) -> None:
    assert client.post("/hooks/graph", data=body).status_code == 400
    assert said(ledger) == []


def test_one_malformed_item_keeps_its_batch_out(client: FlaskClient, ledger: SqlLedger) -> None:
    answer = notify(client, ITEM, ITEM | {"changeType": "burnt"})

    assert answer.status_code == 400
    assert list(answer.get_json()["fields"]) == ["value[1]"]
    assert said(ledger) == []


@pytest.mark.parametrize("path", ["/hooks/unknown", "/hooks/", "/hooks/graph/other", "/hooks/../graph"])
def test_an_unknown_source_is_not_there(client: FlaskClient, path: str) -> None:
    assert knock(client, path=path).status_code == 404


@pytest.mark.parametrize("path", ["/hooks/graph", "/hooks/protime"])
def test_asking_is_no_delivery(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 405


@pytest.mark.parametrize("path", ["/hooks/graph", "/hooks/graph/lifecycle", "/hooks/protime"])
def test_a_body_that_is_too_large_is_not_read(client: FlaskClient, ledger: SqlLedger, path: str) -> None:
    answer = client.post(path, data=b"x" * (MAX_BODY + 1))

    assert answer.status_code == 413
    assert said(ledger) == []


# -- not stored -------------------------------------------------------------------------------------------------


def test_while_storage_is_locked_nothing_is_promised_and_nothing_half_done(
    client: FlaskClient, ledger: SqlLedger, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "WRITE_DEADLINE", 0.2)
    before = refused("graph", "storage_unavailable")

    with locked(database):
        answers = [notify(client, ITEM), knock(client)]
        assert (said(ledger), recorded(database)) == ([], 0)

    assert [answer.status_code for answer in answers] == [503, 503]
    assert [answer.headers["Retry-After"] for answer in answers] == ["5", "5"]
    assert refused("graph", "storage_unavailable") == before + 1


def test_what_is_sent_again_after_a_lock_is_accepted_once(
    client: FlaskClient, ledger: SqlLedger, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "WRITE_DEADLINE", 0.2)
    with locked(database):
        notify(client, ITEM)
    monkeypatch.setattr(database_module, "WRITE_DEADLINE", 30.0)

    assert notify(client, ITEM).status_code == 202

    assert len(said(ledger)) == 1


def test_without_tables_nothing_is_promised(client: FlaskClient, database: Database) -> None:
    database.write(lambda connection: connection.exec_driver_sql("DROP TABLE outbox"))

    answer = notify(client, ITEM)

    assert answer.status_code == 503
    assert recorded(database) == 0


def test_an_answer_is_json(client: FlaskClient) -> None:
    assert orjson.loads(notify(client, ITEM).data) == {"accepted": 1}
