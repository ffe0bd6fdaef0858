"""Lets people in: the routes of the sign-in, and the session in a signed cookie that remembers who came."""

from __future__ import annotations

import functools
import hmac
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode, urlsplit

import structlog
from flask import Blueprint, Flask, after_this_request, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from shared.clock import Clock
from shared.config import Settings
from shared.errors import HubError, Invalid
from shared.signin.entra import Entra, Refused, Visitor

P = ParamSpec("P")
log = structlog.get_logger()
LIFETIME = timedelta(hours=8)  # a working day; counted from the sign-in, whatever happens in between
PATIENCE = timedelta(minutes=10)  # between leaving for the authority and coming back
_LONGEST_PATH = 500  # the cookie that carries it holds 4 kB
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_STATUS = {"other_tenant": 403, "refused": 403}
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",  # the address of the page holds the code
    "X-Content-Type-Options": "nosniff",
}


def sign_in(app: Flask, settings: Settings, address: str, clock: Clock) -> Gate:
    """Give *app*, which people reach at *address*, `/sign-in`, `/sign-in/done` and `/sign-out`; return its gate.

    The app registration must list `<address>/sign-in/done` as a redirect URI of the web platform.
    Raises: Invalid when *address* is neither https nor of this machine, or the tenant is that of everybody.
    """
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise Invalid("address_without_tls", f"{address}: expected https, for the cookie of a sign-in goes over it")
    is_secure = parts.scheme == "https"
    app.secret_key = _key(settings, app.name)
    app.config.update(
        # a browser takes a __Host- cookie from this very host over TLS only; ports share cookies, hence the name
        SESSION_COOKIE_NAME=f"{'__Host-' if is_secure else ''}hub_{app.name}",
        SESSION_COOKIE_SECURE=is_secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",  # Strict is not sent when the authority sends the visitor back
        PERMANENT_SESSION_LIFETIME=LIFETIME,
    )
    gate = Gate(Entra(settings, clock), address.rstrip("/"), clock)
    app.register_blueprint(gate.routes())
    return gate


class Gate:
    """Knows who is there. Every redirect goes to *address*: neither a Host header nor `next` leads elsewhere."""

    def __init__(self, entra: Entra, address: str, clock: Clock) -> None:
        self._entra, self._address, self._clock = entra, address, clock

    def visitor(self) -> Visitor | None:
        """Return who makes this request, None when nobody signed in or it was too long ago.

        An account that is closed or loses a role meanwhile keeps its session until it ends.
        """
        kept = session.get("visitor")
        if kept is None or kept["until"] <= self._clock.now().timestamp():
            return None
        return Visitor(kept["user_id"], kept["tenant"], kept["name"], tuple(kept["roles"]))

    def required(
        self, view: Callable[Concatenate[Visitor, P], ResponseReturnValue]
    ) -> Callable[P, ResponseReturnValue]:
        """Give *view* its visitor as the first argument, or send the browser to sign in and back."""

        @functools.wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            visitor = self.visitor()
            if visitor is None:  # a form that came too late is not sent again: its page is lost, so begin at the front
                back = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else "/"
                return redirect(self._to("/sign-in", next=local_path(back)), 303)
            after_this_request(_not_stored)
            return view(visitor, *args, **kwargs)

        return guarded

    def routes(self) -> Blueprint:
        """Return the pages of the sign-in itself; GET only, so there is nothing to forge."""
        routes = Blueprint(
            "sign_in", __name__, template_folder="templates", static_folder="static", static_url_path="/sign-in/static"
        )
        routes.add_url_rule("/sign-in", "begin", self._begin)
        routes.add_url_rule("/sign-in/done", "done", self._done)
        routes.add_url_rule("/sign-out", "out", self._out)
        routes.after_request(_guarded)
        return routes

    def _begin(self) -> ResponseReturnValue:
        """Send the browser to the authority; `?next=` is the local path to return to. Answers: 302 to Entra ID."""
        back = local_path(request.args.get("next", "/"))
        # after a refusal: else the authority would take the same account again without a word
        prompt = "select_account" if "choose" in request.args else None
        try:
            flow = self._entra.begin(f"{self._address}/sign-in/done", prompt)
        except HubError as error:
            return self._explained(error, back)
        leave = flow.pop("auth_uri")
        # The browser can read this cookie (signed, not sealed). It learns nothing: the verifier and the nonce protect
        # its own sign-in against others.
        session["sign_in"] = {"flow": flow, "next": back, "until": (self._clock.now() + PATIENCE).timestamp()}
        return redirect(leave)

    def _done(self) -> ResponseReturnValue:
        """Take what the authority says of the visitor, and begin their session. Answers: 302 to where they were."""
        begun: dict[str, Any] = session.pop("sign_in", None) or {"until": 0, "next": "/"}
        try:
            if begun["until"] <= self._clock.now().timestamp():
                raise Refused("expired", "no sign-in of the last minutes is known in this browser")
            visitor = self._entra.finish(begun["flow"], request.args)
        except HubError as error:
            return self._explained(error, begun["next"])
        session.clear()  # nothing of who was here before, or planted a cookie, survives
        session["visitor"] = {
            "user_id": visitor.user_id,
            "tenant": visitor.tenant,
            "name": visitor.name,
            "roles": visitor.roles,
            "until": (self._clock.now() + LIFETIME).timestamp(),
        }
        log.info("signed_in", user=visitor.user_id)
        return redirect(f"{self._address}{begun['next']}")

    def _out(self) -> Response:
        """End the session here and at the authority. Answers: 302 to Entra ID."""
        session.clear()
        return redirect(self._entra.sign_out_address)

    def _explained(self, error: HubError, back: str) -> ResponseReturnValue:
        code = error.code if isinstance(error, Refused) else ""
        log.warning("sign_in_refused", reason=error.reason, code=code)
        again = self._to("/sign-in", next=back, choose="1")
        page = render_template("sign_in.html", reason=error.reason, code=code, again=again, address=self._address)
        return page, _STATUS.get(error.reason, 400 if isinstance(error, Refused) else 503)

    def _to(self, path: str, **query: str) -> str:
        return f"{self._address}{path}?{urlencode(query)}"


def local_path(wanted: str) -> str:
    """Return *wanted* when it is a path of this site, query included; else the front page."""
    is_local = wanted.startswith("/") and not wanted.startswith("//") and wanted.isprintable() and "\\" not in wanted
    return wanted if is_local and len(wanted) <= _LONGEST_PATH else "/"


def _key(settings: Settings, name: str) -> bytes:
    """Return the key of the app *name*: a cookie of one service is none of another's."""
    given = settings.session_key.encode() if settings.session_key else secrets.token_bytes(32)
    return hmac.digest(given, name.encode(), "sha256")


def _guarded(response: Any) -> Any:
    response.headers.update(_HEADERS)
    return response


def _not_stored(response: Any) -> Any:
    response.headers.setdefault("Cache-Control", "no-store")
    return response
