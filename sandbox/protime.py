"""A stand-in for the Protime API connector: token, absences, delta, webhooks; and controls that make it change."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import orjson
import requests
from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from standardwebhooks import Webhook

from sandbox.control import only_from_here
from sandbox.protime_data import TOKEN_LIFETIME, Filter, Json, Protime, shown
from sandbox.protime_hooks import Hooks
from sandbox.state import Tenant

Send = Callable[[str, bytes, dict[str, str]], int]  # (url, body, headers) -> the status it got

CLIENT_ID = "hub"
CLIENT_SECRET = "protime-secret"

# The vendor's links start at the root of the host, so the API answers there as well as under /protime.
_API = "/connector/protimeapi/api/v1"
_AGENT = re.compile(r"^[\w.-]+/v\d+(\.\d+)* \([^)]+\)$")


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    return requests.post(url, data=body, headers=headers, timeout=10).status_code


def blueprint(tenant: Tenant, send: Send = post) -> Blueprint:
    """Return the Protime API of *tenant*, and its controls under `/_sandbox/protime`."""
    system = Blueprint("protime", __name__)
    system.register_blueprint(_connector(tenant, "connector"), url_prefix=_API)
    system.register_blueprint(_connector(tenant, "connector-under-protime"), url_prefix=f"/protime{_API}")
    system.register_blueprint(_controls(tenant, send), url_prefix="/_sandbox/protime")

    @system.post("/protime/tenants/<_name>/connect/token")
    def connect(_name: str) -> ResponseReturnValue:
        if not _AGENT.match(request.user_agent.string):
            return _problem(400, "User-Agent must read: Name/v1 (Organisation)")
        if request.form.get("grant_type") != "client_credentials":
            return jsonify(error="unsupported_grant_type"), 400
        if _credentials() != (CLIENT_ID, CLIENT_SECRET):
            return jsonify(error="invalid_client"), 401
        lifetime = int(TOKEN_LIFETIME.total_seconds())
        return jsonify(access_token=protime_of(tenant).issue_bearer(), token_type="Bearer", expires_in=lifetime)

    return system


def _controls(tenant: Tenant, send: Send) -> Blueprint:
    controls = Blueprint("controls", __name__)
    controls.before_request(only_from_here)

    @controls.post("/apply-delta")
    def apply_delta() -> ResponseReturnValue:
        return jsonify(applied=protime_of(tenant).apply_coming())

    @controls.post("/hint")
    def hint() -> ResponseReturnValue:
        wanted: Json = request.get_json()
        body, headers = signed_hint(wanted["secret"], wanted["employees"])
        try:
            return jsonify(status=send(wanted["url"], body, headers))
        except requests.RequestException as error:
            return _problem(502, f"the hook could not be reached: {type(error).__name__}")

    return controls


def signed_hint(secret: str, employees: list[str], now: datetime | None = None) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of the message that absences of *employees* changed, signed with *secret*.

    *now* is the receiver's time, which it compares with the signature's: the real one, not the tenant's, if not given.
    """
    now, message_id = now or datetime.now(UTC), f"msg_{uuid4().hex}"
    hint = {"type": "absences.changed", "timestamp": now.isoformat(), "data": {"employees": employees}}
    body = orjson.dumps(hint)
    headers = {
        "content-type": "application/json",
        # https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, now, body.decode()),
    }
    return body, headers


def protime_of(tenant: Tenant) -> Protime:
    """Return the Protime of *tenant*, laid around its clock at the first question."""
    with tenant.lock:
        protime = tenant.extra.get("protime")
        if not isinstance(protime, Protime):
            protime = Protime.around(tenant.clock)
            protime.listeners.append(lambda items: hooks_of(tenant).tell("absences", items))
            tenant.extra["protime"] = protime
        return protime


def hooks_of(tenant: Tenant) -> Hooks:
    """Return the webhooks at the Protime of *tenant*; the tenant's courier delivers for them."""
    with tenant.lock:
        hooks = tenant.extra.get("protime_hooks")
        if not isinstance(hooks, Hooks):
            hooks = Hooks(tenant.clock, tenant.courier.post)
            tenant.extra["protime_hooks"] = hooks
        return hooks


def _connector(tenant: Tenant, name: str) -> Blueprint:
    """Return the collections that Protime publishes, closed to whoever has no token or says not who he is."""
    api = Blueprint(name, __name__)

    @api.before_request
    def admit() -> ResponseReturnValue | None:
        # mandatory: https://documentation.myprotime.eu/protimeapi/reference/general-specs
        if not _AGENT.match(request.user_agent.string):
            return _problem(400, "User-Agent must read: Name/v1 (Organisation)")
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not protime_of(tenant).knows(bearer):
            return _problem(401, "Unauthorized")
        return None

    @api.get("/absence-definitions")
    def definitions() -> ResponseReturnValue:
        return jsonify(value=protime_of(tenant).definitions)

    @api.get("/absence-groups")
    def groups() -> ResponseReturnValue:
        return jsonify(value=protime_of(tenant).groups)

    @api.get("/absences")
    def absences() -> ResponseReturnValue:
        with tenant.lock:
            return _absences(protime_of(tenant))

    @api.get("/delta/absences")
    def delta() -> ResponseReturnValue:
        with tenant.lock:
            found = protime_of(tenant).changes_since(request.args.get("deltaToken", ""))
        if found is None:
            return _problem(410, "Gone")
        return jsonify(value=found[0], deltaLink=_delta_link(found[1]))

    _add_webhooks(api, tenant)
    return api


def _add_webhooks(api: Blueprint, tenant: Tenant) -> None:
    """Let *api* keep webhooks: https://documentation.myprotime.eu/protimeapi/how-to/set-up-webhooks/."""

    @api.post("/webhooks")
    def create_hook() -> ResponseReturnValue:
        wanted: Json = request.get_json()
        try:
            hook = hooks_of(tenant).create(str(wanted.get("destinationUrl", "")), str(wanted.get("collectionName", "")))
        except ValueError as error:
            return _problem(400, str(error))
        body = jsonify(privateKey=hook.key, validUntil=hooks_of(tenant).shown(hook)["validUntil"])
        return body, 201, {"Location": f"{_API}/webhooks/{hook.id}"}

    @api.get("/webhooks")
    def list_hooks() -> ResponseReturnValue:
        try:
            return jsonify(value=hooks_of(tenant).listed(request.args.get("filter", "")))
        except ValueError as error:
            return _problem(400, str(error))

    @api.get("/webhooks/<id_>")
    def show_hook(id_: str) -> ResponseReturnValue:
        hook = hooks_of(tenant).made.get(id_)
        return _problem(404, "Not Found") if hook is None else jsonify(hooks_of(tenant).shown(hook))

    @api.delete("/webhooks/<id_>")
    def delete_hook(id_: str) -> ResponseReturnValue:
        return Response(status=204) if hooks_of(tenant).delete(id_) else _problem(404, "Not Found")


def _absences(protime: Protime) -> ResponseReturnValue:
    try:
        wanted = Filter.parse(request.args.get("filter", ""))
        number = _page_number(request.args.get("continuationToken", "c0"))
        found = protime.page(number, wanted)
    except (ValueError, IndexError) as error:
        return _problem(400, str(error))
    with_numbers = request.args.get("externalReferences") == "(people,@employee-number)"
    page: Json = {"value": [shown(record, with_numbers=with_numbers) for record in found]}
    if number + 1 < len(protime.pages):
        page["nextLink"] = _next_link(number + 1)
    elif "delta" in request.args:
        page["deltaLink"] = _delta_link(protime.open_delta(wanted, with_numbers=with_numbers))
    return jsonify(page)


def _page_number(token: str) -> int:
    if not re.fullmatch(r"c\d+", token):
        raise ValueError(f"unknown continuationToken: {token}")
    return int(token[1:])


def _next_link(number: int) -> str:
    """Return the link as the vendor writes it: from the root, and not percent-encoded."""
    kept = [f"{name}={request.args[name]}" for name in ("filter", "externalReferences") if name in request.args]
    flag = ["delta"] if "delta" in request.args else []
    return f"{_API}/absences?{'&'.join([*kept, *flag, f'continuationToken=c{number}'])}"


def _delta_link(token: str) -> str:
    return f"{_API}/delta/absences?deltaToken={token}"


def _credentials() -> tuple[str | None, str | None]:
    """Return id and secret, from the form or from Basic authentication."""
    if request.authorization and request.authorization.type == "basic":
        return request.authorization.username, request.authorization.password
    return request.form.get("client_id"), request.form.get("client_secret")


def _problem(status: int, title: str) -> tuple[Response, int]:
    return jsonify(title=title), status
