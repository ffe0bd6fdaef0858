"""Records and letters that their source must mend."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, render_template

from services.console.app.desk import desk
from services.console.app.formats import texts
from services.console.domain.waiting import Held
from services.console.store import LISTED

pages = Blueprint("held", __name__)


@pages.get("/vastgehouden")
def listing() -> str:
    """List what is held and what to do about it."""
    return render_template("held.html", held=desk().store.held(), limit=LISTED, now=desk().clock.now())


@pages.get("/api/held")
def api() -> Response:
    """List the same to a program."""
    return jsonify(held=[_shape(record) for record in desk().store.held()])


def _shape(record: Held) -> dict[str, Any]:
    words = texts().held(record.reason)
    return {
        "kind": record.kind,
        "source": record.source,
        "place": record.place,
        "reason": record.reason,
        "first_seen": record.first_seen.isoformat(),
        "last_seen": record.last_seen.isoformat(),
        "title": words.title,
        "cause": words.cause,
        "next_step": words.step,
    }
