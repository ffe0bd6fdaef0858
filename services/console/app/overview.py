"""The first page: what is wrong, the books of every service, and the queues."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, render_template

from services.console.app.desk import desk
from services.console.app.formats import texts
from services.console.domain.post import WAITED, Backlog
from services.console.domain.problems import Problem, problems
from services.console.domain.sighting import Queue, ServiceState, Sighting
from shared.clock import BRUSSELS

pages = Blueprint("overview", __name__)

PAGE_OF: Mapping[str, str] = {  # problem → where it is mended
    "parked": "parked.listing",
    "held": "held.listing",
    "letters_in_tray": "post.listing",
    "mails_waiting": "post.listing",
}


@pages.get("/")
def page() -> str:
    """Show the hub as it is now."""
    sighting, found = _now()
    return render_template("overview.html", sighting=sighting, problems=found, page_of=PAGE_OF, now=desk().clock.now())


@pages.get("/api/overview")
def api() -> Response:
    """Say the same to a program."""
    sighting, found = _now()
    return jsonify(
        at=desk().clock.now().isoformat(),
        services=[_service(state) for state in sighting.services],
        queues=None if sighting.queues is None else [_queue(queue, sighting) for queue in sighting.queues],
        problems=[_problem(problem) for problem in found],
    )


def _now() -> tuple[Sighting, list[Problem]]:
    sighting, store, now = desk().look(), desk().store, desk().clock.now()
    outside = store.sources.outside(now.astimezone(BRUSSELS).date())
    backlog = Backlog(store.tray.count(), store.mails.count(before=now - WAITED))
    rules = store.rules.refused()
    return sighting, problems(sighting, store.parked_counts(), store.held_count(), outside, rules, backlog)


def _service(state: ServiceState) -> dict[str, Any]:
    if state.readiness is None:
        return {"service": state.name, "reachable": False}
    books = state.readiness.books
    accounts = books.dump() | {"difference": books.difference, "balanced": not books.difference} if books else None
    return {
        "service": state.name,
        "reachable": True,
        "ready": state.readiness.ready,
        "checks": dict(state.readiness.checks),
        "books": accounts,
    }


def _queue(queue: Queue, sighting: Sighting) -> dict[str, Any]:
    return {
        "name": queue.name,
        "depth": queue.depth,
        "oldest": queue.oldest.isoformat() if queue.oldest else None,
        "consumers": queue.consumers,
        "expected_consumers": sighting.expected_consumers.get(queue.name),
        "rate_in": queue.rate_in,
        "rate_out": queue.rate_out,
    }


def _problem(problem: Problem) -> dict[str, Any]:
    words = texts().problem(problem)
    return {
        "kind": problem.kind,
        "subject": problem.subject,
        "urgency": problem.urgency.value,
        "title": words.title,
        "cause": words.cause,
        "next_step": words.step,
    }
