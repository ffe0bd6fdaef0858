"""What timesync shows by HTTP: what became of each registration, what it holds back, and how its sources are."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import Flask, Response, jsonify, request

from services.timesync.domain.reasons import EXPLANATIONS
from services.timesync.domain.records import skip_reason
from services.timesync.handlers.mailboxes import look_at
from services.timesync.handlers.world import Timesync
from services.timesync.items import ItemState, Wishes, page_of
from services.timesync.operations import halted
from services.timesync.store import Store
from services.timesync.store.records import Source
from shared.observability.openapi import documented

_LONGEST = 64  # characters of an employee number or the name of a source
_WISHES = {
    "state": {"type": "string", "enum": [str(state) for state in ItemState]},
    "employee": {"type": "string"},
    "source": {"type": "string"},
    "after": {"type": "string"},
    "limit": {"type": "integer", "default": 100, "minimum": 1, "maximum": 1000},
}


def create_app(world: Timesync) -> Flask:
    """Return the app. Names and reasons of absences are not known here, so they cannot be shown."""
    app, store = Flask("timesync", static_folder=None, template_folder=None), world.store

    @app.get("/items")
    @documented(parameters=[{"name": name, "in": "query", "schema": schema} for name, schema in _WISHES.items()])
    def items() -> tuple[Response, int]:
        """List registrations by employee: `{items: [{employee, source, place, first, last, state, …}], after}`.

        `reason` is a slug and `explanation` its Dutch; `since` is when it was first held; `effects` says what became of
        what colleagues see. `after` asks for the next page; null: there is none. A page may hold less than `limit`.

        Answers: 200 the page; 400 a wish that cannot be read.
        """
        try:
            wishes, limit = _wishes()
        except ValueError as error:
            return jsonify(error="malformed", fields={"query": [str(error)]}), 400
        page = page_of(world, wishes, request.args.get("after"), limit)
        return jsonify(items=[item.as_json() for item in page.items], after=page.after), 200

    @app.get("/state")
    def state() -> Response:
        """Tell who stopped everything, if somebody did, and how each source is: `{halted: {by, at}, sources: [{…}]}`.

        `blocked` is the size of a reading that waits for a person, `losing` how many people it would take most of
        their absences from.
        """
        stopped = halted(world)
        known = store.records.sources()
        return jsonify(
            halted={"by": stopped.by, "at": stopped.at} if stopped else None,
            sources=[_source(name, known.get(name, Source())) for name in sorted({*known, *world.systems})],
        )

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
        events, skipped = store.events.counts(), _skipped(store)
        cases = look_at(sorted({*skipped, *events}), world)
        linked = {case.employee for case in cases if not case.unlinked}
        return jsonify(
            [
                {
                    "employee": employee,
                    "linked": employee in linked,
                    "events": events.get(employee, 0),
                    "skipped": skipped.get(employee, {}),
                }
                for employee in sorted({*skipped, *events})
            ]
        )

    return app


def _wishes() -> tuple[Wishes, int]:
    given = {name: request.args.get(name, "") for name in ("state", "employee", "source")}
    if any(len(value) > _LONGEST or not value.isprintable() for value in given.values()):
        raise ValueError(f"expected at most {_LONGEST} characters, and no control characters")
    if given["state"] and given["state"] not in set(ItemState):
        raise ValueError(f"state: expected one of {', '.join(ItemState)}")
    return Wishes(**given), min(1000, max(1, int(request.args.get("limit", "100"))))


def _source(name: str, source: Source) -> dict[str, Any]:
    return {
        "name": name,
        "read_at": source.read_at.isoformat() if source.read_at else None,
        "failing_since": source.failing_since.isoformat() if source.failing_since else None,
        "failing_reason": source.failing_reason,
        "counted": source.counted,
        "blocked": source.blocked,
        "losing": source.losing,
    }


def _skipped(store: Store) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {}
    for record in store.records.all():
        counted = counts.setdefault(record.employee, Counter())
        if reason := skip_reason(record):
            counted[reason] += 1
    return {employee: dict(counted) for employee, counted in counts.items()}
