"""The sign-in of people, as Microsoft Entra does it: a page with the accounts, a code for once, an ID token.

Source: https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow. Stricter than Entra in one
thing: state, nonce and PKCE are required, so that a client that forgot one of them is found out here.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from sandbox.codes import Code
from sandbox.graph.protocol import tenant
from sandbox.state import Json, Tenant

bp = Blueprint("authorize", __name__, template_folder="templates")
CODE_LIFETIME = timedelta(minutes=10)
_TOKEN_LIFETIME = timedelta(hours=1)
_LOOPBACK = ("localhost", "127.0.0.1")  # the addresses that the app registration allows, with any port and path
_CANCELLED = {"error": "access_denied", "error_description": "AADSTS65004: User declined to consent to access the app."}


class SignInError(Exception):
    """What Entra answers: an OAuth error with an AADSTS number."""

    def __init__(self, status: int, error: str, number: int, message: str) -> None:
        super().__init__(f"AADSTS{number}: {message}")
        self.status, self.error, self.number = status, error, number


def check_tenant(tenant_id: str) -> None:
    """Raises: SignInError for any tenant but the one that is served, by its id or a domain of its accounts."""
    if tenant_id.lower() == tenant().tenant_id:
        return
    with tenant().lock:
        domains = {user["userPrincipalName"].partition("@")[2].lower() for user in tenant().users.values()}
    if tenant_id.lower() not in domains:
        raise SignInError(400, "invalid_request", 90002, f"Tenant '{tenant_id}' not found.")


@bp.get("/<tenant_id>/oauth2/v2.0/authorize")
def choose(tenant_id: str) -> str:
    """Show the accounts to sign in with; the page posts to its own address, query included."""
    check_tenant(tenant_id)
    _check(request.args)
    with tenant().lock:
        return render_template("authorize.html", accounts=_accounts(tenant()))


@bp.post("/<tenant_id>/oauth2/v2.0/authorize")
def chosen(tenant_id: str) -> Response:
    """Send the browser back with a code for the account of the form; without one the visitor cancelled."""
    check_tenant(tenant_id)
    asked = request.args
    _check(asked)
    answer = {"code": _code(tenant(), asked, request.form["account"])} if "account" in request.form else _CANCELLED
    return redirect(f"{asked['redirect_uri']}?{urlencode(answer | {'state': asked['state']})}")


@bp.get("/<tenant_id>/oauth2/v2.0/logout")
def logout(tenant_id: str) -> str:
    """Say goodbye; the stand-in remembers no sign-in of a browser, so there is nothing to end."""
    check_tenant(tenant_id)
    return render_template("authorize.html", said="U bent afgemeld. Sluit best alle vensters van de browser.")


@bp.errorhandler(SignInError)
def shown(error: SignInError) -> tuple[str, int]:
    """Tell the visitor: what is wrong with the request itself must not go to an address that may not be ours."""
    return render_template("authorize.html", said=str(error)), error.status


def redeem(signed_in: Tenant, form: Mapping[str, str], issuer: str) -> Json:
    """Return the answer to a token request of grant type authorization_code.

    Raises: SignInError when the code is unknown, used, late, or not of this client's own request.
    """
    given = form.get("code", "")
    with signed_in.lock:
        code = signed_in.codes.get(given)
        if code is None:
            raise _invalid_grant(70000, "The provided value for the 'code' parameter is not valid.")
        if code.redeemed:
            raise _invalid_grant(54005, "OAuth2 Authorization code was already redeemed.")
        signed_in.codes[given] = replace(code, redeemed=True)
        if code.until <= signed_in.now():
            raise _invalid_grant(70008, "The provided authorization code has expired.")
        if form.get("redirect_uri") != code.redirect_uri:
            raise _invalid_grant(500112, "The reply address does not match that of the authorization request.")
        if not code.is_proven_by(form.get("code_verifier", "")):
            raise _invalid_grant(501481, "The Code_Verifier does not match the code_challenge.")
        seconds = int(_TOKEN_LIFETIME.total_seconds())
        return {
            "token_type": "Bearer",
            "scope": "openid profile",
            "expires_in": seconds,
            "ext_expires_in": seconds,
            "access_token": secrets.token_urlsafe(48),  # of a person, and opens nothing here
            "id_token": _id_token(signed_in, code, issuer),
        }


def _check(asked: Mapping[str, str]) -> None:
    """Refuse what Entra shows on a page of its own, instead of sending the browser back."""
    if asked.get("client_id") != tenant().client_id:
        message = f"Application with identifier '{asked.get('client_id')}' was not found in the directory."
        raise SignInError(400, "unauthorized_client", 700016, message)
    back = urlsplit(asked.get("redirect_uri", ""))
    if back.scheme not in ("http", "https") or back.hostname not in _LOOPBACK or back.query or back.fragment:
        message = "The redirect URI specified in the request does not match the redirect URIs of the application."
        raise SignInError(400, "invalid_request", 50011, message)
    if asked.get("response_type") != "code":
        raise SignInError(400, "unsupported_response_type", 70005, "Only response_type 'code' is supported.")
    if "openid" not in asked.get("scope", "").split():
        raise SignInError(400, "invalid_scope", 70011, "The provided value for 'scope' is not valid: it lacks openid.")
    for name in ("state", "nonce", "code_challenge"):
        if not asked.get(name):
            message = f"The request body must contain the following parameter: '{name}'."
            raise SignInError(400, "invalid_request", 900144, message)
    if asked.get("code_challenge_method") != "S256":
        raise SignInError(400, "invalid_request", 9002313, "The code_challenge_method must be S256.")


def _accounts(shown: Tenant) -> list[Json]:
    """Return the people, by name; nobody signs in as a shared mailbox."""
    shared = {user_id for user_id, mailbox in shown.mailboxes.items() if mailbox.purpose != "user"}
    people = [user for user in shown.users.values() if user["id"] not in shared]
    return sorted(people, key=lambda user: str(user["displayName"]))


def _code(signed_in: Tenant, asked: Mapping[str, str], user_id: str) -> str:
    with signed_in.lock:
        user = next((user for user in _accounts(signed_in) if user["id"] == user_id), None)
        if user is None:
            raise SignInError(400, "invalid_request", 50034, "The user account does not exist in the directory.")
        if not user["accountEnabled"]:
            raise SignInError(400, "invalid_grant", 50057, "The user account is disabled.")
        made = secrets.token_urlsafe(48)
        signed_in.codes[made] = Code(
            user_id=user_id,
            redirect_uri=asked["redirect_uri"],
            challenge=asked["code_challenge"],
            nonce=asked["nonce"],
            until=signed_in.now() + CODE_LIFETIME,
        )
        return made


def _id_token(signed_in: Tenant, code: Code, issuer: str) -> str:
    # https://learn.microsoft.com/en-us/entra/identity-platform/id-token-claims-reference
    user, now = signed_in.user(code.user_id), signed_in.now()
    pairwise = hashlib.sha256(f"{signed_in.client_id}/{code.user_id}".encode()).digest()
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": signed_in.client_id,
        "iat": now,
        "nbf": now,
        "exp": now + _TOKEN_LIFETIME,
        "nonce": code.nonce,
        "oid": code.user_id,
        "tid": signed_in.tenant_id,
        "sub": base64.urlsafe_b64encode(pairwise).decode().rstrip("="),
        "name": user["displayName"],
        "preferred_username": user["userPrincipalName"],
        "ver": "2.0",
    }
    if roles := signed_in.app_roles.get(code.user_id):
        claims["roles"] = roles  # without an assignment Entra leaves the claim out
    return signed_in.signer.signed(claims)


def _invalid_grant(number: int, message: str) -> SignInError:
    return SignInError(400, "invalid_grant", number, message)
