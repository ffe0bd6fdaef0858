"""The authority, as Microsoft Entra is one: who it is, and tokens for whoever proves to be the application.

An application proves itself with its secret or its certificate, for itself (client credentials) or for a person who
signed in (sandbox/authorize.py).
"""

import base64
import hmac
import secrets
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from flask import Blueprint, Response, current_app, jsonify, request

from sandbox import authorize
from sandbox.authorize import SignInError, check_tenant
from sandbox.state import Json, Tenant

bp = Blueprint("identity", __name__)
bp.register_blueprint(authorize.bp)
TOKEN_LIFETIME = timedelta(seconds=3599)
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@bp.get("/<tenant_id>/v2.0/.well-known/openid-configuration")
def discovery(tenant_id: str) -> Response:
    check_tenant(tenant_id)
    root = f"{request.root_url}{_tenant().tenant_id}"  # the id, also when a domain was asked for
    return jsonify(
        {
            "issuer": f"{root}/v2.0",
            "token_endpoint": f"{root}/oauth2/v2.0/token",
            "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
            "end_session_endpoint": f"{root}/oauth2/v2.0/logout",
            "device_authorization_endpoint": f"{root}/oauth2/v2.0/devicecode",
            "jwks_uri": f"{root}/discovery/v2.0/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
    )


@bp.get("/common/.well-known/openid-configuration")
def common_discovery() -> Response:
    """Tell who signs the tokens of the first version, those of change notifications among them."""
    root = f"{request.root_url}common"
    return jsonify(
        {
            "issuer": "https://sts.windows.net/{tenantid}/",
            "token_endpoint": f"{root}/oauth2/token",
            "jwks_uri": f"{root}/discovery/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        }
    )


@bp.get("/common/discovery/keys")
def common_keys() -> Response:
    return jsonify(_tenant().signer.published())


@bp.get("/<tenant_id>/discovery/v2.0/keys")
def keys(tenant_id: str) -> Response:
    check_tenant(tenant_id)
    return jsonify(_tenant().signer.published())


@bp.post("/<tenant_id>/oauth2/v2.0/token")
def token(tenant_id: str) -> Response:
    check_tenant(tenant_id)
    form = request.form
    match form.get("grant_type"):
        case "client_credentials":
            return jsonify(_for_itself(_tenant(), form))
        case "authorization_code":
            with _tenant().lock:
                _check_client(_tenant(), form)
                return jsonify(authorize.redeem(_tenant(), form, f"{request.root_url}{_tenant().tenant_id}/v2.0"))
    raise SignInError(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")


def _for_itself(tenant: Tenant, form: Mapping[str, str]) -> Json:
    if not form.get("scope", "").endswith("/.default"):
        message = f"The provided value for scope '{form.get('scope')}' is not valid: it must end in /.default."
        raise SignInError(400, "invalid_scope", 1002012, message)
    with tenant.lock:
        _check_client(tenant, form)
        made = secrets.token_urlsafe(48)
        tenant.tokens[made] = tenant.now() + TOKEN_LIFETIME
    seconds = int(TOKEN_LIFETIME.total_seconds())
    return {"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": made}


@bp.errorhandler(SignInError)
def refused(error: SignInError) -> tuple[Response, int]:
    body = {
        "error": error.error,
        "error_description": str(error),
        "error_codes": [error.number],
        "timestamp": f"{_tenant().now():%Y-%m-%d %H:%M:%SZ}",
        "trace_id": str(uuid.uuid4()),
        "correlation_id": request.headers.get("client-request-id", str(uuid.uuid4())),
        "error_uri": f"https://login.microsoftonline.com/error?code={error.number}",
    }
    return jsonify(body), error.status


def _tenant() -> Tenant:
    found: Tenant = current_app.extensions["sandbox"]
    return found


def _check_client(tenant: Tenant, form: Mapping[str, str]) -> None:
    if form.get("client_id") != tenant.client_id:
        message = f"Application with identifier '{form.get('client_id')}' was not found in the directory."
        raise SignInError(400, "unauthorized_client", 700016, message)
    if "client_assertion" in form:
        _check_assertion(tenant, form)
    elif "client_secret" not in form:
        message = "'client_assertion' or 'client_secret' is required for the 'client_credentials' grant type."
        raise SignInError(401, "invalid_client", 7000216, message)
    elif not hmac.compare_digest(form["client_secret"].encode(), tenant.client_secret.encode()):
        raise SignInError(401, "invalid_client", 7000215, "Invalid client secret provided.")


def _check_assertion(tenant: Tenant, form: Mapping[str, str]) -> None:
    # https://learn.microsoft.com/en-us/entra/identity-platform/certificate-credentials
    if form.get("client_assertion_type") != _ASSERTION_TYPE:
        raise _bad_assertion(700025, "the client_assertion_type is not known")
    claims = _verified(tenant, form["client_assertion"])
    if claims["exp"] <= tenant.now().timestamp():
        raise _bad_assertion(700024, "it is not within its valid time range")
    if not claims["iss"] == claims["sub"] == tenant.client_id:
        raise _bad_assertion(700030, "issuer and subject must be the client id")
    if claims["jti"] in tenant.seen_assertions:
        raise _bad_assertion(700027, "it was used before")
    tenant.seen_assertions.add(claims["jti"])


def _verified(tenant: Tenant, assertion: str) -> dict[str, Any]:
    required = ["aud", "exp", "iss", "sub", "jti"]
    try:
        certificate = _certificate(tenant, jwt.get_unverified_header(assertion))
        return jwt.decode(
            assertion,
            certificate.public_key(),  # type: ignore[arg-type]  # a key of another kind fails as any bad signature
            algorithms=["RS256", "PS256"],
            audience=request.base_url,
            options={"require": required, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
    except jwt.InvalidAudienceError as error:
        raise _bad_assertion(700023, "its audience is not this token endpoint") from error
    except jwt.InvalidTokenError as error:
        raise _bad_assertion(700027, str(error)) from error


def _certificate(tenant: Tenant, header: Mapping[str, Any]) -> x509.Certificate:
    for pem in tenant.trusted_certificates:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        thumbprints = {
            "x5t#S256": _thumbprint(certificate, hashes.SHA256()),
            "x5t": _thumbprint(certificate, hashes.SHA1()),  # noqa: S303 - a name for the certificate, not a protection
        }
        if any(str(header.get(name)).rstrip("=") == value for name, value in thumbprints.items()):  # msal pads
            return certificate
    raise _bad_assertion(700027, "the certificate is not registered with the application")


def _thumbprint(certificate: x509.Certificate, algorithm: hashes.HashAlgorithm) -> str:
    return base64.urlsafe_b64encode(certificate.fingerprint(algorithm)).decode().rstrip("=")


def _bad_assertion(number: int, reason: str) -> SignInError:
    return SignInError(401, "invalid_client", number, f"The client assertion was refused: {reason}.")
