"""The app's own token for Graph, by certificate or secret. With the console's sign-in the only file that knows msal."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msal
import requests

from shared.config import Settings
from shared.errors import Invalid, Unavailable
from shared.http import session

DEADLINE = 15.0  # seconds; msal's own default is to wait for ever
PAUSE = timedelta(seconds=30)  # a wrong secret is tried this often at most, so that mending it is noticed soon
_KNOWN_HOSTS = ("login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn")


class Tokens:
    """Tokens of one app in one tenant. One for all threads: msal keeps its cache per object."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._app: msal.ConfidentialClientApplication | None = None
        graph = urlsplit(settings.graph_url)
        self._scope = f"{graph.scheme}://{graph.netloc}/.default"

    def token(self) -> str:
        """Return a token that is valid for minutes at least.

        Raises: Unavailable: nothing works without one, so everything waits and nothing is given up.
        """
        with self._lock:  # parallel misses would each ask for a token
            try:
                answer = self._application().acquire_token_for_client(scopes=[self._scope])
            except Invalid as error:  # mending the setting takes a restart: until then nothing is to be parked
                raise Unavailable(error.reason, str(error), PAUSE) from error
            except (requests.RequestException, ValueError) as error:
                raise Unavailable("token_unreachable", f"authority: {type(error).__name__}", PAUSE) from error
        if "access_token" not in answer:
            # The description holds trace ids and the app's id, no secret; the code tells ICT what to mend.
            code = answer.get("error_codes") or answer.get("error")
            raise Unavailable("token_refused", f"the authority refused the app's credential: {code}", PAUSE)
        return str(answer["access_token"])

    def forget(self) -> None:
        """Drop the cached token: Graph refused it, perhaps since permissions changed."""
        with self._lock:
            if self._app is not None:
                self._app.remove_tokens_for_client()

    def _application(self) -> msal.ConfidentialClientApplication:
        if self._app is None:  # lazily: the constructor asks the authority over the network
            settings = self._settings
            client = session()
            client.request = _with_deadline(client.request)  # type: ignore[method-assign]  # msal passes no timeout of ours
            self._app = msal.ConfidentialClientApplication(
                settings.client_id,
                authority=f"{settings.authority_url}/{settings.tenant_id}",
                client_credential=credential(settings),
                http_client=client,
                instance_discovery=None if urlsplit(settings.authority_url).netloc in _KNOWN_HOSTS else False,
            )
        return self._app


def credential(settings: Settings) -> str | dict[str, str]:
    """Return msal's credential: the certificate when there is one, else the secret.

    Raises: Invalid when neither is set, or the certificate file lacks its key.
    """
    if settings.client_certificate is not None:
        return _certificate(settings.client_certificate)
    if settings.client_secret:
        return settings.client_secret
    raise Invalid("missing_credential", "set HUB_CLIENT_CERTIFICATE (preferred) or HUB_CLIENT_SECRET")


def _certificate(path: Path) -> dict[str, str]:
    from cryptography import x509  # noqa: PLC0415 - megabytes that a secret does not need
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - megabytes that a secret does not need
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415 - as above

    wrong = Invalid(
        "invalid_certificate",
        f"HUB_CLIENT_CERTIFICATE {path}: expected a PEM file with the certificate and its unencrypted RSA private key",
    )
    try:
        pem = path.read_bytes()
        certificate = x509.load_pem_x509_certificate(pem)
        key = serialization.load_pem_private_key(pem, password=None)
    except (OSError, ValueError, TypeError) as error:
        raise wrong from error
    if not isinstance(key, RSAPrivateKey) or key.public_key() != certificate.public_key():
        raise wrong
    return {
        "private_key": key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
        "public_certificate": certificate.public_bytes(serialization.Encoding.PEM).decode(),
    }


def _with_deadline(request: Any) -> Any:
    def bounded(*args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("timeout", DEADLINE)
        return request(*args, **kwargs)

    return bounded
