"""What timesync shows by HTTP: what it holds back, and whom it knows."""

from __future__ import annotations

from collections import Counter

from flask import Flask, Response, jsonify

from services.timesync.domain.reasons import EXPLANATIONS
from services.timesync.domain.records import skip_reason
from services.timesync.store import Store


def create_app(store: Store) -> Flask:
    """Return the app. Names and reasons of absences are not known here, so they cannot be shown."""
    app = Flask("timesync")

    @app.get("/held")
    def held() -> Response:
        """List what is held: `[{source, place, reason, explanation, employee, first_seen}]`."""
        return jsonify(
            [
                {
                    "source": row.source,
                    "place": row.place,
                    "reason": row.reason,
                    "explanation": EXPLANATIONS.get(row.reason, row.reason),
                    "employee": row.employee,
                    "first_seen": row.first_seen.isoformat(),
                }
                for row in store.held.all()
            ]
        )

    @app.get("/people")
    def people() -> Response:
        """List the employees: `[{employee, linked, events, skipped: {reason: count}}]`."""
        linked, events, skipped = store.links.linked(), store.events.counts(), _skipped(store)
        return jsonify(
            [
                {
                    "employee": employee,
                    "linked": employee in linked,
                    "events": events.get(employee, 0),
                    "skipped": skipped.get(employee, {}),
                }
                for employee in sorted({*skipped, *linked, *events})
            ]
        )

    return app


def _skipped(store: Store) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {}
    for record in store.records.all():
        counted = counts.setdefault(record.employee, Counter())
        if reason := skip_reason(record):
            counted[reason] += 1
    return {employee: dict(counted) for employee, counted in counts.items()}
