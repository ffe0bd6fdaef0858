"""Cut the types that hub and sandbox use out of Microsoft's published description of Graph.

    python -m tools.graph_schema v1.0-Prod.csdl    # writes tests/samples/graph_schema.json

The description: https://github.com/microsoftgraph/msgraph-metadata, `schemas/v1.0-Prod.csdl`.
"""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element  # only the type; defusedxml does the parsing

import click
from defusedxml.ElementTree import fromstring

Json = dict[str, Any]
TARGET = Path("tests/samples/graph_schema.json")
ROOTS = (
    "user", "group", "event", "message", "mailFolder", "mailboxSettings", "presence", "subscription",
    "changeNotificationCollection", "site", "drive", "driveItem", "list", "listItem", "fieldValueSet",
    "columnDefinition", "uploadSession", "driveItemVersion", "team", "channel", "conversationMember",
    "aadUserConversationMember", "publicError",
)  # fmt: skip
ACTIONS = {
    ("setPresence", "presence"),
    ("clearPresence", "presence"),
    ("setStatusMessage", "presence"),
    ("setUserPreferredPresence", "presence"),
    ("clearUserPreferredPresence", "presence"),
    ("getPresencesByUserId", "cloudCommunications"),
    ("createUploadSession", "driveItem"),
    ("sendMail", "user"),
    ("send", "message"),
    ("move", "message"),
    ("reauthorize", "subscription"),
    ("sendActivityNotification", "userTeamwork"),
}
# only these lead to another entity; to follow all is to copy the whole of Graph
NAVIGATION = {
    "event": {"singleValueExtendedProperties"},
    "message": {"singleValueExtendedProperties", "attachments"},
    "driveItem": {"listItem", "children"},
    "listItem": {"fields"},
}
# the description calls many entities open, yet the service refuses what it does not know; columns are truly open
OPEN_ENTITIES = {"fieldValueSet"}
_EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


@click.command()
@click.argument("csdl", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--target", type=click.Path(dir_okay=False, path_type=Path), default=TARGET, show_default=True)
def main(csdl: Path, target: Path) -> None:
    """Extract the types from the file CSDL, plain or gzipped."""
    content = gzip.decompress(csdl.read_bytes()) if csdl.suffix == ".gz" else csdl.read_bytes()
    schema = extract(fromstring(content))
    target.write_text(json.dumps(schema, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    click.echo(f"{len(schema['types'])} types, {len(schema['enums'])} enumerations -> {target}")


def extract(document: Element) -> Json:
    """Return `{"types": {name: {"base", "open", "properties"}}, "enums": {name: [member]}, "actions": {...}}`."""
    graph = next(each for each in document.iter(f"{_EDM}Schema") if each.get("Namespace") == "microsoft.graph")
    known = {each.get("Name", ""): each for each in graph if each.tag != f"{_EDM}Action"}
    schema: Json = {"types": {}, "enums": {}, "actions": dict(_actions(graph))}
    waiting = [f"graph.{name}" for name in ROOTS]
    waiting += [kind for parameters in schema["actions"].values() for kind in parameters.values()]
    while waiting:
        name = _bare(waiting.pop())
        element = known.get(name)
        if element is None or f"microsoft.graph.{name}" in schema["types"] | schema["enums"]:
            continue
        if element.tag == f"{_EDM}EnumType":
            schema["enums"][f"microsoft.graph.{name}"] = [each.get("Name") for each in element.iter(f"{_EDM}Member")]
            continue
        described = _described(element)
        schema["types"][f"microsoft.graph.{name}"] = described
        waiting += [described["base"] or "", *(each["type"] for each in described["properties"].values())]
    return schema


def _described(element: Element) -> Json:
    name = element.get("Name", "")
    is_entity = element.tag == f"{_EDM}EntityType"
    parts = list(element.iter(f"{_EDM}Property"))
    parts += [
        each for each in element.iter(f"{_EDM}NavigationProperty") if each.get("Name") in NAVIGATION.get(name, ())
    ]
    return {
        "base": _qualified(element.get("BaseType")),
        "open": element.get("OpenType") == "true" and (not is_entity or name in OPEN_ENTITIES),
        "properties": {each.get("Name", ""): _property(each) for each in parts},
    }


def _property(element: Element) -> Json:
    return {"type": _qualified(element.get("Type")), "nullable": element.get("Nullable") != "false"}


def _actions(graph: Element) -> Iterator[tuple[str, dict[str, str | None]]]:
    for action in graph.iter(f"{_EDM}Action"):
        bound, *parameters = action.iter(f"{_EDM}Parameter")
        if (action.get("Name"), _bare(bound.get("Type", ""))) in ACTIONS:
            yield action.get("Name", ""), {each.get("Name", ""): _qualified(each.get("Type")) for each in parameters}


def _qualified(name: str | None) -> str | None:
    """The description abbreviates `microsoft.graph` to `graph`."""
    return re.sub(r"\b(?<!microsoft\.)graph\.", "microsoft.graph.", name) if name else None


def _bare(name: str) -> str:
    return name.removeprefix("Collection(").removesuffix(")").rpartition("graph.")[2]


if __name__ == "__main__":
    main()
