"""Compares JSON with Microsoft's own description of Graph (tests/samples/graph_schema.json)."""

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from sandbox.journal import Call

Json = dict[str, Any]
_SCHEMA = Path(__file__).parents[2] / "samples" / "graph_schema.json"
_TEXT_FORMS = {
    "Edm.DateTimeOffset": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,12})?)?(Z|[+-]\d\d:\d\d)"),
    "Edm.Date": re.compile(r"\d{4}-\d\d-\d\d"),
    "Edm.TimeOfDay": re.compile(r"\d\d:\d\d(:\d\d(\.\d{1,12})?)?"),
    "Edm.Duration": re.compile(r"-?P(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?"),
    "Edm.Guid": re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    "Edm.String": re.compile(r"(?s).*"),
    "Edm.Binary": re.compile(r"[A-Za-z0-9+/_=-]*"),
}
_NUMBERS: dict[str, tuple[type, ...]] = {
    "Edm.Int16": (int,),
    "Edm.Int32": (int,),
    "Edm.Int64": (int,),
    "Edm.Double": (int, float),
    "Edm.Single": (int, float),
}
_EVENT, _USER, _MESSAGE = "microsoft.graph.event", "microsoft.graph.user", "microsoft.graph.message"
_FOLDER = "microsoft.graph.mailFolder"
# what the body of a write is, by the end of its path
_BODIES = (
    (r"/users(/[^/]+)?", _USER),
    (r"/(events|calendar/events)(/[^/]+)?", _EVENT),
    (r"/mailboxSettings", "microsoft.graph.mailboxSettings"),
    (r"/(messages|mailFolders/[^/]+/messages)(/[^/]+)?", _MESSAGE),
    (r"/mailFolders(/[^/]+)?|/childFolders", _FOLDER),
    (r"/subscriptions(/[^/]+)?", "microsoft.graph.subscription"),
    (r"/children", "microsoft.graph.driveItem"),
    (r"/drives/[^/]+/(items/[^/]+|root:/.+)", "microsoft.graph.driveItem"),
    (r"/fields", "microsoft.graph.fieldValueSet"),
    (r"/lists/[^/]+/columns", "microsoft.graph.columnDefinition"),
)
# what is answered, by the end of the path
_ANSWERS = (
    (r"/users(/[^/]+)?", _USER),
    (r"/groups(/[^/]+)?", "microsoft.graph.group"),
    (r"/transitiveMembers/microsoft.graph.user", _USER),
    (r"/transitiveMembers", "microsoft.graph.directoryObject"),
    (r"/(events|calendar/events)(/[^/]+)?|/calendarView", _EVENT),
    (r"/mailboxSettings", "microsoft.graph.mailboxSettings"),
    (r"/automaticRepliesSetting", "microsoft.graph.automaticRepliesSetting"),
    (r"/presence|/getPresencesByUserId", "microsoft.graph.presence"),
    (r"/mailFolders(/[^/]+|\('[^/]+'\))?|/childFolders", _FOLDER),
    (r"/messages(/[^/]+(/move)?)?|/messages/delta(\(\))?", _MESSAGE),
    (r"/subscriptions(/[^/]+)?", "microsoft.graph.subscription"),
    (r"/sites/[^/]+(:/.+)?", "microsoft.graph.site"),
    (r"/sites/[^/]+/drives?|/drives/[^/]+", "microsoft.graph.drive"),
    (r"/sites/[^/]+/lists(/[^/]+)?|/drives/[^/]+/list", "microsoft.graph.list"),
    (r"/columns", "microsoft.graph.columnDefinition"),
    (r"/lists/[^/]+/items/[^/]+", "microsoft.graph.listItem"),
    (r"/drives/[^/]+/(root|items/[^/:]+)(:/[^:]+)?|/children|/content", "microsoft.graph.driveItem"),
    (r"/drives/[^/]+/(root/delta|items/[^/]+/delta\(.*\))", "microsoft.graph.driveItem"),
    (r"/versions", "microsoft.graph.driveItemVersion"),
    (r"/createUploadSession", "microsoft.graph.uploadSession"),
    (r"/teams/[^/]+", "microsoft.graph.team"),
    (r"/channels(/[^/]+)?", "microsoft.graph.channel"),
    (r"/filesFolder", "microsoft.graph.driveItem"),
    (r"/(members|allMembers)", "microsoft.graph.conversationMember"),
    (r"/listItem", "microsoft.graph.listItem"),
    (r"/fields", "microsoft.graph.fieldValueSet"),
)


@cache
def _schema() -> Json:
    read: Json = json.loads(_SCHEMA.read_text(encoding="utf-8"))
    return read


def violations(kind: str, value: Any, where: str = "") -> list[str]:
    """Return where *value* is not a *kind* such as `microsoft.graph.event`; annotations may stand anywhere."""
    return list(_violations(kind, value, where or kind.rpartition(".")[2]))


def request_violations(method: str, path: str, body: Any) -> list[str]:
    """Return where a write that was made of Graph does not fit its description; *path* with or without `/v1.0`."""
    path = path.removeprefix("/v1.0")
    if body is None or method == "GET":
        return []
    if path == "/$batch":
        return list(chain.from_iterable(map(_of_batched, body["requests"])))
    action = path.rpartition("/")[2].rpartition(".")[2]
    if method == "POST" and action in _schema()["actions"]:
        return list(_of_action(action, body))
    for pattern, kind in reversed(_BODIES):
        if re.fullmatch(f".*(?:{pattern})", path):
            return violations(kind, body, f"{method} {path}")
    return [f"{method} {path}: no such write is described"]


def log_violations(calls: Iterable[Call]) -> list[str]:
    """Return what does not fit in any of *calls* (Tenant.requests) that was made of Graph."""
    of_graph = (call for call in calls if call.path.startswith("/v1.0/"))
    return [each for call in of_graph for each in request_violations(call.method, call.path, call.body)]


def answer_violations(path: str, body: Any) -> list[str]:
    """Return where the JSON that was answered to a request for *path* does not fit its description."""
    path = path.removeprefix("/v1.0")
    if "error" in body:
        return violations("microsoft.graph.publicError", body["error"], f"{path} error")
    for pattern, kind in reversed(_ANSWERS):
        if re.fullmatch(f".*(?:{pattern})", path):
            return (
                violations(f"Collection({kind})", body["value"], path)
                if "value" in body
                else violations(kind, body, path)
            )
    return [f"{path}: no such answer is described"]


def _of_batched(item: Json) -> list[str]:
    return request_violations(item["method"], "/" + item["url"].lstrip("/").partition("?")[0], item.get("body") or None)


def _of_action(action: str, body: Json) -> Iterator[str]:
    parameters = {name.lower(): kind for name, kind in _schema()["actions"][action].items()}
    for name, value in body.items():
        if name.lower() not in parameters:
            yield f"{action}.{name}: no such parameter"
        elif value is not None:
            yield from _violations(parameters[name.lower()], value, f"{action}.{name}")


def _violations(kind: str, value: Any, where: str) -> Iterator[str]:
    if kind.startswith("Collection("):
        if not isinstance(value, list):
            yield f"{where}: a list is expected, not {value!r}"
            return
        for index, each in enumerate(value):
            yield from _violations(kind[len("Collection(") : -1], each, f"{where}[{index}]")
    elif kind.startswith("Edm."):
        yield from _of_primitive(kind, value, where)
    elif kind in _schema()["enums"]:
        members = _schema()["enums"][kind]
        if not isinstance(value, str) or not set(value.split(",")) <= set(members):
            yield f"{where}: {value!r} is not one of {members}"
    elif kind in _schema()["types"]:
        yield from _of_object(kind, value, where)
    else:
        yield f"{where}: type {kind} is not in {_SCHEMA.name}"


def _of_primitive(kind: str, value: Any, where: str) -> Iterator[str]:
    if kind == "Edm.Boolean":
        fits = isinstance(value, bool)
    elif kind in _NUMBERS:
        fits = isinstance(value, _NUMBERS[kind]) and not isinstance(value, bool)
    else:
        fits = isinstance(value, str) and _TEXT_FORMS[kind].fullmatch(value) is not None
    if not fits:
        yield f"{where}: {value!r} is not an {kind}"


def _of_object(kind: str, value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where}: an object is expected, not {value!r}"
        return
    told = str(value.get("@odata.type", "")).removeprefix("#")  # a member of a group says what it is
    kind = told if told in _schema()["types"] else kind
    properties, is_open = _shape(kind)
    for name, item in value.items():
        if "@" in name:
            continue
        if name not in properties:
            if not is_open:
                yield f"{where}.{name}: {kind} has no such property"
        elif item is None:
            if not properties[name]["nullable"]:
                yield f"{where}.{name}: must not be null"
        else:
            yield from _violations(properties[name]["type"], item, f"{where}.{name}")


@cache
def _shape(kind: str) -> tuple[Json, bool]:
    described = _schema()["types"][kind]
    inherited, is_open = _shape(described["base"]) if described["base"] else ({}, False)
    return inherited | described["properties"], is_open or described["open"]
