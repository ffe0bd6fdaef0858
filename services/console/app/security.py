"""What keeps strangers' pages from reading the console or clicking in it: host, token, cookie and header rules."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request, session
from flask.sessions import SecureCookieSessionInterface

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

# https://owasp.org/www-project-secure-headers/
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # not "no-referrer": browsers would then send `Origin: null` with our own forms
    "X-Content-Type-Options": "nosniff",
}


class _SecureWhenTls(SecureCookieSessionInterface):
    """Mark the cookie Secure as soon as the console is reached over TLS; on loopback there is none."""

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 - Flask's signature
        return request.is_secure


def protect(app: Flask, pages: Collection[str], hosts: frozenset[str]) -> None:
    """Guard the blueprints named *pages*; health and metrics, on the same app, stay reachable for their readers."""
    app.session_interface = _SecureWhenTls()
    app.config.update(SESSION_COOKIE_NAME="hub_console", SESSION_COOKIE_SAMESITE="Strict", MAX_CONTENT_LENGTH=64 * 1024)
    allowed = LOOPBACK | hosts

    @app.before_request
    def guard() -> None:
        if request.blueprint not in pages:
            return
        # A name of somebody else that resolves to loopback (DNS rebinding) must not read these pages.
        if urlsplit(f"//{request.host}").hostname not in allowed:
            abort(400)
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            _demand_token()

    app.after_request(_add_headers)
    app.jinja_env.globals["csrf_token"] = csrf_token


def csrf_token() -> str:
    """Return the token of this session, that each form sends back."""
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(32)
    return str(session["csrf"])


def _demand_token() -> None:
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        abort(403)
    expected = str(session.get("csrf", ""))
    if not expected or not hmac.compare_digest(expected.encode(), request.form.get("csrf", "").encode()):
        abort(403)


def _add_headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response
