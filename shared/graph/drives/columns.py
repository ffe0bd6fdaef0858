"""The columns of the list behind a library: made when they are missing, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from shared.errors import Permanent
from shared.graph.client import GraphClient
from shared.graph.drives.items import segment
from shared.graph.errors import GraphPermanent

Kind = Literal["text", "note", "date", "moment", "choice", "boolean"]


@dataclass(frozen=True)
class ColumnDefinition:
    """A column: *name* is its internal name, for good; *label* is what people read. `date` is a day, `moment` a time.

    A *unique* one is indexed too, as SharePoint demands.
    """

    name: str
    label: str
    kind: Kind
    choices: tuple[str, ...] = ()
    indexed: bool = False
    unique: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the columnDefinition.

        Source: https://learn.microsoft.com/en-us/graph/api/resources/columndefinition
        """
        return {
            "name": self.name,
            "displayName": self.label,
            # https://learn.microsoft.com/en-us/previous-versions/office/sharepoint-csom/ee543809(v=office.15)
            "indexed": self.indexed or self.unique,
            "enforceUniqueValues": self.unique,
            **self._facet(),
        }

    def _facet(self) -> dict[str, Any]:
        match self.kind:
            case "text":
                return {"text": {"allowMultipleLines": False, "maxLength": 255}}
            case "note":
                return {"text": {"allowMultipleLines": True, "textType": "plain"}}
            case "date":
                return {"dateTime": {"displayAs": "standard", "format": "dateOnly"}}
            case "moment":
                return {"dateTime": {"displayAs": "standard", "format": "dateTime"}}
            case "choice":
                choices = {"allowTextEntry": False, "choices": list(self.choices), "displayAs": "dropDownMenu"}
                return {"choice": choices}
            case "boolean":
                return {"boolean": {}}


def ensure_columns(graph: GraphClient, drive: str, definitions: Sequence[ColumnDefinition]) -> list[str]:
    """Make what is missing of *definitions* in the list of *drive* (`/drives/…`); return the names that were made.

    Safe to repeat. A column that is there stays as it is, whatever its type.
    Raises: Permanent("column_refused") when SharePoint will not have one.
    """
    # https://learn.microsoft.com/en-us/graph/api/list-post-columns names the list by its site only
    found = graph.get(f"{drive}/list", params={"$select": "id,parentReference"})
    site, list_id = found["parentReference"]["siteId"], found["id"]
    path = f"/sites/{segment(site)}/lists/{segment(list_id)}/columns"
    there = _names(graph, path)
    return [one.name for one in definitions if one.name not in there and _made(graph, path, one)]


def _made(graph: GraphClient, path: str, column: ColumnDefinition) -> bool:
    """Make *column* and return True; False when somebody made it meanwhile."""
    try:
        name = graph.post(path, column.as_json()).get("name", column.name)
    except GraphPermanent as error:
        # which status says "is there already" is not documented: look
        if column.name in _names(graph, path):
            return False
        raise Permanent("column_refused", f"column {column.name}: {error}; {_remedy(column)}") from error
    if name != column.name:  # SharePoint evades a name that a deleted or hidden column still holds
        raise Permanent("column_refused", f"column {column.name} was made as {name}: rename it by hand, then retry")
    return True


def _remedy(column: ColumnDefinition) -> str:
    doubles = "clear doubles in it, " if column.unique else ""
    return f"{doubles}give the hub Sites.Manage.All on the site, or make the column by hand"


def _names(graph: GraphClient, path: str) -> set[str]:
    # hidden ones, which hold names too, are told to who asks for `hidden`
    # https://learn.microsoft.com/en-us/graph/api/resources/columndefinition
    return {str(column["name"]) for column in graph.pages(path, params={"$select": "name,hidden"})}
