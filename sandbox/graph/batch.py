"""`/$batch`: up to twenty requests in one, each with its own answer."""

import base64
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from werkzeug.test import EnvironBuilder, run_wsgi_app

from sandbox.errors import bad_request
from sandbox.graph.protocol import json_body
from sandbox.state import Json

bp = Blueprint("batch", __name__)
_MOST = 20
_AT_A_TIME = 4  # https://learn.microsoft.com/en-us/graph/throttling-limits - Outlook gets at most four
_SOCKETS = ("werkzeug.socket", "gunicorn.socket")  # so that a cut connection cuts the whole batch


@bp.post("/$batch")
def batch() -> Response:
    items = json_body().get("requests")
    if not isinstance(items, list) or not 0 < len(items) <= _MOST:
        raise bad_request(f"A batch holds 1 to {_MOST} requests.", "BadRequest")
    _check(items)
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's documented way to hand an app to a thread
    outer = {key: request.environ[key] for key in _SOCKETS if key in request.environ}
    outer["HTTP_AUTHORIZATION"] = request.headers["Authorization"]
    answers = _answers(app, items, outer | {"sandbox.batched": True}, request.root_url)
    return jsonify({"responses": list(reversed(answers))})  # in any order, says the documentation


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


def _answers(app: Flask, items: list[Json], environ: Mapping[str, Any], root: str) -> list[Json]:
    if not any(item.get("dependsOn") for item in items):
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            return list(pool.map(lambda item: _answer(app, item, environ, root), items))
    done: dict[str, Json] = {}
    while waiting := [item for item in items if item["id"] not in done]:
        ready = [item for item in waiting if done.keys() >= set(item.get("dependsOn", []))]
        if not ready:
            raise bad_request("The requests of the batch depend on each other in a circle.", "BadRequest")
        for item in ready:
            failed = any(done[each]["status"] >= HTTPStatus.BAD_REQUEST for each in item.get("dependsOn", []))
            done[item["id"]] = _failed_dependency(item) if failed else _answer(app, item, environ, root)
    return list(done.values())


def _answer(app: Flask, item: Json, environ: Mapping[str, Any], root: str) -> Json:
    path, _, query = item["url"].lstrip("/").partition("?")
    builder = EnvironBuilder(
        path=f"/v1.0/{path}", query_string=query, base_url=root, method=item["method"],
        headers=item.get("headers"), data=_bytes(item["body"]) if "body" in item else None, environ_overrides=environ,
    )  # fmt: skip
    chunks, status, headers = run_wsgi_app(app.wsgi_app, builder.get_environ(), buffered=True)
    content = b"".join(chunks)
    answer: Json = {"id": item["id"], "status": int(status.split()[0]), "headers": dict(headers)}
    if content:
        is_json = headers.get("Content-Type", "").startswith("application/json")
        answer["body"] = json.loads(content) if is_json else base64.b64encode(content).decode()
    return answer


def _bytes(body: Any) -> bytes:
    """JSON is given as JSON, anything else as base64."""
    return base64.b64decode(body) if isinstance(body, str) else json.dumps(body).encode()


def _failed_dependency(item: Json) -> Json:
    error = {"code": "FailedDependency", "message": "A request that this one depends on failed."}
    return {"id": item["id"], "status": 424, "headers": {"Content-Type": "application/json"}, "body": {"error": error}}
