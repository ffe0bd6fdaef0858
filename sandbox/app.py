"""The web application of the stand-in: Graph, sign-in, transfers, and the systems around them."""

import contextlib
import re
import socket
import time
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Flask, Request, Response, g, request
from werkzeug.exceptions import HTTPException

from sandbox import control, identity, pages, protime, transfers, workflows
from sandbox.errors import GraphError
from sandbox.faults import Fault
from sandbox.graph import (
    batch,
    delta,
    events,
    files,
    groups,
    mailbox_settings,
    messages,
    pace,
    presence,
    protocol,
    sending,
    sites,
    subscriptions,
    teams,
    users,
)
from sandbox.journal import Call, Kind
from sandbox.orjson_provider import OrjsonProvider
from sandbox.state import Json, Tenant

_RESOURCES = (
    users, groups, teams, events, messages, sending, mailbox_settings, presence, subscriptions, sites, files, delta,
    batch,
)  # fmt: skip
_AROUND = (protime, workflows, pages)  # not Microsoft 365
_WRITES = {"POST", "PUT", "PATCH"}
_FAULT_CODES = {429: "TooManyRequests", 503: "serviceNotAvailable", 504: "serviceNotAvailable"}
_KEY = re.compile(r"<(?:\w+:)?(\w+)>")


class _Request(Request):
    """A request whose JSON may have come, read, in a batch."""

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:  # noqa: FBT001, FBT002 - Flask's signature
        known = self.environ.get(batch.BODY)
        return known if known is not None and self.is_json else super().get_json(force, silent, cache)


def create_app(tenant: Tenant) -> Flask:
    """Return the application that serves *tenant*."""
    app = Flask("sandbox")
    app.json, app.request_class = OrjsonProvider(app), _Request
    app.extensions["sandbox"] = tenant
    app.before_request(_misbehave)
    app.after_request(_finish)
    for blueprint in (control.bp, identity.bp, transfers.bp, _graph()):
        app.register_blueprint(blueprint)
    for system in _AROUND:
        app.register_blueprint(system.blueprint(tenant))
    app.register_error_handler(HTTPException, _http_error)
    return app


def _graph() -> Blueprint:
    api = Blueprint("graph", "sandbox.graph", url_prefix="/v1.0")
    api.before_request(protocol.check_request)
    api.before_request(pace.admit)
    api.after_request(protocol.add_headers)
    api.after_request(pace.leave)
    api.register_error_handler(GraphError, protocol.error_response)
    for resource in _RESOURCES:
        api.register_blueprint(resource.bp)
    return api


def _misbehave() -> Response | None:
    g.body = _json_written()
    if request.path.startswith("/_sandbox"):
        return None
    fault = g.fault = protocol.tenant().faults.take(request.method, request.path)
    if fault is None:
        return None
    time.sleep(fault.latency)
    if fault.drop == "before":
        _cut()
        return Response(status=503)
    return _fault_response(fault) if fault.status else None


def _finish(response: Response) -> Response:
    tenant, fault = protocol.tenant(), g.get("fault")
    if not request.path.startswith("/_sandbox"):
        batched = pace.SHARE in request.environ
        query = request.query_string.decode()
        call = Call(request.method, request.path, response.status_code, tenant.now(), g.get("body"), query, batched)
        kind = Kind(request.method, _address(), response.status_code, batched)
        with tenant.lock:
            tenant.requests.append(call)
            tenant.counts[kind] += 1
    if fault is not None and fault.drop == "after":
        _cut()
    return response


def _address() -> str:
    """Return the address without whose it is: `/v1.0/users/{key}/events`."""
    return _KEY.sub(r"{\1}", request.url_rule.rule) if request.url_rule else "unknown"


def _json_written() -> Json | None:
    is_write = request.method in _WRITES and request.is_json
    return request.get_json(silent=True) if is_write else None


def _fault_response(fault: Fault) -> Response:
    status = fault.status or 503
    code = _FAULT_CODES.get(status, "generalException")
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    return protocol.error_response(GraphError(status, code, "Switched on in the sandbox.", headers))


def _cut() -> None:
    """Close the connection under the server's feet: what it writes from now on reaches nobody."""
    for name in ("werkzeug.socket", "gunicorn.socket"):
        if name in request.environ:
            connection: socket.socket = request.environ[name]
            with contextlib.suppress(OSError):  # of a batch, another part cut it already
                connection.shutdown(socket.SHUT_RDWR)


def _http_error(error: HTTPException) -> Response | HTTPException:
    """Graph has its own words for an address it does not know."""
    if not request.path.startswith("/v1.0/"):
        return error
    if error.code == HTTPStatus.NOT_FOUND:
        message = f"Resource not found for the segment '{request.path.rpartition('/')[2]}'."
        return protocol.error_response(GraphError(400, "BadRequest", message))
    return protocol.error_response(GraphError(error.code or 500, "BadRequest", error.description or error.name))
