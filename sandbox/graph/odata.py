"""The few `$filter`, `$expand` and `$orderby` expressions that the stand-in understands; any other is a 400."""

import operator
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from sandbox.errors import GraphError, bad_request
from sandbox.mail import Message
from sandbox.zones import offset_time

_TEXT = r"'((?:[^']|'')*)'"
_EQUALS = re.compile(rf"(\w+) eq (?:{_TEXT}|(true|false))")
_IN = re.compile(rf"(\w+) in \(\s*({_TEXT}(?:\s*,\s*{_TEXT})*)\s*\)")
_EXTENDED = re.compile(
    rf"singleValueExtendedProperties/any\((\w+):\s*\1/id eq {_TEXT} and"
    rf"(?: \1/value (ne) null| \1/value (eq|ne) {_TEXT}| (startswith|contains)\(\1/value,\s*{_TEXT}\))\)",
    re.IGNORECASE,
)
_EXPAND = re.compile(rf"singleValueExtendedProperties\(\$filter=(id eq {_TEXT}(?: or id eq {_TEXT})*)\)")
# what a filter on messages may ask, by what it is called here
_ABOUT_MESSAGES = {
    "received": re.compile(r"receivedDateTime (ge|gt|le|lt) ([\dTZ:.+-]+)"),
    "read": re.compile(r"isRead eq (true|false)"),
    "id": re.compile(rf"internetMessageId eq {_TEXT}"),
}
Matches = Callable[[Message], bool]


@dataclass(frozen=True)
class Tagged:
    """Events whose extended property *id* has a value that compares to *value*; to None: that have the property."""

    id: str  # its name is case-sensitive, its value is not
    value: str | None
    comparison: str

    def matches(self, properties: dict[str, str]) -> bool:
        if self.id not in properties:
            return False
        if self.value is None:
            return True
        there, wanted = properties[self.id].lower(), self.value.lower()
        return {
            "eq": there == wanted,
            "ne": there != wanted,
            "startswith": there.startswith(wanted),
            "contains": wanted in there,
        }[self.comparison]


def tagged(expression: str) -> Tagged:
    """Read `singleValueExtendedProperties/Any(ep: ep/id eq '...' and ep/value eq '...')`, or `ep/value ne null`."""
    # https://learn.microsoft.com/en-us/graph/api/singlevaluelegacyextendedproperty-get, and for `ne null`
    # https://learn.microsoft.com/en-us/office/dev/add-ins/outlook/metadata-for-an-outlook-add-in
    match = _EXTENDED.fullmatch(expression.strip())
    if match is None:
        raise bad_request("The filter clause is not supported.", "ErrorInvalidUrlQueryFilter")
    _, id_, exists, comparison, value, function, argument = match.groups()
    if exists:
        return Tagged(_unquoted(id_), None, "ne")
    return Tagged(_unquoted(id_), _unquoted(value or argument or ""), (comparison or function).lower())


def expanded(expression: str | None) -> list[str]:
    """Read `singleValueExtendedProperties($filter=id eq '...')`: the ids."""
    if expression is None:
        return []
    match = _EXPAND.fullmatch(expression.strip())
    if match is None:
        raise bad_request("The expand clause is not supported.", "ErrorInvalidUrlQuery")
    return [_unquoted(each) for each in re.findall(_TEXT, match[1])]


def property_filter(expression: str | None, filterable: set[str]) -> Callable[[dict[str, Any]], bool]:
    """Read `employeeId eq '000101'`, several with `or`, or `employeeId in ('000101', '000102')`."""
    if expression is None:
        return lambda _: True
    wanted: list[tuple[str, set[object]]] = []
    for clause in re.split(r" or ", expression.strip()):
        name, values = _clause(clause.strip())
        if name not in filterable:
            raise _unsupported(f"Unsupported or invalid query filter clause specified for property '{name}'.")
        wanted.append((name, values))
    return lambda item: any(_folded(item[name]) in values for name, values in wanted)


def list_filter(expression: str | None) -> Matches:
    """Read what a list of messages may be asked: as `message_filter`, or an extended property, as `tagged`."""
    if expression and expression.lower().startswith("singlevalueextendedproperties/"):
        wanted = tagged(expression)
        return lambda message: wanted.matches(message.properties)
    return message_filter(expression)


def message_filter(expression: str | None, offered: Collection[str] = _ABOUT_MESSAGES.keys()) -> Matches:
    """Read `receivedDateTime ge 2027-05-01T00:00:00Z`, `isRead eq false`, `internetMessageId eq '<…>'`, or an `and`."""
    tests = [_about_message(each.strip(), offered) for each in re.split(" and ", expression or "") if each.strip()]
    return lambda message: all(test(message) for test in tests)


def _about_message(clause: str, offered: Collection[str]) -> Matches:
    for name in offered:
        if match := _ABOUT_MESSAGES[name].fullmatch(clause):
            return _message_test(name, match)
    raise bad_request("The filter clause is not supported.", "ErrorInvalidUrlQueryFilter")


def _message_test(name: str, match: re.Match[str]) -> Matches:
    if name == "read":
        return lambda message: message.is_read == (match[1] == "true")
    if name == "id":
        return lambda message: message.message_id == _unquoted(match[1])
    compared = {"ge": operator.ge, "gt": operator.gt, "le": operator.le, "lt": operator.lt}[match[1]]
    moment = offset_time(match[2], "receivedDateTime")
    return lambda message: bool(compared(message.received, moment))


def _clause(clause: str) -> tuple[str, set[object]]:
    if match := _EQUALS.fullmatch(clause):
        name, text, truth = match.groups()
        return name, {_folded(_unquoted(text))} if text is not None else {truth == "true"}
    if match := _IN.fullmatch(clause):
        return match[1], {_folded(_unquoted(each)) for each in re.findall(_TEXT, match[2])}
    raise _unsupported("Unsupported query.")


def _folded(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _unquoted(text: str) -> str:
    return text.replace("''", "'")


def _unsupported(message: str) -> GraphError:
    return bad_request(message, "Request_UnsupportedQuery")
