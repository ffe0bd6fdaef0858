"""Notifications with resource data: asked for as Microsoft wants it, encrypted and signed as it describes."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.x509.oid import NameOID

from sandbox.state import Tenant
from tests.contract.sandbox.client import FIEN, Client
from tests.contract.sandbox.conftest import Clock, Listener

MAIL = f"From: burger@example.org\r\nTo: {FIEN}\r\nSubject: Vraag\r\nMessage-ID: <1@example.org>\r\n\r\nDag."
RESOURCE = f"users/{FIEN}/messages?$select=subject,isRead"
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(key: Key, clock: Clock) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hub")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(clock()).not_valid_after(clock() + timedelta(days=365))
    return builder.sign(key, hashes.SHA256())


def encoded(made: x509.Certificate) -> str:
    return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()


@pytest.fixture
def wish(listener: Listener, key: rsa.RSAPrivateKey, clock: Clock) -> Callable[..., dict[str, Any]]:
    """Return a maker of rich wishes."""

    def make(**changes: Any) -> dict[str, Any]:
        body = {
            "changeType": "created,deleted",
            "notificationUrl": f"{listener.url}/hook",
            "resource": RESOURCE,
            "expirationDateTime": "2027-05-08T09:00:00Z",
            "clientState": "secret",
            "includeResourceData": True,
            "encryptionCertificate": encoded(certificate(key, clock)),
            "encryptionCertificateId": "one",
        }
        return {name: value for name, value in (body | changes).items() if value is not None}

    return make


def opened(content: dict[str, str], key: rsa.RSAPrivateKey) -> Any:
    """Decrypt by the steps of the documentation."""
    parts = {name: base64.b64decode(content[name]) for name in ("data", "dataKey", "dataSignature")}
    oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)  # noqa: S303 - Graph's choice
    data_key = key.decrypt(parts["dataKey"], oaep)
    assert hmac.new(data_key, parts["data"], hashlib.sha256).digest() == parts["dataSignature"]
    decryptor = Cipher(algorithms.AES(data_key), modes.CBC(data_key[:16])).decryptor()
    padded = decryptor.update(parts["data"]) + decryptor.finalize()
    return json.loads(padded[: -padded[-1]])


def test_a_change_brings_what_was_selected_of_the_thing(
    client: Client, listener: Listener, tenant: Tenant, wish: Any, key: rsa.RSAPrivateKey, clock: Clock
) -> None:
    assert client("POST", "/subscriptions", wish()).status_code == 201

    tenant.deliver(FIEN, MAIL.encode())

    assert tenant.courier.wait_until_idle()
    (item,) = listener.items
    content = item["encryptedContent"]
    thing = opened(content, key)
    assert (thing["subject"], thing["isRead"]) == ("Vraag", False)
    assert {name for name in thing if not name.startswith("@")} == {"id", "subject", "isRead"}
    assert thing["id"] == item["resourceData"]["id"]
    fingerprint = certificate(key, clock).fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303 - so Graph names them
    assert (content["encryptionCertificateId"], content["encryptionCertificateThumbprint"]) == ("one", fingerprint)


def test_two_notices_share_no_key(client: Client, listener: Listener, tenant: Tenant, wish: Any) -> None:
    client("POST", "/subscriptions", wish())

    for _ in range(2):
        tenant.deliver(FIEN, MAIL.encode())

    assert tenant.courier.wait_until_idle()
    assert len({item["encryptedContent"]["data"] for item in listener.items}) == 2


def test_a_token_proves_who_sent_it(client: Client, tenant: Tenant, clock: Clock) -> None:
    made = tenant.signer.validation_token(tenant.tenant_id, tenant.client_id, clock())

    metadata = client.session.get(f"{client.sandbox.url}/common/.well-known/openid-configuration", timeout=10).json()
    (jwk,) = client.session.get(metadata["jwks_uri"], timeout=10).json()["keys"]
    options = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
    claims = jwt.decode(made, jwt.PyJWK(jwk), ["RS256"], audience=tenant.client_id, options=options)  # type: ignore[arg-type]  # PyJWT's own type of options
    assert jwt.get_unverified_header(made)["kid"] == jwk["kid"]
    assert claims["iss"] == f"https://sts.windows.net/{tenant.tenant_id}/"
    assert claims["appid"] == "0bf30f3b-4a52-48df-9a82-234910c4a086"
    assert metadata["issuer"] == "https://sts.windows.net/{tenantid}/"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"encryptionCertificate": None}, id="no certificate"),
        pytest.param({"encryptionCertificate": "AAAA"}, id="no X.509"),
        pytest.param({"encryptionCertificate": "not base64!"}, id="no base64"),
        pytest.param({"encryptionCertificateId": "x" * 129}, id="a long label"),
        pytest.param({"resource": f"users/{FIEN}/messages"}, id="nothing selected"),
        pytest.param({"expirationDateTime": "2027-05-08T10:01:00Z"}, id="longer than a day"),
        pytest.param({"resource": "users?$select=id", "changeType": "updated"}, id="people are never told richly"),
    ],
)
def test_a_rich_wish_beyond_the_rules_is_refused(client: Client, wish: Any, changes: dict[str, Any]) -> None:
    assert client("POST", "/subscriptions", wish(**changes)).status_code == 400


@pytest.mark.parametrize(
    "make",
    [
        lambda: rsa.generate_private_key(public_exponent=65537, key_size=1024),  # noqa: S505 - to be refused
        lambda: ec.generate_private_key(ec.SECP256R1()),
    ],
    ids=["a short key", "no RSA"],
)
def test_a_key_of_another_kind_is_refused(client: Client, wish: Any, clock: Clock, make: Callable[[], Key]) -> None:
    wrong = encoded(certificate(make(), clock))

    assert client("POST", "/subscriptions", wish(encryptionCertificate=wrong)).status_code == 400


def test_a_certificate_is_replaced_at_a_renewal(
    client: Client, listener: Listener, tenant: Tenant, wish: Any, key: rsa.RSAPrivateKey, clock: Clock
) -> None:
    made = client("POST", "/subscriptions", wish()).json()
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    changes = {"encryptionCertificate": encoded(certificate(other, clock)), "encryptionCertificateId": "two"}
    renewed = client("PATCH", f"/subscriptions/{made['id']}", changes).json()
    tenant.deliver(FIEN, MAIL.encode())

    assert (made["encryptionCertificateId"], renewed["encryptionCertificateId"]) == ("one", "two")
    assert tenant.courier.wait_until_idle()
    (item,) = listener.items
    assert opened(item["encryptedContent"], other)["subject"] == "Vraag"


def test_a_rich_life_is_not_longer_after_a_renewal(client: Client, wish: Any) -> None:
    made = client("POST", "/subscriptions", wish()).json()

    beyond = {"expirationDateTime": "2027-05-09T00:00:00Z"}
    assert client("PATCH", f"/subscriptions/{made['id']}", beyond).status_code == 400
