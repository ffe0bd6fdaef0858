"""What every Graph resource has in common: the token, error bodies, headers, preferences, pages."""

import re
import uuid
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Response, current_app, g, jsonify, request

from sandbox.errors import GraphError, bad_request
from sandbox.state import Json, Tenant
from sandbox.zones import zone

T = TypeVar("T")
_OPTIONS = {"$select", "$filter", "$top", "$skip", "$skiptoken", "$deltatoken", "$expand", "$orderby", "$count"}
_PREFERENCE = re.compile(r'\s*([\w.-]+)\s*=\s*"?([^",]*)"?\s*(?:,|$)')


def tenant() -> Tenant:
    """Return the tenant that this app serves."""
    found: Tenant = current_app.extensions["sandbox"]
    return found


def check_request() -> None:
    """Refuse what has no valid token (401) or asks for a query option that Graph does not know (400)."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise _unauthorized("Access token is empty.")
    with tenant().lock:
        expires = tenant().tokens.get(token)
    if expires is None:
        raise _unauthorized("IDX10511: Signature validation failed.")
    if expires <= tenant().now():
        raise _unauthorized("Lifetime validation failed, the token is expired.")
    unknown = {name for name in request.args if name.startswith("$")} - _OPTIONS
    if unknown:
        raise bad_request(f"The query parameter '{min(unknown)}' is not supported.", "BadRequest")


def _unauthorized(message: str) -> GraphError:
    return GraphError(401, "InvalidAuthenticationToken", message, {"WWW-Authenticate": 'Bearer realm=""'})


def error_response(error: GraphError) -> Response:
    """Write *error* as Graph does: `{"error": {"code", "message", "innerError"}}`."""
    inner = {
        "date": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}",
        "request-id": request_id(),
        "client-request-id": request.headers.get("client-request-id", request_id()),
    }
    response = jsonify({"error": {"code": error.code, "message": error.message, "innerError": inner}})
    response.status_code = error.status
    response.headers.extend(error.headers)
    return response


def request_id() -> str:
    if "request_id" not in g:
        g.request_id = str(uuid.uuid4())
    return str(g.request_id)


def add_headers(response: Response) -> Response:
    response.headers["request-id"] = request_id()
    response.headers["client-request-id"] = request.headers.get("client-request-id", request_id())
    if applied := g.get("applied"):
        response.headers["Preference-Applied"] = ", ".join(applied)
    return response


@dataclass(frozen=True)
class Preferences:
    """How the caller wants to see Outlook's times and ids, and how much of them at once."""

    zone: str
    immutable: bool
    page_size: int | None = None


def preferences() -> Preferences:
    """Read the Prefer header; what is honoured is echoed. Raises: GraphError 400 for an unknown zone."""
    asked = {
        name.lower(): value
        for line in request.headers.getlist("Prefer")
        for name, value in _PREFERENCE.findall(line)
    }  # fmt: skip
    immutable = asked.get("idtype", "").lower() == "immutableid"
    name = asked.get("outlook.timezone", "UTC")
    zone(name)
    g.applied = [f'outlook.timezone="{name}"'] if "outlook.timezone" in asked else []
    g.applied += ['IdType="ImmutableId"'] if immutable else []
    size = asked.get("odata.maxpagesize", "")
    g.applied += [f"odata.maxpagesize={size}"] if size else []
    if size and (not size.isdigit() or not int(size)):
        raise bad_request(f"Invalid page size '{size}'.", "BadRequest")
    return Preferences(name, immutable, int(size) if size else None)


def json_body() -> Json:
    """Return the JSON object that was sent, without annotations. Raises: GraphError 400, 415."""
    if not request.is_json:
        raise GraphError(415, "RequestBodyRead", "The Content-Type must be application/json.")
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise bad_request("Unable to read JSON request payload.", "BadRequest")
    return {name: value for name, value in body.items() if not name.startswith("@odata.")}


def transfer_url(path: str) -> str:
    """Return an address on another host than Graph's, as SharePoint's are: it must not see a token for Graph."""
    host, _, port = request.host.partition(":")
    other = "127.0.0.1" if host == "localhost" else "localhost"
    return f"{request.scheme}://{other}:{port}/{path}" if port else f"{request.scheme}://{other}/{path}"


def context(fragment: str) -> str:
    return f"{request.root_url}v1.0/$metadata#{fragment}"


def entity(fragment: str, value: Json, status: int = 200) -> Response:
    """Answer one entity, only the properties of $select if there is one."""
    response = jsonify({"@odata.context": context(f"{fragment}/$entity")} | selected(value))
    response.status_code = status
    return response


def selected(value: Json, always: Iterable[str] = ("id",), default: Iterable[str] | None = None) -> Json:
    """Return *value* with what $select names (else *default*, else all). Raises: GraphError 400 for an unknown name."""
    names = names_of(request.args.get("$select"), value) or default
    if names is None:
        return value
    kept = {*names, *always} if "$select" in request.args else {*names}
    kept |= set(re.findall(r"(?:^|,)(\w+)", request.args.get("$expand", "")))
    return {key: item for key, item in value.items() if key in kept or key.startswith("@odata.")}


def names_of(select: str | None, known: Container[str]) -> list[str]:
    """Return the names in a $select. Raises: GraphError 400 for one that is not *known*."""
    names = [name.strip() for name in (select or "").split(",") if name.strip()]
    for name in names:
        if name not in known:
            raise bad_request(f"Could not find a property named '{name}'.", "BadRequest")
    return names


def number(option: str, default: int) -> int:
    text = request.args.get(option, str(default))
    if not text.isdigit():
        raise bad_request(f"Invalid value '{text}' for {option}.", "BadRequest")
    return int(text)


def page(
    fragment: str, items: Sequence[T], render: Callable[[T], Json], default: int, cursor: str = "$skip"
) -> Response:
    """Answer one page of *items* and the link to the next, which carries every option of this request."""
    size, start = number("$top", default), number(cursor, 0)
    if not size:
        raise bad_request("Invalid page size.", "BadRequest")
    body: dict[str, Any] = {"@odata.context": context(fragment)}
    if request.args.get("$count") == "true":
        body["@odata.count"] = len(items)
    body["value"] = [render(item) for item in items[start : start + size]]
    if start + size < len(items):
        options = request.args.to_dict() | {cursor: str(start + size)}
        body["@odata.nextLink"] = f"{request.base_url}?{urlencode(options)}"
    return jsonify(body)
