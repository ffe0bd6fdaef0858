"""Who somebody is, asked of Entra ID: OpenID Connect's authorization code flow with PKCE, by msal.

Nothing of Graph is asked for and no token is kept: what remains of a sign-in is the Visitor.
Source: https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow
"""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import requests

from shared.clock import Clock
from shared.config import Settings
from shared.errors import Invalid, Permanent, Transient
from shared.http import Http

SKEW = timedelta(minutes=2)  # that two clocks may differ
_DEADLINE = 15.0  # seconds; msal's own default is to wait for ever
_ANYBODY = ("common", "organizations", "consumers")  # tenants in which accounts of every organisation sign in
# Of the answer msal is given this only: it also reads client_info, of which anybody can make something odd.
_ANSWER = ("code", "state", "error", "error_description")
_DECLINED = ("", "AADSTS65004")


@dataclass(frozen=True)
class Visitor:
    """A person who signed in. *user_id* (`oid`) and *tenant* (`tid`) are who it is; *name* is for the page only.

    *roles* are the application roles of the app registration that this person was given, "HubAdmin" for instance.
    """

    user_id: str
    tenant: str
    name: str = field(repr=False)
    roles: tuple[str, ...] = ()


class Refused(Permanent):
    """Nobody was signed in; *code* is Entra's number for it ("AADSTS50105"), empty when it was not Entra's refusal."""

    def __init__(self, reason: str, message: str, code: str = "") -> None:
        super().__init__(reason, message)
        self.code = code


class Entra:
    """The authority of one tenant, spoken to as the hub's app. One for all threads."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        if settings.tenant_id.lower() in _ANYBODY:
            message = f"HUB_TENANT_ID: expected the id or a domain of one tenant, came {settings.tenant_id}"
            raise Invalid("tenant_of_anybody", f"{message}: everybody with a Microsoft account could sign in")
        self._settings, self._clock = settings, clock
        self._address = f"{settings.authority_url}/{settings.tenant_id}"
        self._lock = threading.Lock()
        self._app: Any = None
        self._issuer = ""

    @property
    def sign_out_address(self) -> str:
        """Where the sign-in at Microsoft itself is ended."""
        # https://learn.microsoft.com/en-us/entra/identity-platform/v2-protocols-oidc#send-a-sign-out-request
        return f"{self._address}/oauth2/v2.0/logout"

    def begin(self, redirect_uri: str, prompt: str | None) -> dict[str, Any]:
        """Return the flow: the person goes to its `auth_uri`, the rest is kept until they are back.

        Raises: Transient when the authority does not answer, Invalid when the app has no credential.
        """
        # The answer comes back in the query. msal advises form_post, but that is a POST from another site, with which
        # browsers send no SameSite=Lax cookie: the flow would be gone. The code is useless without our credential and
        # the verifier. msal adds openid and profile by itself.
        flow: dict[str, Any] = self._application().initiate_auth_code_flow(
            scopes=[], redirect_uri=redirect_uri, prompt=prompt, response_mode="query"
        )
        return flow

    def finish(self, flow: Mapping[str, Any], answer: Mapping[str, str]) -> Visitor:
        """Return who came back with *answer* (the query) from the *flow* that begin returned.

        Raises: Refused; Transient when the authority does not answer.
        """
        known = {name: answer[name] for name in _ANSWER if name in answer}
        try:
            # compares the state, proves with PKCE's verifier that we began this, and compares the nonce of the ID token
            result = self._application().acquire_token_by_auth_code_flow(dict(flow), known)
        except requests.RequestException as error:
            raise _away(error) from error
        except ValueError as error:  # the state is another one's, or there is neither code nor error
            raise Refused("expired", "the answer does not belong to the sign-in that this browser began") from error
        except RuntimeError as error:
            raise Refused("unproven", "the ID token has another nonce") from error
        if "error" in result:
            raise _refusal(result)
        return self._visitor(result.get("id_token_claims") or {})

    def _visitor(self, claims: Mapping[str, Any]) -> Visitor:
        # Since 1.38 msal compares nothing of the ID token but its nonce
        # (https://github.com/AzureAD/microsoft-authentication-library-for-python/issues/911), so the rest is done here.
        # Its signature is not: the token came straight from the token endpoint, and the certificate of that connection
        # proves who wrote it (https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation, point 6).
        # The issuer is the one that HUB_TENANT_ID's own metadata names, so its tenant is that tenant.
        tenant = str(claims.get("tid", ""))
        if not tenant or f"/{tenant}/" not in self._issuer:
            raise Refused("other_tenant", "the account is of another tenant than HUB_TENANT_ID")
        expected = {"iss": self._issuer, "aud": self._settings.client_id}
        wrong = [name for name, value in expected.items() if claims.get(name) != value]
        wrong += [] if claims.get("oid") else ["oid"]
        wrong += [] if (self._clock.now() - SKEW).timestamp() < float(claims.get("exp", 0)) else ["exp"]
        if wrong:
            raise Refused("unproven", f"the ID token is not usable: {', '.join(wrong)}")
        return Visitor(str(claims["oid"]), tenant, str(claims.get("name", "")), tuple(claims.get("roles", ())))

    def _application(self) -> Any:
        with self._lock:
            if self._app is None:  # lazily: it asks the authority over the network
                try:
                    self._issuer = str(_member(self._address, "issuer"))
                    self._app = _application(self._settings, self._address)
                except (requests.RequestException, ValueError, RuntimeError) as error:
                    raise _away(error) from error
            return self._app


def _member(address: str, name: str) -> Any:
    metadata = Http().get_json(f"{address}/v2.0/.well-known/openid-configuration")
    if not isinstance(metadata, dict) or name not in metadata:
        raise Transient("authority_unreadable", f"the authority's metadata: expected {name}")
    return metadata[name]


def _application(settings: Settings, address: str) -> Any:
    import msal  # noqa: PLC0415 - megabytes that a service needs only when somebody signs in

    from shared.graph.auth import credential  # noqa: PLC0415 - it imports msal

    warnings.filterwarnings("ignore", "response_mode='form_post' is recommended")  # Entra.begin tells why not

    class Forgetful(msal.TokenCache):  # type: ignore[misc]  # msal has no types
        """Keeps no token of anybody; msal would, for as long as the process lives."""

        def add(self, event: Any, now: Any = None) -> None: ...

    return msal.ConfidentialClientApplication(
        settings.client_id,
        authority=address,
        client_credential=credential(settings),
        token_cache=Forgetful(),
        exclude_scopes=["offline_access"],  # no refresh token
        timeout=_DEADLINE,
        instance_discovery=False,  # the setting names the authority; msal need not ask Microsoft whether it is one
    )


def _away(error: Exception) -> Transient:
    return Transient("authority_unreachable", f"authority: {type(error).__name__}")


def _refusal(result: Mapping[str, Any]) -> Refused:
    found = re.match(r"AADSTS\d{1,9}", str(result.get("error_description", "")))
    code = found[0] if found else ""
    # https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow#error-codes-for-authorization-endpoint-errors
    match result["error"]:
        case "access_denied" if code in _DECLINED:
            return Refused("cancelled", "the visitor cancelled", code)
        case "invalid_grant":
            return Refused("expired", "the code was used, is too old or is of another request", code)
    return Refused("refused", "the authority refused the sign-in", code)
