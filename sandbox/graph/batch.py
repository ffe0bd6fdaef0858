"""`/$batch`: up to twenty requests in one, each with its own answer."""

import base64
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson
from flask import Blueprint, Flask, Response, current_app, request

from sandbox.errors import bad_request
from sandbox.graph.pace import SHARE, wait
from sandbox.graph.protocol import json_body, tenant
from sandbox.limits import Share
from sandbox.state import Json

bp = Blueprint("batch", __name__)
BODY = "sandbox.body"  # in the environment of a request that came in a batch: its JSON, which is read already
_MOST = 20  # https://learn.microsoft.com/en-us/graph/json-batching
# what a request has in common with the batch it came in; its socket, so that a cut connection cuts the whole batch
_COMMON = (
    "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "SCRIPT_NAME", "REMOTE_ADDR", "HTTP_HOST", "HTTP_AUTHORIZATION",
    "wsgi.version", "wsgi.url_scheme", "wsgi.errors", "wsgi.multithread", "wsgi.multiprocess", "wsgi.run_once",
    "werkzeug.socket", "gunicorn.socket",
)  # fmt: skip
_NOT_PREFIXED = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


@bp.post("/$batch")
def batch() -> Response:
    items = json_body().get("requests")
    if not isinstance(items, list) or not 0 < len(items) <= _MOST:
        raise bad_request(f"A batch holds 1 to {_MOST} requests.", "BadRequest")
    _check(items)
    is_ordered = any(item.get("dependsOn") for item in items)
    share = Share(tenant().limits, at_a_time=1) if is_ordered else Share(tenant().limits)
    environ = {name: request.environ[name] for name in _COMMON if name in request.environ} | {SHARE: share}
    try:
        answers = _answers(items, environ)
        wait()
    finally:
        share.release()
    made = orjson.dumps({"responses": answers[::-1]})  # in any order, says the documentation
    return Response(made, mimetype="application/json")


def _check(items: list[Json]) -> None:
    ids = [str(item.get("id", "")).lower() for item in items]
    if "" in ids or len(set(ids)) < len(ids):
        raise bad_request("Every request of a batch has an id of its own.", "BadRequest")
    for item in items:
        if not isinstance(item.get("method"), str) or not isinstance(item.get("url"), str):
            raise bad_request("Every request of a batch has a method and a relative url.", "BadRequest")
        if not {str(each).lower() for each in item.get("dependsOn", [])} <= set(ids):
            raise bad_request("dependsOn names a request that is not in the batch.", "BadRequest")
        names = {name.lower() for name in item.get("headers", {})}
        if (item["method"] == "POST" or "body" in item) and not ("body" in item and "content-type" in names):
            raise bad_request("A request with a body, and any POST, needs body and Content-Type.", "BadRequest")


def _answers(items: list[Json], environ: Mapping[str, Any]) -> list[Json]:
    """Answer one after the other: what takes its time is the network, which is not here."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's documented way to get at an app
    statuses: dict[str, int] = {}
    answers = []
    for item in _in_order(items):
        failed = any(statuses[each] >= HTTPStatus.BAD_REQUEST for each in item.get("dependsOn", []))
        answer = _failed_dependency(item) if failed else _answer(app, item, environ)
        statuses[item["id"]] = answer["status"]
        answers.append(answer)
    return answers


def _in_order(items: list[Json]) -> Iterator[Json]:
    done: set[str] = set()
    while waiting := [item for item in items if item["id"] not in done]:
        ready = [item for item in waiting if done.issuperset(item.get("dependsOn", []))]
        if not ready:
            raise bad_request("The requests of the batch depend on each other in a circle.", "BadRequest")
        yield from ready
        done |= {item["id"] for item in ready}


def _answer(app: Flask, item: Json, common: Mapping[str, Any]) -> Json:
    """Have the application answer, without the detour over a server."""
    environ = {**common, **_environ(item)}
    with app.app_context(), app.request_context(environ):  # a context of its own, so that it has a `g` of its own
        try:
            response = app.full_dispatch_request()
        except Exception as error:  # noqa: BLE001 - as Flask itself does for a request that comes alone
            response = app.handle_exception(error)
        content = response.get_data()
    answer: Json = {"id": item["id"], "status": response.status_code, "headers": dict(response.headers)}
    if content:
        is_json = response.mimetype == "application/json"
        answer["body"] = orjson.Fragment(content) if is_json else base64.b64encode(content).decode()
    return answer


def _environ(item: Json) -> Json:
    path, _, query = item["url"].lstrip("/").partition("?")
    body = item.get("body")
    content = _bytes(body) if "body" in item else b""
    # a path comes decoded, in the way of WSGI: https://peps.python.org/pep-3333/#unicode-issues
    made: Json = {
        "REQUEST_METHOD": item["method"],
        "PATH_INFO": unquote_to_bytes(f"/v1.0/{path}").decode("latin-1"),
        "QUERY_STRING": query.encode().decode("latin-1"),
        "wsgi.input": BytesIO(content),
    }
    for name, value in item.get("headers", {}).items():
        made[_NOT_PREFIXED.get(name.lower()) or f"HTTP_{name.upper().replace('-', '_')}"] = value
    made["CONTENT_LENGTH"] = str(len(content))
    return made if body is None or isinstance(body, str) else made | {BODY: body}


def _bytes(body: Any) -> bytes:
    """JSON is given as JSON, anything else as base64."""
    return base64.b64decode(body) if isinstance(body, str) else orjson.dumps(body)


def _failed_dependency(item: Json) -> Json:
    error = {"code": "FailedDependency", "message": "A request that this one depends on failed."}
    return {"id": item["id"], "status": 424, "headers": {"Content-Type": "application/json"}, "body": {"error": error}}
