"""Messages that wait for a person, and the two things a person can decide about one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from services.console.app.desk import actor, desk
from services.console.app.formats import texts
from services.console.domain.waiting import Parked
from services.console.store import LISTED
from shared.events import MessageDiscardRequested, MessageRetryRequested

WHY_LENGTH = 500  # characters, as in MessageDiscardRequested

pages = Blueprint("parked", __name__)


@pages.get("/geparkeerd")
def listing() -> str:
    """List what waits."""
    return render_template("parked.html", parked=desk().store.parked(), limit=LISTED, now=desk().clock.now())


@pages.get("/geparkeerd/<service>/<message_id>")
def one(service: str, message_id: str) -> str:
    """Show why one message waits, attempt by attempt."""
    return render_template("parked_one.html", parked=_find(service, message_id), now=desk().clock.now())


@pages.post("/geparkeerd/<service>/<message_id>/opnieuw")
def retry(service: str, message_id: str) -> Redirect:
    """Ask the service to try again."""
    _find(service, message_id)
    desk().say([MessageRetryRequested(service=service, message_id=message_id, by=actor())])
    flash(texts()("parked.said_retry", service=service, id=message_id))
    return redirect(url_for("parked.listing"), 303)


@pages.post("/geparkeerd/<service>/<message_id>/wegleggen")
def discard(service: str, message_id: str) -> Redirect | tuple[str, int]:
    """Ask the service to close a message without effect; that takes a reason."""
    parked = _find(service, message_id)
    why = request.form.get("why", "").strip()
    if not 1 <= len(why) <= WHY_LENGTH:
        return render_template("parked_one.html", parked=parked, now=desk().clock.now(), why=why, missing=True), 400
    desk().say([MessageDiscardRequested(service=service, message_id=message_id, by=actor(), why=why)])
    flash(texts()("parked.said_discard", service=service, id=message_id))
    return redirect(url_for("parked.listing"), 303)


@pages.get("/api/parked")
def api() -> Response:
    """List what waits to a program."""
    return jsonify(parked=[_shape(parked) for parked in desk().store.parked()])


def _find(service: str, message_id: str) -> Parked:
    return desk().store.parked_one(service, message_id) or abort(404)


def _shape(parked: Parked) -> dict[str, Any]:
    words, request_ = texts().reason(parked.message.reason), parked.request
    asked = {"wish": request_.wish, "by": request_.by, "at": request_.at.isoformat()} if request_ else None
    return parked.message.dump() | {
        "title": words.title,
        "cause": words.cause,
        "next_step": words.step,
        "requested": asked,
    }
