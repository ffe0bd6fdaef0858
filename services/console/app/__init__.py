"""Who may look at the hub, and act on it, by HTTP.

Sign-in is not here yet: the console listens on the loopback address, answers to loopback names only, and everybody
who reaches it is the actor "ict" (`desk.actor`). Signing in with Entra ID replaces that one function and adds a
check before each request; nothing else knows who is there.
"""

from __future__ import annotations

from collections.abc import Iterable

from flask import Flask, Response, jsonify, render_template, request
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from services.console.app import formats, held, journal, overview, parked, post, security
from services.console.app.desk import Desk
from services.console.texts import Texts
from shared.errors import Transient

PAGES = (overview.pages, post.pages, parked.pages, journal.pages, held.pages)


def create_app(desk: Desk, session_key: bytes, hosts: Iterable[str] = ()) -> Flask:
    """Build the web app. *hosts* are names it answers to besides the loopback ones."""
    app = Flask("services.console")
    app.secret_key = session_key
    app.extensions["desk"] = desk
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    for page in PAGES:
        app.register_blueprint(page)
    security.protect(app, {page.name for page in PAGES}, frozenset(hosts))
    formats.teach(app, Texts.load("nl"))
    app.register_error_handler(HTTPException, _explain)
    app.register_error_handler(Transient, _storage_is_away)
    return app


def _explain(error: HTTPException) -> Response | tuple[Response | str, int] | HTTPException:
    if error.code is None or error.response is not None:  # a redirect, or an answer made elsewhere
        return error
    if request.path.startswith("/api/"):
        return jsonify(error=error.name), error.code
    known = formats.texts().has(f"error.{error.code}.title")
    return render_template("error.html", code=error.code if known else "other"), error.code


def _storage_is_away(_error: Transient) -> Response | tuple[Response | str, int] | HTTPException:
    return _explain(ServiceUnavailable())
