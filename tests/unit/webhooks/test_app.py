"""Whoever knocks gets a quick and honest answer: what is accepted is stored, and nothing is stored by halves."""

from __future__ import annotations

import io
import sqlite3
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from prometheus_client import REGISTRY
from werkzeug.test import TestResponse

from services.webhooks import reception as reception_module
from services.webhooks.app import create_app
from services.webhooks.app.hooks import MAX_BODY
from services.webhooks.reception import Reception
from services.webhooks.refusals import REFUSALS_NOTED
from services.webhooks.store.deliveries import Delivered, Deliveries
from services.webhooks.store.subscriptions import Subscriptions
from shared.events import AbsencesHinted, GraphResourceChanged
from shared.events.envelope import Envelope
from shared.persistence.database import Database
from shared.persistence.ledger import SqlLedger
from tests.contract.sources.kit import ITEM, SECRET, SUBSCRIPTION, collection, signed
from tests.unit.shared.builders import locked
from tests.unit.webhooks.builders import NOW
from tests.waiting import eventually

NOTICE = b'{"type": "absences.changed"}'
ENTRIES = ["/hooks/graph", "/hooks/graph/lifecycle"]


def notify(client: FlaskClient, *items: dict[str, Any], path: str = "/hooks/graph", **headers: str) -> TestResponse:
    return client.post(path, data=collection(*items), content_type="application/json", headers=headers)


def knock(
    client: FlaskClient, body: bytes = NOTICE, path: str = "/hooks/protime", changes: Mapping[str, str] | None = None
) -> TestResponse:
    headers = {**signed(body, SECRET, at=NOW).headers, "content-type": "application/json", **(changes or {})}
    return client.post(path, data=body, headers=headers)


def said(ledger: SqlLedger) -> list[Envelope]:
    return [Envelope.parse(row.body) for row in ledger.unsent(100)]


def outcomes(deliveries: Deliveries) -> list[str]:
    """Return the outcomes, sorted: deliveries of one instant have no order."""
    return sorted(row.outcome for row in deliveries.search())


def noted(deliveries: Deliveries, count: int = 1) -> list[Delivered]:
    """Return what was noted of *count* refusals: nobody waits for these rows but a test."""
    return eventually(lambda: rows if len(rows := list(deliveries.search())) >= count else [], 5, "the rows")


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
    client: FlaskClient, ledger: SqlLedger, deliveries: Deliveries
) -> None:
    answer = notify(client, ITEM, ITEM | {"resource": "users/u2", "resourceData": {"id": "u2"}})

    assert (answer.status_code, answer.data) == (202, b"")
    opened = [envelope.open() for envelope in said(ledger)]
    assert opened == [
        GraphResourceChanged(subscription_id=SUBSCRIPTION, resource=name, change_type="updated", version=version)
        for name, version in (("users/7f4a", 'W/"1"'), ("users/u2", None))
    ]
    (row,) = deliveries.search()
    assert (row.source, row.outcome, row.events, row.received_at) == ("graph", "accepted", 2, NOW)


def test_an_answer_names_the_delivery_and_what_came_of_it(
    client: FlaskClient, ledger: SqlLedger, deliveries: Deliveries
) -> None:
    answer = knock(client)

    assert answer.get_json() == {"outcome": "accepted", "events": 1}
    (row,) = deliveries.search(id_=answer.headers["X-Correlation-Id"])
    assert (row.source, row.bytes) == ("protime", len(NOTICE))
    assert [envelope.correlation_id for envelope in said(ledger)] == [row.id]


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


@pytest.mark.parametrize("trace", ["Jan Peeters", "0" * 16_000, "00-xyz", ""], ids=["words", "long", "short", "none"])
def test_what_is_no_trace_does_not_travel_and_keeps_nothing_out(
    client: FlaskClient, ledger: SqlLedger, trace: str
) -> None:
    assert notify(client, ITEM, traceparent=trace).status_code == 202

    assert said(ledger)[0].traceparent is None


def test_a_repeat_is_answered_alike_and_accepted_once(
    client: FlaskClient, ledger: SqlLedger, deliveries: Deliveries
) -> None:
    answers = [notify(client, ITEM) for _ in range(2)] + [knock(client) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [202] * 4
    assert len(said(ledger)) == 2
    assert outcomes(deliveries) == ["accepted", "accepted", "duplicate", "duplicate"]


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


def test_what_tells_nothing_is_filtered(client: FlaskClient, ledger: SqlLedger, deliveries: Deliveries) -> None:
    assert notify(client).status_code == 202

    assert (said(ledger), outcomes(deliveries)) == ([], ["filtered"])


def test_a_subscription_that_notifies_is_seen_to_live(client: FlaskClient, store: Subscriptions) -> None:
    notify(client, ITEM)

    (kept,) = store.all()
    assert kept.last_notified_at == NOW
    (listed,) = client.get("/subscriptions").get_json()
    assert listed["last_notified_at"] == NOW.isoformat()


def test_the_list_of_subscriptions_holds_nothing_secret(client: FlaskClient, store: Subscriptions) -> None:
    (kept,) = store.all()

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
def test_a_forged_notification_learns_nothing_and_leaves_nothing_but_its_refusal(
    client: FlaskClient, ledger: SqlLedger, deliveries: Deliveries, path: str
) -> None:
    before = refused("graph", "unknown_client_state")

    answer = notify(client, ITEM, ITEM | {"clientState": "guessed"}, path=path)

    assert (answer.status_code, answer.data) == (202, b"")
    assert said(ledger) == []
    assert [(row.outcome, row.reason, row.events) for row in noted(deliveries)] == [
        ("refused", "unknown_client_state", 0)
    ]
    assert refused("graph", "unknown_client_state") == before + 1


def test_a_forged_notice_is_refused_without_a_reason(
    client: FlaskClient, ledger: SqlLedger, deliveries: Deliveries
) -> None:
    before = refused("protime", "bad_signature")

    answer = knock(client, changes={"webhook-id": "msg_2"})

    assert (answer.status_code, answer.get_json()) == (401, {"error": "not authentic"})
    assert said(ledger) == []
    (row,) = noted(deliveries)
    assert (row.id, row.reason) == (answer.headers["X-Correlation-Id"], "bad_signature")
    assert refused("protime", "bad_signature") == before + 1


def test_a_flood_of_refusals_is_counted_and_does_not_fill_the_disk(
    client: FlaskClient, deliveries: Deliveries, database: Database
) -> None:
    before = refused("protime", "bad_signature")

    for _ in range(REFUSALS_NOTED + 50):
        knock(client, changes={"webhook-id": "msg_2"})

    assert refused("protime", "bad_signature") == before + REFUSALS_NOTED + 50
    assert len(noted(deliveries, REFUSALS_NOTED)) == REFUSALS_NOTED


def test_a_proven_notice_that_is_no_json_is_refused_with_its_place(client: FlaskClient, ledger: SqlLedger) -> None:
    answer = knock(client, b"{")

    assert answer.status_code == 400
    assert answer.get_json() == {"error": "malformed", "fields": {"body": ["expected JSON"]}}
    assert said(ledger) == []


def test_more_than_the_policy_allows_is_asked_to_come_back(client: FlaskClient, deliveries: Deliveries) -> None:
    statuses = [
        knock(client, changes=signed(NOTICE, SECRET, id_=f"m{n}", at=NOW).headers).status_code for n in range(61)
    ]

    answer = knock(client, changes=signed(NOTICE, SECRET, id_="m60", at=NOW).headers)

    assert statuses == [202] * 60 + [429]
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert len(deliveries.search(outcome="accepted")) == 60


def test_a_forger_does_not_use_up_the_share_of_the_honest(client: FlaskClient) -> None:
    for _ in range(100):
        knock(client, changes={"webhook-id": "guessed"})

    assert knock(client).status_code == 202


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": ""},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-encoding": "gzip"},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/hooks/graph", "/hooks/protime"])
def test_what_is_not_plain_json_by_its_own_words_is_refused(
    client: FlaskClient, ledger: SqlLedger, path: str, headers: dict[str, str]
) -> None:
    answer = knock(client, path=path, changes=headers)

    assert answer.status_code == 415
    assert said(ledger) == []


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"value": 5}', b'{"value": [5]}'])
def test_a_malformed_notification_is_refused(client: FlaskClient, ledger: SqlLedger, body: bytes) -> None:
    assert client.post("/hooks/graph", data=body, content_type="application/json").status_code == 400
    assert said(ledger) == []


def test_one_malformed_item_keeps_its_batch_out(client: FlaskClient, ledger: SqlLedger) -> None:
    answer = notify(client, ITEM, ITEM | {"changeType": "burnt"})

    assert answer.status_code == 400
    assert list(answer.get_json()["fields"]) == ["value[1]"]
    assert said(ledger) == []


@pytest.mark.parametrize("path", ["/hooks/unknown", "/hooks/", "/hooks/graph/other", "/hooks/../graph"])
def test_an_unknown_source_is_not_there(client: FlaskClient, path: str) -> None:
    assert knock(client, path=path).status_code == 404


def test_what_was_sent_to_nobody_is_noted_without_the_name_that_the_sender_chose(
    client: FlaskClient, deliveries: Deliveries
) -> None:
    knock(client, path="/hooks/jan-peeters-is-ziek")

    (row,) = noted(deliveries)
    assert (row.source, row.reason) == ("unknown", "unknown_source")


@pytest.mark.parametrize("size", [2**31, 10**20], ids=["more than a column", "more than a number"])
def test_a_size_that_nobody_can_send_is_noted_as_a_large_one(
    client: FlaskClient, deliveries: Deliveries, database: Database, size: int
) -> None:
    with locked(database):  # so that both share a commit
        client.post("/hooks/nobody", environ_overrides={"CONTENT_LENGTH": str(size)})
        knock(client, path="/hooks/nobody")

    assert {row.bytes for row in noted(deliveries, 2)} == {2**31 - 1, len(NOTICE)}


@pytest.mark.parametrize("name", ["clientState", "tenantId", "subscriptionId"])
def test_a_forgery_as_deep_as_json_goes_learns_nothing_either(client: FlaskClient, name: str) -> None:
    body = collection(ITEM | {"clientState": "guessed", name: "here"}).replace(b'"here"', b"[" * 1000 + b"]" * 1000)

    assert client.post("/hooks/graph", data=body, content_type="application/json").status_code == 202


@pytest.mark.parametrize("path", ["/hooks/graph", "/hooks/protime"])
def test_asking_is_no_delivery(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 405


@pytest.mark.parametrize("path", ["/hooks/graph", "/hooks/graph/lifecycle", "/hooks/protime"])
def test_a_body_that_is_too_large_is_not_read(client: FlaskClient, ledger: SqlLedger, path: str) -> None:
    answer = client.post(path, data=b"x" * (MAX_BODY + 1))

    assert answer.status_code == 413
    assert said(ledger) == []


class Torn:
    """What a server gives to read when the chunks of a body are none; its error is of a class of its own."""

    def read(self, size: int = -1) -> bytes:
        raise Exception("Invalid chunk size: b'Jan Peeters'")  # noqa: TRY002 - as gunicorn's, nothing more is known


def in_chunks(client: FlaskClient, path: str, body: object) -> TestResponse:
    chunked = {"wsgi.input": body, "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    return client.post(path, content_type="application/json", environ_overrides=chunked)


@pytest.mark.parametrize("path", ["/hooks/graph", "/hooks/protime"])
def test_a_body_that_does_not_come_whole_is_refused_and_noted(
    client: FlaskClient, deliveries: Deliveries, path: str
) -> None:
    answer = in_chunks(client, path, Torn())

    assert (answer.status_code, answer.get_json()) == (400, {"error": "not whole"})
    assert [row.reason for row in noted(deliveries)] == ["broken_body"]


@pytest.mark.parametrize(("more", "status"), [(0, 202), (1, 413), (MAX_BODY, 413)], ids=["fits", "one more", "twice"])
def test_a_body_in_chunks_is_not_cut_off(client: FlaskClient, more: int, status: int) -> None:
    body = collection(ITEM).ljust(MAX_BODY + more)

    assert in_chunks(client, "/hooks/graph", io.BytesIO(body)).status_code == status


# -- not stored -------------------------------------------------------------------------------------------------


def test_while_storage_is_locked_nothing_is_promised_and_nothing_half_done(
    client: FlaskClient, ledger: SqlLedger, deliveries: Deliveries, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reception_module, "ANSWER_SECONDS", 0.2)
    before = refused("graph", "storage_unavailable")

    with locked(database):
        answers = [notify(client, ITEM), knock(client)]
        assert (said(ledger), outcomes(deliveries)) == ([], [])

    assert [answer.status_code for answer in answers] == [503, 503]
    assert [answer.headers["Retry-After"] for answer in answers] == ["5", "5"]
    assert refused("graph", "storage_unavailable") == before + 1


def test_what_is_sent_again_after_a_lock_is_accepted_once(
    client: FlaskClient, ledger: SqlLedger, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reception_module, "ANSWER_SECONDS", 0.2)
    with locked(database):
        notify(client, ITEM)
    monkeypatch.setattr(reception_module, "ANSWER_SECONDS", 30.0)

    assert notify(client, ITEM).status_code == 202

    assert len(said(ledger)) == 1


def test_without_tables_nothing_is_promised(client: FlaskClient, deliveries: Deliveries, database: Database) -> None:
    database.write(lambda connection: connection.exec_driver_sql("DROP TABLE outbox"))

    answer = notify(client, ITEM)

    assert answer.status_code == 503
    assert [(row.outcome, row.reason) for row in noted(deliveries)] == [("refused", "storage_unavailable")]


REFUSE_ALL = "CREATE TRIGGER no BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'read only'); END"


def test_what_the_database_refuses_for_whatever_reason_is_asked_again(
    client: FlaskClient, deliveries: Deliveries, database: Database
) -> None:
    database.write(lambda connection: connection.exec_driver_sql(REFUSE_ALL))

    answers = [notify(client, ITEM), knock(client)]

    assert [answer.status_code for answer in answers] == [503, 503]
    assert {row.reason for row in noted(deliveries, 2)} == {"storage_unavailable"}


# -- the desk ---------------------------------------------------------------------------------------------------


def test_the_desk_finds_a_delivery_by_what_is_known_of_it(client: FlaskClient) -> None:
    accepted, forged = knock(client), knock(client, changes={"webhook-id": "guessed"})
    eventually(lambda: len(client.get("/deliveries").get_json()) == 2, 5, "both rows")

    def found(**wishes: str) -> list[str]:
        return [row["id"] for row in client.get("/deliveries", query_string=wishes).get_json()]

    assert found(outcome="accepted") == found(id=accepted.headers["X-Correlation-Id"])
    assert found(reason="bad_signature") == [forged.headers["X-Correlation-Id"]]
    assert len(found(source="protime", since=NOW.isoformat())) == 2
    assert found(until=NOW.isoformat()) == []
    assert len(found(limit="1")) == 1


@pytest.mark.parametrize(
    "wish",
    [{"since": "yesterday"}, {"limit": "many"}, {"since": "0001-01-01T00:00:00+23:59"}, {"source": "a\0b"}],
    ids=str,
)
def test_a_wish_that_cannot_be_read_is_refused(client: FlaskClient, wish: dict[str, str]) -> None:
    assert client.get("/deliveries", query_string=wish).status_code == 400


@pytest.mark.parametrize("path", ["/subscriptions", "/deliveries"])
@pytest.mark.parametrize(
    ("headers", "address"),
    [({"X-Forwarded-For": "10.0.0.1"}, "127.0.0.1"), ({"Forwarded": "for=1"}, "127.0.0.1"), ({}, "1.1.1.1")],
    ids=["through a proxy", "through another proxy", "from the internet"],
)
def test_the_desk_is_closed_to_the_outside(
    client: FlaskClient, path: str, headers: dict[str, str], address: str
) -> None:
    answer = client.get(path, headers=headers, environ_base={"REMOTE_ADDR": address})

    assert answer.status_code == 404


@pytest.mark.parametrize("address", ["::ffff:1.1.1.1", "/run/hub.sock", ""], ids=["IPv4 in IPv6", "a socket", "none"])
def test_the_desk_knows_a_stranger_however_the_address_is_written(client: FlaskClient, address: str) -> None:
    assert client.get("/deliveries", environ_base={"REMOTE_ADDR": address}).status_code == 404


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.1.2.3", "fe80::1%eth0"])
def test_the_desk_is_open_to_this_machine_and_its_network(client: FlaskClient, address: str) -> None:
    assert client.get("/deliveries", environ_base={"REMOTE_ADDR": address}).status_code == 200


def test_the_desk_is_closed_to_the_name_that_the_outside_knows(reception: Reception, store: Subscriptions) -> None:
    client = create_app(reception, store, public_url="https://hub.example.org").test_client()

    statuses = [
        client.get("/deliveries", headers={"Host": host}).status_code for host in ("hub.example.org", "127.0.0.1")
    ]

    assert statuses == [404, 200]
