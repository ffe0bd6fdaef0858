"""Tells over HTTP which letters were filed: for the console and for whoever checks."""

from __future__ import annotations

from typing import Any

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from services.mailroom.store import Filing, Filings

_MOST = 500  # letters in one answer


def create_app(filings: Filings) -> Flask:
    """Return the web app of the mailroom."""
    app = Flask(__name__)

    @app.get("/letters")
    def letters() -> ResponseReturnValue:
        """List the letters handled last: references and places, no subjects."""
        limit = max(1, min(request.args.get("limit", 100, type=int), _MOST))
        return jsonify(letters=[_shown(filing) for filing in filings.recent(limit)])

    return app


def _shown(filing: Filing) -> dict[str, Any]:
    return {
        "kenmerk": filing.kenmerk,
        "version": filing.version,
        "state": filing.state,
        "folder": filing.folder,
        "unclassified": filing.unclassified,
        "drive_id": filing.drive_id,
        "item_id": next(iter(filing.item_ids), None),
        "at": filing.at.isoformat(),
    }
