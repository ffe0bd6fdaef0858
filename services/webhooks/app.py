"""Who may knock: Graph with its handshake, and every configured source. An answer never waits for the broker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, abort, jsonify, request
from sqlalchemy import Connection

from services.webhooks.sources.base import Delivery, Malformed, NotAuthentic, Source, Told
from services.webhooks.sources.graph import is_plain
from services.webhooks.store import Store
from shared.clock import Clock
from shared.crashpoints import crashpoint
from shared.errors import Transient
from shared.events import GraphResourceChanged
from shared.events.envelope import first, stable_id
from shared.observability.metrics import REFUSED
from shared.persistence.database import Database
from shared.persistence.ledger import SqlLedger

MAX_BODY = 1024 * 1024  # bytes; Graph's batches and the other systems' notices are far smaller


@dataclass(frozen=True)
class Reception:
    """What the routes work with."""

    sources: Mapping[str, Source]
    store: Store
    database: Database
    ledger: SqlLedger
    clock: Clock

    def accept(self, source: Source, delivery: Delivery, traceparent: str | None) -> int:
        """Store what *delivery* tells, in one commit, and return how many events that is. Safe to repeat."""
        told = source.read(delivery)
        now = delivery.received_at
        envelopes = [
            first(one.event, "webhooks", now, id_=_id(source.name, one), traceparent=traceparent) for one in told
        ]

        def work(connection: Connection) -> None:
            if envelopes:
                self.store.record(connection, envelopes[0].id, source.name, len(envelopes), now)
            self.store.notified(connection, _subscriptions(told), now)
            self.ledger.say_in(connection, envelopes)

        crashpoint("accept.before_commit")
        self.database.write(work)
        crashpoint("accept.after_commit")
        self.ledger.wake_relay()
        return len(envelopes)


def create_app(reception: Reception) -> Flask:
    """Return the front door."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY

    @app.post("/hooks/graph")
    def graph() -> Response:
        """Take Microsoft Graph's notifications, or echo its validation token.

        Answers: 200 the token; 202 stored, or not authentic and counted; 400 malformed; 413 too large; 503 not stored.
        """
        return _handshake() or _take(reception, "graph", hide_forgery=True)

    @app.post("/hooks/graph/lifecycle")
    def lifecycle() -> Response:
        """Take Graph's words about a subscription itself.

        Answers: 200 the token; 202 stored, or not authentic and counted; 400 malformed; 413 too large; 503 not stored.
        """
        return _handshake() or _take(reception, "graph", hide_forgery=True)

    @app.post("/hooks/<source>")
    def hook(source: str) -> Response:
        """Take the signed delivery of a configured source.

        Answers: 202 stored; 400 malformed; 401 not authentic; 404 unknown source; 413 too large; 503 not stored.
        """
        if source == "graph" or source not in reception.sources:
            abort(404)
        return _take(reception, source, hide_forgery=False)

    @app.get("/subscriptions")
    def subscriptions() -> Response:
        """List Graph's subscriptions with their expiry and last notification."""
        return jsonify([_shown(vars(kept)) for kept in reception.store.subscriptions()])

    return app


def _take(reception: Reception, name: str, *, hide_forgery: bool) -> Response:
    delivery = Delivery(dict(request.headers), request.get_data(), reception.clock.now())
    try:
        count = reception.accept(reception.sources[name], delivery, request.headers.get("traceparent"))
    except NotAuthentic as error:
        REFUSED.labels(name, error.reason).inc()
        # Graph is told nothing: whoever guesses learns nothing, and nobody is made to repeat it.
        return _json(202, accepted=0) if hide_forgery else _json(401, error="not authentic")
    except Malformed as error:
        REFUSED.labels(name, error.reason).inc()
        return _json(400, error="malformed", fields=error.fields)
    except Transient as error:
        REFUSED.labels(name, error.reason).inc()
        response = _json(503, error="not stored, send it again")
        response.headers["Retry-After"] = "5"
        return response
    return _json(202, accepted=count)


def _handshake() -> Response | None:
    # https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks#notificationurl-validation
    token = request.args.get("validationToken")
    if token is None:
        return None
    if not is_plain(token):
        REFUSED.labels("graph", "bad_validation_token").inc()
        abort(400)
    response = Response(token, content_type="text/plain; charset=utf-8")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    return response


def _json(status: int, **body: Any) -> Response:
    response = jsonify(body)
    response.status_code = status
    return response


def _id(source: str, told: Told) -> str | None:
    """Return the same id for the source's repeats, in whatever company they come."""
    return stable_id("delivery", source, told.event.TYPE, told.repeat_key) if told.repeat_key else None


def _subscriptions(told: Any) -> list[str]:
    return [one.event.subscription_id for one in told if isinstance(one.event, GraphResourceChanged)]


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    hidden = {"client_state_hash"}
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in row.items()
        if name not in hidden
    }
