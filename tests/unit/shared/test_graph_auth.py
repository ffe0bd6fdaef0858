"""Without a token nothing works, so everything waits for one and nothing is given up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from flask import Flask, Response, jsonify, request
from werkzeug.serving import make_server

from sandbox.certificates import make_certificates
from shared.config import Settings
from shared.errors import Invalid, Unavailable
from shared.graph.auth import Tokens, _with_deadline, credential
from tests.unit.shared.builders import ENVIRON


class Authority:
    """An authority over TLS that gives numbered tokens, or refuses."""

    def __init__(self) -> None:
        self.url = ""
        self.forms: list[dict[str, str]] = []
        self.refuses = False

    def app(self) -> Flask:
        app = Flask("authority")

        @app.get("/<tenant>/v2.0/.well-known/openid-configuration")
        def discovery(tenant: str) -> Response:
            root = f"{self.url}/{tenant}"
            return jsonify(
                issuer=f"{root}/v2.0",
                authorization_endpoint=f"{root}/authorize",
                token_endpoint=f"{root}/token",
                device_authorization_endpoint=f"{root}/devicecode",
            )

        @app.post("/<tenant>/token")
        def token(tenant: str) -> Response:
            self.forms.append(request.form.to_dict())
            if self.refuses:
                refusal = jsonify(error="invalid_client", error_description="secret words", error_codes=[7000215])
                refusal.status_code = 401
                return refusal
            return jsonify(access_token=f"token-{len(self.forms)}", expires_in=3600, token_type="Bearer")

        return app


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    certificates = make_certificates(tmp_path / "tls")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.ca))
    made = Authority()
    served = str(certificates.server)
    server = make_server("127.0.0.1", 0, made.app(), threaded=True, ssl_context=(served, served))
    made.url = f"https://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def settings(url: str, **more: str) -> Settings:
    return Settings.load({**ENVIRON, "HUB_AUTHORITY_URL": url, "HUB_CLIENT_SECRET": "opens nothing", **more})


def certified(path: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, *, kept: bool = True) -> Path:
    """Write a certificate of *key*, with that key or (*kept* is false) with another one."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hub")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(start).not_valid_after(start + timedelta(days=3650)).sign(key, hashes.SHA256())
    )  # fmt: skip
    private = (key if kept else rsa_key()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return certified(tmp_path / "hub.pem", rsa_key())


def test_a_token_is_asked_for_once_and_kept(authority: Authority) -> None:
    tokens = Tokens(settings(authority.url))

    assert [tokens.token(), tokens.token()] == ["token-1", "token-1"]

    (form,) = authority.forms
    assert form["scope"] == "https://graph.microsoft.com/.default"
    assert form["client_secret"] == "opens nothing"


def test_a_token_that_was_refused_is_asked_for_anew(authority: Authority) -> None:
    tokens = Tokens(settings(authority.url))
    tokens.forget()
    tokens.token()

    tokens.forget()

    assert tokens.token() == "token-2"


def test_a_certificate_proves_the_app_without_a_secret(authority: Authority, certificate: Path) -> None:
    tokens = Tokens(settings(authority.url, HUB_CLIENT_CERTIFICATE=str(certificate)))

    assert tokens.token() == "token-1"

    (form,) = authority.forms
    assert "client_secret" not in form
    assert form["client_assertion"].count(".") == 2


def test_a_credential_that_is_refused_makes_everything_wait(authority: Authority) -> None:
    authority.refuses = True

    with pytest.raises(Unavailable) as failure:
        Tokens(settings(authority.url)).token()

    assert failure.value.reason == "token_refused"
    assert failure.value.retry_after is not None
    assert "7000215" in str(failure.value)
    assert "secret words" not in str(failure.value)


@pytest.mark.parametrize("url", ["https://127.0.0.1:1", "http://127.0.0.1:1"], ids=["nobody there", "not https"])
def test_an_authority_that_is_away_makes_everything_wait(url: str) -> None:
    with pytest.raises(Unavailable) as failure:
        Tokens(settings(url)).token()

    assert failure.value.reason == "token_unreachable"


def test_without_a_credential_everything_waits_too() -> None:
    """Mending the setting needs a restart anyway: until then no letter and no absence is to be parked."""
    with pytest.raises(Unavailable, match=r"HUB_CLIENT_CERTIFICATE.*HUB_CLIENT_SECRET"):
        Tokens(settings("https://127.0.0.1:1", HUB_CLIENT_SECRET="")).token()


def test_a_missing_credential_names_both_ways_to_give_it() -> None:
    with pytest.raises(Invalid, match=r"HUB_CLIENT_CERTIFICATE.*HUB_CLIENT_SECRET"):
        credential(settings("https://127.0.0.1:1", HUB_CLIENT_SECRET=""))


@pytest.mark.parametrize("content", [None, b"junk"], ids=["missing", "junk"])
def test_a_certificate_that_cannot_be_used_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "broken.pem"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(Invalid, match=r"HUB_CLIENT_CERTIFICATE .*broken\.pem: expected a PEM file"):
        credential(settings("https://127.0.0.1:1", HUB_CLIENT_CERTIFICATE=str(path)))


@pytest.mark.parametrize("kind", ["another key", "an elliptic key"])
def test_a_certificate_that_proves_nothing_makes_everything_wait_and_is_named(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "odd.pem"
    if kind == "another key":
        certified(path, rsa_key(), kept=False)
    else:
        certified(path, ec.generate_private_key(ec.SECP256R1()))

    with pytest.raises(Unavailable, match=r"HUB_CLIENT_CERTIFICATE .*odd\.pem") as failure:
        Tokens(settings("https://127.0.0.1:1", HUB_CLIENT_CERTIFICATE=str(path))).token()

    assert failure.value.reason == "invalid_certificate"


def test_no_call_to_the_authority_waits_for_ever() -> None:
    given: dict[str, object] = {}

    _with_deadline(lambda *_, **kwargs: given.update(kwargs))("GET", "https://x")

    assert given["timeout"] == 15.0
