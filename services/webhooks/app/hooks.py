"""Who may knock: Graph with its handshake, and every configured source. An answer never waits for the broker."""

from __future__ import annotations

import re
from typing import Any

import orjson
from flask import Blueprint, Request, Response, abort, request
from werkzeug.exceptions import RequestEntityTooLarge

from services.webhooks.app.examples import DELIVERIES, LIFECYCLE, NOTIFICATIONS
from services.webhooks.app.permission import permission
from services.webhooks.reception import Reception, Taken, seconds_to_wait
from services.webhooks.refusals import Broken, TooLarge, TooMany, Unknown, Unsupported
from services.webhooks.sources.base import Delivery, Malformed, NotAuthentic
from services.webhooks.sources.graph import MAX_TOKEN, is_plain
from shared.errors import HubError, Transient
from shared.observability.metrics import REFUSED
from shared.observability.openapi import documented

MAX_BODY = 1024 * 1024  # bytes; Graph's batches and the other systems' notices are far smaller
# Anything else is ignored: it is not signed, and would travel with the event. https://www.w3.org/TR/trace-context/
_TRACE = re.compile("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
NOBODY = "unknown"  # the source of what was sent to an address that nobody has: its name is the sender's choice

# What the sender is told: enough for an honest one, and no more than the status for anybody else.
_ANSWERS: tuple[tuple[type[HubError], int, str], ...] = (
    (NotAuthentic, 401, "not authentic"),
    (Malformed, 400, "malformed"),
    (Unknown, 404, "unknown source"),
    (Broken, 400, "not whole"),
    (TooLarge, 413, "too large"),
    (Unsupported, 415, "expected JSON, not packed"),
    (TooMany, 429, "too many"),
    (HubError, 503, "not stored, send it again"),
)


def _described(examples: dict[str, Any], *, required: bool) -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": ["object", "array"]}, "examples": examples}}
    return {"required": required, "content": content}


_TOKEN = {
    "name": "validationToken",
    "in": "query",
    "description": "Only in the handshake: what to send back, decoded, as text/plain.",
    "schema": {"type": "string", "maxLength": MAX_TOKEN},
}


def hooks(reception: Reception) -> Blueprint:
    """Return the routes that the outside may reach."""
    routes = Blueprint("hooks", __name__)

    @routes.post("/hooks/graph")
    @documented(parameters=[_TOKEN], requestBody=_described(NOTIFICATIONS, required=False))
    def graph() -> Response:
        """Take Microsoft Graph's notifications, or echo its validation token.

        Answers: 200 the token; 202 stored, or not authentic and counted; 400 malformed; 413 too large; 415 not JSON;
        503 not stored.
        """
        return _handshake() or _take(reception, "graph")

    @routes.post("/hooks/graph/lifecycle")
    @documented(parameters=[_TOKEN], requestBody=_described(LIFECYCLE, required=False))
    def lifecycle() -> Response:
        """Take Graph's words about a subscription itself.

        Answers: 200 the token; 202 stored, or not authentic and counted; 400 malformed; 413 too large; 415 not JSON;
        503 not stored.
        """
        return _handshake() or _take(reception, "graph")

    @routes.route("/hooks/<source>", methods=["OPTIONS"])
    def may(source: str) -> Response:
        """Tell a sender whether it may deliver."""
        return permission(reception, source, request.headers.get("WebHook-Request-Origin", ""))

    @routes.post("/hooks/<source>", provide_automatic_options=False)
    @documented(requestBody=_described(DELIVERIES, required=True))
    def hook(source: str) -> Response:
        """Take the signed delivery of a configured source.

        Answers: 202 stored; 400 malformed; 401 not authentic; 404 unknown source; 413 too large; 415 not JSON;
        429 too many; 503 not stored.
        """
        if source not in reception.sources:
            unknown = Unknown("unknown_source", "no such source")
            return _answer(reception.refuse(NOBODY, unknown, request.content_length or 0))
        return _take(reception, source)

    return routes


def _take(reception: Reception, name: str) -> Response:
    headers = {key.lower(): value for key, value in request.headers.items()}
    try:
        delivery = Delivery(headers, _body_of(request), reception.clock.now())
    except (TooLarge, Broken) as error:
        return _answer(reception.refuse(name, error, request.content_length or 0))
    trace = headers.get("traceparent", "")
    taken = reception.take(name, delivery, trace if _TRACE.fullmatch(trace) else None)
    if name == "graph" and (taken.refusal is None or isinstance(taken.refusal, NotAuthentic)):
        # Graph's own advice: whoever guesses learns nothing, and nobody is made to repeat what is not authentic.
        return _named(Response(status=202), taken)
    return _answer(taken)


def _body_of(asked: Request) -> bytes:
    """Return the body as it came.

    Raises: TooLarge; Broken.
    """
    try:
        body = asked.get_data()
    except RequestEntityTooLarge:
        body = None
    except Exception as error:  # the server's own, of any class: it read chunks that are none
        raise Broken("broken_body", "expected a body that comes whole") from error
    if body is None or len(body) > MAX_BODY:
        raise TooLarge("too_large", f"expected at most {MAX_BODY} bytes")
    return body


def _answer(taken: Taken) -> Response:
    refusal = taken.refusal
    if refusal is None:
        return _named(_json(202, outcome=taken.outcome, events=taken.events), taken)
    status, words = next((status, words) for kind, status, words in _ANSWERS if isinstance(refusal, kind))
    body: dict[str, Any] = {"error": words}
    if isinstance(refusal, Malformed):
        body["fields"] = refusal.fields
    response = _named(_json(status, **body), taken)
    if isinstance(refusal, Transient):
        response.headers["Retry-After"] = str(seconds_to_wait(refusal))
    if isinstance(refusal, NotAuthentic):
        response.headers["WWW-Authenticate"] = "Signature"  # RFC 9110 §15.5.2 asks for a challenge
    return response


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


def _named(response: Response, taken: Taken) -> Response:
    response.headers["X-Correlation-Id"] = taken.id  # with it, ICT finds what became of the delivery
    return response


def _json(status: int, **body: Any) -> Response:
    return Response(orjson.dumps(body), status, content_type="application/json")
