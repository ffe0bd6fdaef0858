"""Tells over HTTP which notices went out: for the console and for whoever checks."""

from __future__ import annotations

from dataclasses import asdict

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from services.notifier.store import Notices

_MOST = 500  # notices in one answer


def create_app(notices: Notices) -> Flask:
    """Return the web app of the notifier."""
    app = Flask(__name__)

    @app.get("/notices")
    def recent() -> ResponseReturnValue:
        """List the notices of late: where, about what, whether sent; not what they said."""
        limit = max(1, min(request.args.get("limit", 100, type=int), _MOST))
        return jsonify(notices=[asdict(entry) | {"at": entry.at.isoformat()} for entry in notices.recent(limit)])

    return app
