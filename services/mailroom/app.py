"""Tells over HTTP which letters were filed, and which wait: for the console and for whoever checks."""

from __future__ import annotations

from typing import Any

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from services.mailroom.handlers.world import Mailroom
from services.mailroom.store.letters import Filing

_MOST = 500  # letters in one answer


def create_app(room: Mailroom) -> Flask:
    """Return the web app of the mailroom."""
    app = Flask(__name__)

    @app.get("/letters")
    def letters() -> ResponseReturnValue:
        """List the letters handled last: references and places, no subjects."""
        limit = max(1, min(request.args.get("limit", 100, type=int), _MOST))
        return jsonify(letters=[_shown(filing) for filing in room.store.letters.recent(limit)])

    @app.get("/tray")
    def tray() -> ResponseReturnValue:
        """List the letters that no rule files, and the projects that they may go to."""
        projects = [{"code": each.code, "title": each.title} for each in room.projects().values()]
        return jsonify(letters=[_shown(filing) for filing in room.store.letters.in_tray()], projects=projects)

    return app


def _shown(filing: Filing) -> dict[str, Any]:
    return {
        "kenmerk": filing.kenmerk,
        "version": filing.version,
        "state": filing.state,
        "project": filing.project,
        "rule": filing.rule,
        "reason": filing.reason,
        "suggestions": list(filing.suggestions),
        "folder": filing.folder,
        "unclassified": filing.state == "tray",
        "drive_id": filing.drive_id,
        "item_id": next((piece.item_id for piece in filing.pieces), None),
        "due": filing.due.isoformat() if filing.due else None,
        "at": filing.at.isoformat(),
    }
