"""What a rule looks for in a delivery: a JMESPath expression, compiled once, that never raises (https://jmespath.org)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import jmespath
from jmespath.exceptions import JMESPathError, JMESPathTypeError
from jmespath.functions import Functions, signature
from jmespath.visitor import TreeInterpreter

from shared.errors import Invalid

# What its functions raise on odd input: of another type, too large, too deep, a list that is empty.
_FAILURES = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
_CONNECTIVES = {"or_expression", "and_expression", "not_expression", "comparator"}
_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "true or false"),
    (int, "a number"),
    (float, "a number"),
    (str, "text"),
    (list, "a list"),
    (dict, "an object"),
)


class _Ours(Functions):
    """The functions of JMESPath, and those that rules lack there."""

    @signature({"types": ["string"]})
    def _func_last_segment(self, address: str) -> str | None:
        """Return what stands after the last / of an address; null when nothing does."""
        return urlsplit(address).path.rstrip("/").rpartition("/")[2] or None


_OPTIONS = jmespath.Options(custom_functions=_Ours())


@dataclass(frozen=True)
class Found:
    """What stands there; never null."""

    value: Any


@dataclass(frozen=True)
class Nothing:
    """There is nothing; *why* never holds a value of the delivery."""

    why: str


class Path:
    """A compiled expression. Raises: Invalid with what is wrong in *text*."""

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._compiled = jmespath.compile(text)
        except (JMESPathError, *_FAILURES) as error:
            raise Invalid("invalid_path", f"no JMESPath: {_reason(error)}") from error
        for fault in _faulty_calls(self._compiled.parsed):
            raise Invalid("invalid_path", f"no JMESPath: {fault}")

    def find(self, document: Any) -> Found | Nothing:
        """Return what *document* has there."""
        try:
            value = self._compiled.search(document, options=_OPTIONS)
        except _FAILURES as error:
            return Nothing(_reason(error))
        return Nothing("found nothing") if value is None else Found(value)

    def unfound(self, document: Any) -> list[str]:
        """Return the plain paths on which the truth of this expression rests and where *document* has nothing.

        Of `type == "approved"` that is `approved`: whoever wrote it meant the text 'approved'.
        """
        paths = dict(_rests_on(self._compiled.parsed))
        return [name for name, node in paths.items() if TreeInterpreter().visit(node, document) is None]


def is_true(value: Any) -> bool:
    """Tell what JMESPath calls true: 0 is, what is empty is not."""
    return not (value is None or value is False or value in ("", [], {}))


def kind_of(value: Any) -> str:
    """Return the type of *value* in the words of its reader."""
    return next((words for kind, words in _KINDS if isinstance(value, kind)), "something else")


def _reason(error: Exception) -> str:
    """Return what went wrong without the value that it went wrong with."""
    if isinstance(error, JMESPathTypeError):
        return f"{error.function_name}() cannot take {error.actual_type}"
    if isinstance(error, JMESPathError):
        return str(error).partition("\n")[0].rstrip(":")  # the other lines draw where: the caller has the expression
    return f"failed ({type(error).__name__})"


def _faulty_calls(node: Any) -> Iterator[str]:
    """Yield each call of a function that is not there, or with too few or many arguments: it would fail every time."""
    if node["type"] == "function_expression":
        name, given = node["value"], len(node["children"])
        known = _Ours.FUNCTION_TABLE.get(name)
        if known is None:
            yield f"there is no function {name}()"
        elif given < len(known["signature"]) or (given > len(known["signature"]) and not _is_variadic(known)):
            yield f"{name}() takes {len(known['signature'])} arguments, not {given}"
    for child in node["children"]:
        if isinstance(child, dict):
            yield from _faulty_calls(child)


def _is_variadic(known: Any) -> bool:
    return bool(known["signature"] and known["signature"][-1].get("variadic"))


def _rests_on(node: Any) -> Iterator[tuple[str, Any]]:
    if node["type"] in _CONNECTIVES:
        for child in node["children"]:
            yield from _rests_on(child)
    elif name := _plain_name(node):
        yield name, node


def _plain_name(node: Any) -> str | None:
    if node["type"] == "field":
        return str(node["value"])
    if node["type"] == "subexpression" and all(child["type"] == "field" for child in node["children"]):
        return ".".join(child["value"] for child in node["children"])
    return None
