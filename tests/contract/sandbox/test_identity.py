"""Only the application itself gets in, with its secret or its certificate."""

import base64
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import msal
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from sandbox.identity import TOKEN_LIFETIME
from sandbox.server import Sandbox
from sandbox.state import Tenant
from tests.contract.sandbox.client import SCOPE, Client, code
from tests.contract.sandbox.conftest import Clock

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
Sign = Callable[..., str]


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hub")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(start).not_valid_after(start + timedelta(days=3650))
    return builder.sign(key, hashes.SHA256())


@pytest.fixture
def sign(client: Client, tenant: Tenant, key: rsa.RSAPrivateKey, certificate: x509.Certificate, clock: Clock) -> Sign:
    """Return a maker of assertions; the tenant trusts the certificate they are signed with."""
    tenant.trusted_certificates.append(certificate.public_bytes(serialization.Encoding.PEM).decode())
    thumbprint = base64.urlsafe_b64encode(certificate.fingerprint(hashes.SHA256())).decode().rstrip("=")

    def assertion(signer: rsa.RSAPrivateKey = key, x5t: str = thumbprint, **changes: Any) -> str:
        claims = {"aud": client.token_url, "iss": tenant.client_id, "sub": tenant.client_id, "jti": str(uuid.uuid4())}
        claims |= {"exp": clock() + timedelta(minutes=10)} | changes
        return jwt.encode(claims, signer, "PS256", headers={"x5t#S256": x5t})

    return assertion


def test_the_secret_opens_graph_for_an_hour(client: Client, clock: Clock) -> None:
    assert client("GET", "/users").status_code == 200
    token = client.token

    clock.time += TOKEN_LIFETIME
    expired = client("GET", "/users", headers={"Authorization": f"Bearer {token}"})

    assert code(expired) == (401, "InvalidAuthenticationToken")
    assert "WWW-Authenticate" in expired.headers


@pytest.mark.parametrize(
    "header", [{"Authorization": ""}, {"Authorization": "Bearer made-up"}], ids=["none", "made up"]
)
def test_without_a_token_of_ours_graph_stays_closed(client: Client, header: dict[str, str]) -> None:
    assert code(client("GET", "/users", headers=header)) == (401, "InvalidAuthenticationToken")


@pytest.mark.parametrize(
    ("form", "status", "error", "number"),
    [
        pytest.param({"client_secret": "wrong"}, 401, "invalid_client", 7000215, id="wrong secret"),
        pytest.param({}, 401, "invalid_client", 7000216, id="no credential"),
        pytest.param({"client_id": "other"}, 400, "unauthorized_client", 700016, id="unknown application"),
        pytest.param({"grant_type": "password"}, 400, "unsupported_grant_type", 70003, id="other grant"),
        pytest.param({"scope": "User.Read"}, 400, "invalid_scope", 1002012, id="delegated scope"),
    ],
)
def test_a_refusal_carries_its_aadsts_number(
    client: Client, form: dict[str, str], status: int, error: str, number: int
) -> None:
    refused = client.sign_in(**form)

    assert (refused.status_code, refused.json()["error"], refused.json()["error_codes"]) == (status, error, [number])
    assert refused.json()["error_description"].startswith(f"AADSTS{number}: ")


def test_a_signed_assertion_opens_graph_once(client: Client, sign: Sign) -> None:
    form = {"client_assertion": sign(), "client_assertion_type": _ASSERTION_TYPE}

    assert client.sign_in(**form).status_code == 200
    assert client.sign_in(**form).json()["error_codes"] == [700027]


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        pytest.param({"exp": datetime(2027, 5, 7, 9, 59, tzinfo=UTC)}, 700024, id="expired"),
        pytest.param({"aud": "https://elsewhere.example.org"}, 700023, id="other audience"),
        pytest.param({"sub": "other"}, 700030, id="other subject"),
        pytest.param({"x5t": "unknown"}, 700027, id="unknown certificate"),
        pytest.param({"signer": rsa.generate_private_key(65537, 2048)}, 700027, id="other key"),
    ],
)
def test_a_wrong_assertion_is_refused(client: Client, sign: Sign, changes: dict[str, Any], number: int) -> None:
    refused = client.sign_in(client_assertion=sign(**changes), client_assertion_type=_ASSERTION_TYPE)

    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert refused.json()["error_codes"] == [number]


def test_msal_signs_in_with_a_certificate(
    sandbox: Sandbox, tenant: Tenant, key: rsa.RSAPrivateKey, certificate: x509.Certificate, clock: Clock
) -> None:
    public = certificate.public_bytes(serialization.Encoding.PEM).decode()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    tenant.trusted_certificates.append(public)
    clock.time = datetime.now(UTC)  # msal dates its assertion itself
    app = msal.ConfidentialClientApplication(
        tenant.client_id,
        client_credential={"private_key": private.decode(), "public_certificate": public},
        authority=f"{sandbox.url}/{tenant.tenant_id}",
        instance_discovery=False,
        verify=str(sandbox.ca),
    )

    token = app.acquire_token_for_client([SCOPE])

    assert token.get("expires_in") == TOKEN_LIFETIME.total_seconds(), token.get("error_description")


def test_an_unknown_tenant_has_no_sign_in(client: Client, sandbox: Sandbox) -> None:
    found = client.session.get(f"{sandbox.url}/elsewhere/v2.0/.well-known/openid-configuration", timeout=5)

    assert (found.status_code, found.json()["error_codes"]) == (400, [90002])
