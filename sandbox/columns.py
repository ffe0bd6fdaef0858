"""The columns of the list behind a library, and what each of them takes."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sandbox.errors import GraphError, bad_request

Json = dict[str, Any]
Kind = Literal["text", "note", "dateTime", "choice", "boolean"]

_FACETS = {"text", "dateTime", "choice", "boolean"}
# https://www.c-sharpcorner.com/uploadfile/anavijai/unique-column-constraints-in-sharepoint-2010/
_NEVER_UNIQUE = {"note", "boolean"}
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_LONGEST_TEXT = 255


@dataclass(frozen=True)
class Column:
    """A column of the list behind the library: *name* for programs, *label* for people."""

    name: str
    kind: Kind = "text"
    choices: tuple[str, ...] = ()
    label: str = ""
    indexed: bool = False
    unique: bool = False
    date_only: bool = True


def read_column(body: Json) -> Column:
    """Read a columnDefinition. Raises: GraphError 400."""
    kind = _kind(body)
    name, facet = body.get("name"), body[_facet(kind)]
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise bad_request("A column needs a name of letters, digits and _.")
    column = Column(
        name=name,
        kind=kind,
        choices=tuple(facet.get("choices", ())),
        label=body.get("displayName") or name,
        indexed=bool(body.get("indexed")),
        unique=bool(body.get("enforceUniqueValues")),
        date_only=facet.get("format") != "dateTime",
    )
    # https://learn.microsoft.com/en-us/previous-versions/office/sharepoint-csom/ee543809(v=office.15)
    if column.unique and (not column.indexed or kind in _NEVER_UNIQUE):
        raise bad_request("A column of unique values must be indexed, and of a type that can be.")
    return column


def _kind(body: Json) -> Kind:
    facets = [name for name in body if name in _FACETS and isinstance(body[name], dict)]
    match facets:
        case ["text"]:
            return "note" if body["text"].get("allowMultipleLines") else "text"
        case ["dateTime"]:
            return "dateTime"
        case ["choice"]:
            return "choice"
        case ["boolean"]:
            return "boolean"
    # the words of https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/8036
    raise bad_request("Unable to determine type of provided column definition")


def _facet(kind: Kind) -> str:
    return "text" if kind == "note" else kind


def rendered_column(column: Column, id_: str) -> Json:
    """Write *column* as a columnDefinition."""
    facets: dict[Kind, Json] = {
        "text": {"allowMultipleLines": False, "maxLength": _LONGEST_TEXT},
        "note": {"allowMultipleLines": True, "textType": "plain"},
        "dateTime": {"displayAs": "default", "format": "dateOnly" if column.date_only else "dateTime"},
        "choice": {"allowTextEntry": True, "choices": list(column.choices), "displayAs": "dropDownMenu"},
        "boolean": {},
    }
    return {
        "id": id_,
        "name": column.name,
        "displayName": column.label or column.name,
        "columnGroup": "Postregister",
        "description": "",
        "enforceUniqueValues": column.unique,
        "hidden": False,
        "indexed": column.indexed,
        "readOnly": False,
        "required": False,
        _facet(column.kind): facets[column.kind],
    }


def check_values(columns: Sequence[Column], values: Json) -> None:
    """Raises: GraphError 400 for an unknown column, or a value that does not fit."""
    kinds = {column.name: column.kind for column in columns}
    for name, value in values.items():
        if name not in kinds:
            raise bad_request(f"Field '{name}' is not recognized.")
        if not _fits(kinds[name], value):
            raise bad_request(f"The value of field '{name}' does not fit a {kinds[name]} column.")


def check_unique(columns: Sequence[Column], values: Json, others: Iterable[Json]) -> None:
    """Raises: GraphError 400 when one of *others* has a value already that may stand once; nothing may stand often."""
    wanted = {
        (column.name, str(values[column.name]).lower())
        for column in columns
        if column.unique and values.get(column.name) is not None
    }
    for fields in others if wanted else ():
        if any(str(fields.get(name)).lower() == value for name, value in wanted if fields.get(name) is not None):
            # https://github.com/microsoftgraph/msgraph-sdk-dotnet/issues/790 has the words; the status and code are
            # what programs in the wild expect
            raise GraphError(
                400, "invalidRequest", "One or more fields with unique constraints already has the provided value."
            )


def _fits(kind: Kind, value: Any) -> bool:
    if value is None:
        return True
    if kind == "boolean" or not isinstance(value, str):
        return kind == "boolean" and isinstance(value, bool)
    return _is_moment(value) if kind == "dateTime" else kind != "text" or len(value) <= _LONGEST_TEXT


def _is_moment(text: str) -> bool:
    try:
        return bool(datetime.fromisoformat(text))
    except ValueError:
        return False
