"""Tells over HTTP which letters were filed, and which wait: for the console and for whoever checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from services.mailroom.handlers.world import Mailroom
from services.mailroom.store.letters import Filing
from services.mailroom.store.messages import Message
from shared.clock import BRUSSELS

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

    @app.get("/due")
    def due() -> ResponseReturnValue:
        """List the open letters by the last day on which their answer is in time, the most urgent first."""
        today = room.clock.now().astimezone(BRUSSELS).date()
        away, open_ = room.store.away.on(today), room.store.letters.due_until(date.max)
        listed = sorted((filing.due, filing.kenmerk, filing) for filing in open_ if filing.due)[:_MOST]
        return jsonify(letters=[_open(filing, last, away, today) for last, _, filing in listed])

    @app.get("/messages")
    def messages() -> ResponseReturnValue:
        """List the e-mails that wait for whoever registers them: what they may be about, and where Outlook has them."""
        waiting = room.store.messages.waiting()[:_MOST]
        return jsonify(messages=[_offered(message) for message in waiting])

    return app


def _open(filing: Filing, last: date, away: Mapping[str, str | None], today: date) -> dict[str, Any]:
    """Return what is told of an open term. `days` are those of the calendar, negative: it is late."""
    return {
        "kenmerk": filing.kenmerk,
        "due": last.isoformat(),
        "days": (last - today).days,
        "project": filing.project,
        "department": filing.department,
        "is_away": filing.handler in away,
    }


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


def _offered(message: Message) -> dict[str, Any]:
    """Return a message; `references` are [{"value", "confidence", "place"}], the surest first, and `projects` too."""
    return {
        "key": message.key,
        "intake": message.intake,
        "received_at": message.received_at.isoformat(),
        "references": [asdict(mention) for mention in message.references],
        "projects": [asdict(mention) for mention in message.projects],
        "reason": message.reason,
        "web_url": message.web_url,
    }
