"""The pages for people: they sign in as themselves, and see their own absences and those of their service.

They only read, and from the books alone: nothing is asked of Microsoft or of a source for a page.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from services.timesync.app import own, team
from services.timesync.app.words import Words
from services.timesync.domain.texts import LANGUAGES
from services.timesync.handlers.world import Timesync
from shared.config import Settings
from shared.errors import Transient
from shared.signin import sign_in

_EXPLAINED = (400, 403, 404, 503)
# https://owasp.org/www-project-secure-headers/
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def add_pages(app: Flask, world: Timesync, settings: Settings) -> None:
    """Give *app* the sign-in and the pages behind it, as people reach them at HUB_TIMESYNC_URL.

    Raises: Invalid when that address is neither https nor of this machine, or the tenant is that of everybody.
    """
    gate = sign_in(app, settings, settings.timesync_url, world.clock)
    pages = Blueprint(
        "pages", __name__, template_folder="../templates", static_folder="../static", static_url_path="/static"
    )
    own.add_page(pages, gate, world)
    team.add_pages(pages, gate, world)
    pages.before_request(_choose_language)
    pages.after_request(_guarded)
    pages.register_error_handler(HTTPException, _explain)
    pages.register_error_handler(team.DayNotShownError, _day_is_not_shown)
    pages.register_error_handler(Transient, _storage_is_away)
    prefix = urlsplit(settings.timesync_url).path.rstrip("/")  # a proxy may give the pages a folder of a site

    def link(endpoint: str, **values: Any) -> str:
        return prefix + url_for(endpoint, **values)

    @pages.get("/")
    def home() -> ResponseReturnValue:
        """Send who comes without a path to their own page. Answers: 302 to /mijn-afwezigheid."""
        return redirect(link("pages.mine"))

    @pages.context_processor
    def known() -> dict[str, Any]:
        return {"t": g.words, "organisation": world.rules.office.organisation, "link": link}

    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.register_blueprint(pages)


def _choose_language() -> None:
    g.words = Words(request.accept_languages.best_match(LANGUAGES, default=LANGUAGES[0]))


def _guarded(response: Any) -> Any:
    response.headers.update(_HEADERS)
    response.vary.add("Accept-Language")
    return response


def _explain(error: HTTPException) -> ResponseReturnValue:
    if error.code not in _EXPLAINED:
        return error
    return render_template("message.html", what=f"error_{error.code}"), error.code


def _day_is_not_shown(_error: team.DayNotShownError) -> ResponseReturnValue:
    return render_template("message.html", what="error_day"), 404


def _storage_is_away(_error: Transient) -> ResponseReturnValue:
    return render_template("message.html", what="error_503"), 503
