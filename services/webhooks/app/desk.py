"""What the hub's own people and programs ask of the front door. Never answered to what came through a proxy."""

from __future__ import annotations

import ipaddress
from dataclasses import asdict
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from services.webhooks.app.overview import Overview
from services.webhooks.store.deliveries import Deliveries
from shared.observability.openapi import documented

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via")

_TEXT = {"type": "string", "maxLength": 64}
_MOMENT = {"type": "string", "format": "date-time"}
_WISHES = {
    "source": _TEXT,
    "outcome": _TEXT,
    "reason": _TEXT,
    "id": _TEXT,
    "since": _MOMENT,
    "until": _MOMENT,
    "limit": {"type": "integer", "minimum": 1, "maximum": 1000},
}


def desk(deliveries: Deliveries, subscriptions: Overview, public_host: str | None = None) -> Blueprint:
    """Return the routes for this machine and its private network only; *public_host* is how the outside calls us."""
    routes = Blueprint("desk", __name__)

    @routes.before_request
    def only_from_inside() -> None:
        came_through = any(name in request.headers for name in _FORWARDED) or request.host == public_host
        if came_through or not _is_near(request.remote_addr):
            abort(404)

    @routes.get("/subscriptions")
    def list_subscriptions() -> Response:
        """List Graph's subscriptions, those that are missing too, with their age, expiry, last notification and state.

        Answers: 200 the list; 404 to whoever comes from outside.
        """
        return jsonify([_shown(row) for row in subscriptions.rows()])

    @routes.get("/deliveries")
    @documented(parameters=[{"name": name, "in": "query", "schema": schema} for name, schema in _WISHES.items()])
    def search_deliveries() -> tuple[Response, int]:
        """Search the deliveries of the last 30 days by `source`, `outcome`, `reason`, `id`, `since`, `until`, `limit`.

        Answers: 200 the newest first; 400 a wish that cannot be read; 404 to whoever comes from outside.
        """
        try:
            wishes = _wishes()
        except (ValueError, OverflowError) as error:  # OverflowError: a moment beyond the calendar
            return jsonify(error="malformed", fields={"query": [str(error)]}), 400
        return jsonify([_shown(asdict(row)) for row in deliveries.search(**wishes)]), 200

    return routes


def _wishes() -> dict[str, Any]:
    names = {"source": "source", "outcome": "outcome", "reason": "reason", "id": "id_"}
    wishes: dict[str, Any] = {ours: request.args[name] for name, ours in names.items() if name in request.args}
    if not all(value.isprintable() for value in wishes.values()):
        raise ValueError("expected no control characters")
    for name in ("since", "until"):
        if name in request.args:
            wishes[name] = datetime.fromisoformat(request.args[name]).astimezone()
    wishes["limit"] = min(1000, max(1, int(request.args.get("limit", "100"))))
    return wishes


def _is_near(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_private
    except ValueError:  # a socket without addresses: a proxy's
        return False


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
