"""OpenAPI from the routes themselves: path, method, docstring, path variables, and what `documented` adds."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask
from werkzeug.routing import Rule

V = TypeVar("V", bound=Callable[..., Any])

_KINDS = {"int": "integer", "uuid": "string", "string": "string", "path": "string"}


def documented(**operation: Any) -> Callable[[V], V]:
    """Add to the description of a route what its signature cannot tell: `parameters`, `requestBody`.

    Source: https://spec.openapis.org/oas/v3.1.0#operation-object
    """

    def mark(view: V) -> V:
        view.openapi = operation  # type: ignore[attr-defined]  # read below
        return view

    return mark


def describe(app: Flask, service: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of *app*."""
    paths: dict[str, Any] = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.endpoint.rpartition(".")[2] == "static":
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            paths.setdefault(path, {})[method.lower()] = _operation(app, rule)
    return {
        "openapi": "3.1.0",
        "info": {"title": f"Integration hub: {service}", "version": "1"},
        "paths": paths,
    }


def _operation(app: Flask, rule: Rule) -> dict[str, Any]:
    view = app.view_functions[rule.endpoint]
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": _KINDS.get(kind or "string", "string")}}
        for kind, name in re.findall(r"<(?:(\w+):)?(\w+)>", rule.rule)
    ]
    summary = (inspect.getdoc(view) or rule.endpoint).splitlines()[0]
    operation: dict[str, Any] = {"summary": summary, "operationId": rule.endpoint, "responses": _responses(view)}
    added = getattr(view, "openapi", {})
    parameters += added.get("parameters", [])
    if parameters:
        operation["parameters"] = parameters
    if "requestBody" in added:
        operation["requestBody"] = added["requestBody"]
    return operation


def _responses(view: Any) -> dict[str, Any]:
    """Return the answers that the view's docstring promises as `Answers: 202 …; 401 …`, or a plain 200."""
    promised = re.search(r"Answers: (.+?)(?:\n\n|$)", inspect.getdoc(view) or "", re.DOTALL)
    if not promised:
        return {"200": {"description": "OK"}}
    pairs = re.findall(r"(\d{3}) ([^;]+)", promised[1])
    return {status: {"description": " ".join(words.split()).rstrip(".")} for status, words in pairs}
