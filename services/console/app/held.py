"""Records and letters that their source must mend, and readings that a person may believe after all."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from services.console.app.desk import actor, desk
from services.console.app.formats import texts
from services.console.domain.waiting import Held
from services.console.store import LISTED
from shared.events import MailReleased, ReadingConfirmed

pages = Blueprint("held", __name__)


@pages.get("/vastgehouden")
def listing() -> str:
    """List what is held and what to do about it."""
    return render_template("held.html", held=desk().store.held(), limit=LISTED, now=desk().clock.now())


@pages.post("/vastgehouden/<source>/aanvaarden")
def accept(source: str) -> Redirect:
    """Have *source* read again, and believed. `hub absences release` says the same."""
    if desk().store.doubted_reading(source) is None:
        abort(404)
    desk().say([ReadingConfirmed(source=source, by=actor())])
    flash(texts()("held.said_accept", source=source))
    return redirect(url_for("held.listing"), 303)


@pages.post("/vastgehouden/afgehandeld")
def close() -> Redirect:
    """Take post off the list of which a person says that it is dealt with: the hub cannot see that by itself."""
    source, place = request.form.get("source", ""), request.form.get("place", "")
    record = next((each for each in desk().store.held() if (each.source, each.place) == (source, place)), None)
    if record is None or not record.may_be_closed:
        abort(404)
    desk().say([MailReleased(intake=source, reference=place, reason=record.reason, by=actor())])
    flash(texts()("held.said_close", place=place))
    return redirect(url_for("held.listing"), 303)


@pages.get("/api/held")
def api() -> Response:
    """List the same to a program."""
    return jsonify(held=[_shape(record) for record in desk().store.held()])


def _shape(record: Held) -> dict[str, Any]:
    words = texts().held(record.reason, record.source)
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
