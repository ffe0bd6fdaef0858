"""A person gets in as themselves or not at all; msal speaks to the sandbox's authority over TLS."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
import requests
from flask import Flask, jsonify, session
from flask.testing import FlaskClient
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from sandbox import authorize
from sandbox.server import Sandbox, serve_in_thread
from sandbox.state import Tenant
from shared.clock import FixedClock
from shared.config import Settings
from shared.errors import Invalid
from shared.signin import Gate, Visitor, sign_in
from shared.signin.gate import LIFETIME, PATIENCE, local_path
from tests.unit.shared.builders import ENVIRON
from tests.unit.shared.test_graph_auth import certified, rsa_key

ADDRESS = "http://127.0.0.1:8082"
FIEN = "6f1d2c3b-0000-4000-8000-000000000001"
KEY = "a key of at least thirty-two characters"


@pytest.fixture
def sandbox(tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    tenant = Tenant.voorbeeldegem()
    tenant.clock = clock.now
    with serve_in_thread(tenant, tmp_path) as running:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(running.ca))
        yield running


def settings(sandbox: Sandbox, **more: str) -> Settings:
    ours = {
        "HUB_AUTHORITY_URL": sandbox.url,
        "HUB_TENANT_ID": sandbox.tenant.tenant_id,
        "HUB_CLIENT_ID": sandbox.tenant.client_id,
        "HUB_CLIENT_SECRET": sandbox.tenant.client_secret,
    }
    return Settings.load({**ENVIRON, **ours, **more})


def guarded(
    settings: Settings, clock: FixedClock, address: str = ADDRESS, name: str = "timesync"
) -> tuple[Flask, Gate]:
    """Return a service with one page for people who signed in."""
    app = Flask(name)
    gate = sign_in(app, settings, address, clock)

    @app.route("/mine", methods=["GET", "POST"])
    @gate.required
    def mine(visitor: Visitor) -> Any:
        return jsonify(user_id=visitor.user_id, tenant=visitor.tenant, name=visitor.name, roles=visitor.roles)

    @app.get("/plant")
    def plant() -> str:
        session["planted"] = "by somebody else"
        return ""

    @app.get("/session")
    def show() -> Any:
        return jsonify(dict(session))

    return app, gate


@dataclass
class Browser:
    """Somebody with an account at the authority, in front of a service."""

    service: FlaskClient
    authority: requests.Session = field(default_factory=requests.Session)

    def asked(self, path: str = "/mine") -> str:
        """Open *path* without being signed in; return the address at the authority where that leads."""
        to_sign_in = self.service.get(path)
        return str(self.service.get(local(to_sign_in.location)).location)

    def choose(self, address: str, user_id: str = FIEN) -> str:
        """Pick an account on the authority's page; return the address to which it sends the browser back."""
        chosen = self.authority.post(address, data={"account": user_id}, allow_redirects=False, timeout=10)
        return chosen.headers["Location"]

    def cancel(self, address: str) -> str:
        return self.authority.post(address, allow_redirects=False, timeout=10).headers["Location"]

    def arrive(self, location: str) -> TestResponse:
        return self.service.get(local(location))

    def sign_in(self, path: str = "/mine") -> TestResponse:
        return self.arrive(self.choose(self.asked(path)))


def local(location: str | None) -> str:
    parts = urlsplit(location or "")
    return f"{parts.path}?{parts.query}"


def query(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@pytest.fixture
def app(sandbox: Sandbox, clock: FixedClock) -> Flask:
    return guarded(settings(sandbox), clock)[0]


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app.test_client())


def is_out(browser: Browser) -> bool:
    return browser.service.get("/mine").status_code == 303


def test_a_visitor_signs_in_and_comes_back_where_they_were(browser: Browser, sandbox: Sandbox) -> None:
    sandbox.tenant.app_roles[FIEN] = ["HubAdmin"]

    done = browser.sign_in("/mine?week=3")

    assert done.location == f"{ADDRESS}/mine?week=3"
    assert browser.service.get("/mine").json == {
        "user_id": FIEN,
        "tenant": sandbox.tenant.tenant_id,
        "name": "Fien Verzonnen",
        "roles": ["HubAdmin"],
    }


def test_the_tenant_may_be_named_by_a_domain(sandbox: Sandbox, clock: FixedClock) -> None:
    browser = Browser(guarded(settings(sandbox, HUB_TENANT_ID="example.org"), clock)[0].test_client())

    browser.sign_in()

    found = browser.service.get("/mine").json
    assert found is not None
    assert found["tenant"] == sandbox.tenant.tenant_id


def test_nothing_is_asked_but_who_it_is(browser: Browser) -> None:
    asked = query(browser.asked())

    assert set(asked["scope"].split()) == {"openid", "profile"}
    assert (asked["response_type"], asked["response_mode"]) == ("code", "query")
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"{ADDRESS}/sign-in/done"


def test_no_token_remains_after_the_sign_in(sandbox: Sandbox, clock: FixedClock) -> None:
    app, gate = guarded(settings(sandbox), clock)
    browser = Browser(app.test_client())
    browser.sign_in()

    kept = browser.service.get("/session").json

    assert kept is not None
    assert set(kept) == {"visitor"}
    assert set(kept["visitor"]) == {"user_id", "tenant", "name", "roles", "until"}
    cache = gate._entra._app.token_cache
    assert [list(cache.search(kind)) for kind in ("AccessToken", "RefreshToken", "IdToken")] == [[], [], []]


def test_a_certificate_proves_the_service_as_a_secret_does(
    sandbox: Sandbox, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = certified(tmp_path / "hub.pem", rsa_key())
    pem = path.read_text(encoding="utf-8")
    sandbox.tenant.trusted_certificates.append(pem[pem.index("-----BEGIN CERTIFICATE") :])
    monkeypatch.setattr("time.time", lambda: clock.now().timestamp())  # msal dates its assertion itself
    with_certificate = settings(sandbox, HUB_CLIENT_CERTIFICATE=str(path), HUB_CLIENT_SECRET="")

    browser = Browser(guarded(with_certificate, clock)[0].test_client())

    assert browser.sign_in().location == f"{ADDRESS}/mine"


def test_the_answer_to_another_browser_signs_nobody_in(app: Flask, browser: Browser) -> None:
    other = Browser(app.test_client())
    other.asked()

    refused = other.arrive(browser.choose(browser.asked()))

    assert refused.status_code == 400
    assert "Aanmelding verlopen" in refused.text
    assert is_out(other)


def test_a_code_of_another_browser_signs_nobody_in(app: Flask, browser: Browser) -> None:
    """Their code with our state: PKCE tells the two apart."""
    other = Browser(app.test_client())
    ours = query(other.asked())["state"]
    theirs = query(browser.choose(browser.asked()))["code"]

    with capture_logs() as lines:
        refused = other.arrive(f"/sign-in/done?{urlencode({'code': theirs, 'state': ours})}")

    assert refused.status_code == 400
    assert [(line["reason"], line["code"]) for line in lines] == [("expired", "AADSTS501481")]
    assert is_out(other)


def test_an_answer_signs_in_once(browser: Browser) -> None:
    back = browser.choose(browser.asked())
    browser.arrive(back)
    browser.service.get("/sign-out")

    again = browser.arrive(back)

    assert again.status_code == 400
    assert is_out(browser)


def test_a_refusal_ends_the_sign_in_that_was_begun(browser: Browser) -> None:
    address = browser.asked()
    browser.arrive(browser.cancel(address))

    assert browser.arrive(browser.choose(address)).status_code == 400
    assert is_out(browser)


def test_an_answer_that_nobody_waits_for_is_refused(browser: Browser) -> None:
    assert browser.arrive("/sign-in/done?code=x&state=y").status_code == 400


@pytest.mark.parametrize(
    ("wait", "status"), [(PATIENCE, 400), (PATIENCE - timedelta(seconds=1), 302)], ids=["ten minutes", "less"]
)
def test_a_visitor_has_ten_minutes_to_come_back(
    browser: Browser, sandbox: Sandbox, clock: FixedClock, wait: timedelta, status: int
) -> None:
    address = browser.asked()
    clock.advance(wait)

    assert browser.arrive(browser.choose(address)).status_code == status


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        pytest.param({"tid": "6f1d2c3b-0000-4000-8000-00000000ffff"}, 403, "other_tenant", id="another tenant"),
        pytest.param({"tid": ""}, 403, "other_tenant", id="no tenant"),
        pytest.param({"iss": "https://login.example.org/other/v2.0"}, 400, "unproven", id="another issuer"),
        pytest.param({"aud": "another-app"}, 400, "unproven", id="for another app"),
        pytest.param({"nonce": "of an older sign-in"}, 400, "unproven", id="another nonce"),
        pytest.param({"exp": 1}, 400, "unproven", id="expired"),
        pytest.param({"oid": ""}, 400, "unproven", id="nobody"),
    ],
)
def test_an_id_token_that_is_not_ours_signs_nobody_in(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], status: int, reason: str
) -> None:
    true_token = authorize._id_token

    def changed(*asked: Any) -> str:
        claims = jwt.decode(true_token(*asked), options={"verify_signature": False})
        return jwt.encode(claims | changes, "any key of thirty-two bytes, or more", "HS256")

    monkeypatch.setattr(authorize, "_id_token", changed)

    with capture_logs() as lines:
        refused = browser.sign_in()

    assert refused.status_code == status
    assert [line["reason"] for line in lines] == [reason]
    assert is_out(browser)


def test_a_visitor_who_cancels_is_told_how_to_go_on(browser: Browser) -> None:
    refused = browser.arrive(browser.cancel(browser.asked("/mine?week=3")))

    assert refused.status_code == 400
    assert "<h1>Aanmelden afgebroken</h1>" in refused.text
    assert f'<a href="{ADDRESS}/sign-in?next=%2Fmine%3Fweek%3D3&amp;choose=1">Opnieuw aanmelden</a>' in refused.text


def test_after_a_refusal_the_authority_asks_which_account(browser: Browser) -> None:
    first, after = browser.service.get("/sign-in"), browser.service.get("/sign-in?choose=1")

    assert "prompt" not in query(first.location)
    assert query(after.location)["prompt"] == "select_account"


def test_a_refusal_of_the_authority_shows_its_number_and_nothing_else(browser: Browser) -> None:
    state = query(browser.asked())["state"]
    error = {"error": "access_denied", "error_description": "AADSTS50105: <b>Fien</b> is not assigned.", "state": state}

    with capture_logs() as lines:
        refused = browser.arrive(f"/sign-in/done?{urlencode(error)}")

    assert refused.status_code == 403
    assert "<code>AADSTS50105</code>" in refused.text
    assert "Fien" not in refused.text + json.dumps(lines)


def test_the_log_names_a_visitor_by_id_only(browser: Browser) -> None:
    with capture_logs() as lines:
        browser.sign_in()

    assert lines == [{"event": "signed_in", "user": FIEN, "log_level": "info"}]


@pytest.mark.parametrize("more", [{"HUB_AUTHORITY_URL": "https://127.0.0.1:1"}, {"HUB_CLIENT_SECRET": ""}])
def test_a_sign_in_that_cannot_begin_is_explained(sandbox: Sandbox, clock: FixedClock, more: dict[str, str]) -> None:
    app, _ = guarded(settings(sandbox, **more), clock)

    answer = app.test_client().get("/sign-in")

    assert answer.status_code == 503
    assert "<h1>Aanmelden lukt nu niet</h1>" in answer.text


def test_an_authority_that_went_away_meanwhile_is_explained(
    browser: Browser, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = browser.choose(browser.asked())
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(Path(__file__)))  # nothing is trusted any more

    assert browser.arrive(back).status_code == 503


@pytest.mark.parametrize(
    "wanted",
    [
        "https://example.org/",
        "//example.org/",
        "/\\example.org",
        "\\\\example.org",
        "mine",
        "javascript:alert(1)",
        "/mine\r\nSet-Cookie: x=y",
        "@example.org",
        "",
        "/" + "x" * 500,
    ],
)
def test_next_leads_to_a_page_of_this_site_only(browser: Browser, wanted: str) -> None:
    to_authority = browser.service.get(f"/sign-in?{urlencode({'next': wanted})}").location

    done = browser.arrive(browser.choose(to_authority))

    assert done.location == f"{ADDRESS}/"


def test_a_path_with_its_query_is_local() -> None:
    assert local_path("/mine?week=3&dag=zoë") == "/mine?week=3&dag=zoë"


def test_the_host_header_steers_nothing(browser: Browser) -> None:
    evil = {"Host": "evil.example.org"}

    to_sign_in = browser.service.get("/mine", headers=evil).location
    to_authority = browser.service.get("/sign-in", headers=evil).location

    assert to_sign_in.startswith(f"{ADDRESS}/sign-in?")
    assert query(to_authority)["redirect_uri"] == f"{ADDRESS}/sign-in/done"


def test_a_form_that_came_too_late_begins_at_the_front(browser: Browser) -> None:
    late = browser.service.post("/mine")

    assert (late.status_code, late.location) == (303, f"{ADDRESS}/sign-in?next=%2F")


def test_a_cookie_that_was_changed_is_none(app: Flask, browser: Browser) -> None:
    browser.sign_in()
    cookie = browser.service.get_cookie("hub_timesync")
    assert cookie is not None
    payload, _, signature = cookie.value.partition(".")

    browser.service.set_cookie("hub_timesync", f"{payload[:-2]}xx.{signature}")

    assert is_out(browser)


@pytest.mark.parametrize(("passed", "expected"), [(LIFETIME, True), (LIFETIME - timedelta(seconds=1), False)])
def test_a_session_ends_after_eight_hours(
    browser: Browser, clock: FixedClock, passed: timedelta, expected: bool
) -> None:
    browser.sign_in()
    clock.advance(passed)

    assert is_out(browser) is expected


def test_nothing_of_an_older_session_survives_a_sign_in(browser: Browser) -> None:
    browser.service.get("/plant")

    browser.sign_in()

    kept = browser.service.get("/session").json
    assert kept is not None
    assert list(kept) == ["visitor"]


def test_signing_out_ends_the_session_here_and_at_the_authority(browser: Browser, sandbox: Sandbox) -> None:
    browser.sign_in()

    out = browser.service.get("/sign-out")

    assert out.location == f"{sandbox.url}/{sandbox.tenant.tenant_id}/oauth2/v2.0/logout"
    assert browser.authority.get(out.location, timeout=10).status_code == 200
    assert is_out(browser)


@pytest.mark.parametrize(
    ("keys", "name", "expected"),
    [
        pytest.param({}, "timesync", False, id="no key: a restart"),
        pytest.param({"HUB_SESSION_KEY": KEY}, "timesync", True, id="the same key"),
        pytest.param({"HUB_SESSION_KEY": KEY}, "console", False, id="the same key in another service"),
    ],
)
def test_a_cookie_is_good_where_its_key_is_known(
    sandbox: Sandbox, clock: FixedClock, keys: dict[str, str], name: str, expected: bool
) -> None:
    first = Browser(guarded(settings(sandbox, **keys), clock)[0].test_client())
    first.sign_in()
    cookie = first.service.get_cookie("hub_timesync")
    assert cookie is not None

    second = Browser(guarded(settings(sandbox, **keys), clock, name=name)[0].test_client())
    second.service.set_cookie(f"hub_{name}", cookie.value)

    assert is_out(second) is not expected


def cookie_of(sandbox: Sandbox, clock: FixedClock, address: str) -> str:
    app, _ = guarded(settings(sandbox), clock, address)
    return app.test_client().get("/sign-in", base_url=address).headers["Set-Cookie"]


def test_over_tls_the_cookie_goes_nowhere_else(sandbox: Sandbox, clock: FixedClock) -> None:
    cookie = cookie_of(sandbox, clock, "https://localhost:8082")

    assert cookie.startswith("__Host-hub_timesync=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))


def test_on_this_machine_the_cookie_needs_no_tls(sandbox: Sandbox, clock: FixedClock) -> None:
    cookie = cookie_of(sandbox, clock, ADDRESS)

    assert cookie.startswith("hub_timesync=")
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Secure" not in cookie.split("; ")


def test_a_page_of_a_visitor_is_not_stored_by_the_browser(browser: Browser) -> None:
    browser.sign_in()

    assert browser.service.get("/mine").headers["Cache-Control"] == "no-store"


def test_the_address_with_the_code_is_told_to_nobody(browser: Browser) -> None:
    done = browser.sign_in()

    assert done.headers["Referrer-Policy"] == "no-referrer"
    assert done.headers["Cache-Control"] == "no-store"


def test_the_page_of_a_refusal_finds_its_style(browser: Browser) -> None:
    assert f'href="{ADDRESS}/sign-in/static/sign_in.css"' in browser.arrive("/sign-in/done").text
    assert browser.service.get("/sign-in/static/sign_in.css").status_code == 200


@pytest.mark.parametrize("address", ["http://hub.example.org", "hub.example.org", ""])
def test_an_address_without_tls_stops_the_start(sandbox: Sandbox, clock: FixedClock, address: str) -> None:
    with pytest.raises(Invalid, match="expected https"):
        guarded(settings(sandbox), clock, address)


@pytest.mark.parametrize("tenant", ["common", "Organizations", "consumers"])
def test_a_tenant_of_everybody_stops_the_start(sandbox: Sandbox, clock: FixedClock, tenant: str) -> None:
    with pytest.raises(Invalid, match="HUB_TENANT_ID: expected the id or a domain of one tenant"):
        guarded(settings(sandbox, HUB_TENANT_ID=tenant), clock)


def test_a_short_session_key_stops_the_start() -> None:
    with pytest.raises(Invalid, match=r"HUB_SESSION_KEY: expected at least 32 random characters"):
        Settings.load({**ENVIRON, "HUB_SESSION_KEY": "short"})


def test_msal_is_not_loaded_before_somebody_signs_in() -> None:
    program = "import sys, shared.signin; sys.exit('msal' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode == 0
