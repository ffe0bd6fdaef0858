"""The routes that every service has: is it alive, is it doing its work, how much, and what does it offer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared.clock import Clock
from shared.errors import Transient
from shared.observability.openapi import describe
from shared.persistence.ledger import Ledger


@dataclass(frozen=True)
class Health:
    """What readiness is made of; *checks* are asked anew at every request."""

    service: str
    instance: str
    ledger: Ledger
    clock: Clock
    checks: Mapping[str, Callable[[], bool]]

    def report(self) -> dict[str, Any]:
        """Return the truth about this process, with its books."""
        checks = {name: check() for name, check in self.checks.items()}
        report: dict[str, Any] = {"service": self.service, "instance": self.instance, "checks": checks}
        try:
            report["books"] = self._books()
            checks["database"] = True
        except Transient:
            checks["database"] = False
        report["ready"] = all(checks.values())
        return report

    def _books(self) -> dict[str, Any]:
        books = self.ledger.balance()
        oldest = books.oldest_pending
        return {
            "accepted": books.accepted,
            "done": books.done,
            "superseded": books.superseded,
            "parked": books.parked,
            "discarded": books.discarded,
            "pending": books.pending,
            "balanced": books.balanced,
            "unsent": books.unsent,
            "oldest_pending_seconds": max(0.0, (self.clock.now() - oldest).total_seconds()) if oldest else None,
        }


def add_routes(app: Flask, health: Health) -> None:
    """Give *app* `/health/live`, `/health/ready`, `/metrics` and `/openapi.json`."""
    routes = Blueprint("hub", __name__)

    @routes.get("/health/live")
    def live() -> Response:
        """Tell that the process answers."""
        return jsonify(service=health.service, live=True)

    @routes.get("/health/ready")
    def ready() -> tuple[Response, int]:
        """Tell whether the service does its work: 503 when a check fails, with the same body."""
        report = health.report()
        return jsonify(report), 200 if report["ready"] else 503

    @routes.get("/metrics")
    def metrics() -> Response:
        """Return the metrics in Prometheus' text format."""
        return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)

    @routes.get("/openapi.json")
    def openapi() -> Response:
        """Return this description."""
        return jsonify(describe(app, health.service))

    app.register_blueprint(routes)
