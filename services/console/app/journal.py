"""Everything that happened in the hub, newest first, and the way to one fact through all services."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Blueprint, Response, abort, jsonify, render_template, request

from services.console.app.desk import desk
from services.console.store import PAGE, Line, Search
from shared.events import BY_TYPE
from shared.events.envelope import Envelope

pages = Blueprint("journal", __name__)
_LONGEST = 2000  # characters; the text of a notice has as many


@pages.get("/journaal")
def listing() -> str:
    """Show one page of the journal."""
    search = Search(
        word=request.args.get("zoek", "").strip(),
        before=request.args.get("voor", type=int),
        with_clock="klok" in request.args,
    )
    lines = desk().store.journal(search)
    older = lines[PAGE - 1].seq if len(lines) > PAGE else None
    return render_template("journal.html", lines=lines[:PAGE], search=search, older=older, now=desk().clock.now())


@pages.get("/journaal/<message_id>")
def one(message_id: str) -> str:
    """Show one event whole. A type that is not ours may hold more than ids: its body stays closed."""
    line = desk().store.line(message_id) or abort(404)
    envelope = Envelope.parse(line.envelope)
    shown = {name: _cut(value) for name, value in envelope.data.items()}
    body = orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode() if line.type in BY_TYPE else None
    return render_template("line.html", line=line, body=body, said_at=envelope.time, now=desk().clock.now())


@pages.get("/api/journal")
def api() -> Response:
    """Give a page of the journal to a program; `before` of the answer continues it."""
    word = request.args.get("correlation", "") or request.args.get("search", "")
    search = Search(word=word.strip(), before=request.args.get("before", type=int), with_clock="clock" in request.args)
    lines = desk().store.journal(search)
    before = lines[PAGE - 1].seq if len(lines) > PAGE else None
    return jsonify(lines=[_shape(line) for line in lines[:PAGE]], before=before)


def _cut(value: Any) -> Any:
    """Return *value* as far as a person reads: what is sealed goes on for pages and says nothing."""
    return f"{value[:_LONGEST]}…" if isinstance(value, str) and len(value) > _LONGEST else value


def _shape(line: Line) -> dict[str, Any]:
    return {
        "id": line.id,
        "received_at": line.received_at.isoformat(),
        "service": line.source.removeprefix("hub/"),
        "type": line.type,
        "key": line.key,
        "correlation_id": line.correlation_id,
        "causation_id": line.causation_id,
    }
