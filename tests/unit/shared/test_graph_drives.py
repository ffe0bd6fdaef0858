"""Folders, dates and columns of a library, as Graph is asked for them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import cast

import pytest

from shared.clock import BRUSSELS
from shared.errors import Permanent
from shared.graph.client import GraphClient
from shared.graph.drives import ColumnDefinition, Drive, library
from shared.graph.drives.columns import Kind
from shared.graph.errors import NotFound
from tests.unit.shared.server import Reply, Stub
from tests.unit.shared.test_graph_client import Keys

FOLDER = {"id": "f1", "name": "2026", "folder": {}, "parentReference": {"id": "p1", "path": "/drives/d/root:/A%20B"}}
LIST = {"id": "l1", "parentReference": {"siteId": "host,1,2"}}
COLUMNS = "/v1.0/sites/host%2C1%2C2/lists/l1/columns"


@pytest.fixture
def graph(server: Stub) -> Iterator[GraphClient]:
    made = GraphClient(f"{server.url}/v1.0", Keys())
    yield made
    made._session.close()


@pytest.fixture
def drive(graph: GraphClient) -> Drive:
    return Drive(graph, "d")


class SiteGraph:
    """Knows one site with one library."""

    def get(self, path: str) -> dict[str, str]:
        return {"/sites/example.sharepoint.com:/sites/projecten": {"id": "host,1,2"}}[path]

    def pages(self, path: str) -> list[dict[str, str]]:
        return {"/sites/host%2C1%2C2/drives": [{"name": "Documenten", "id": "b!1"}]}[path]


def test_a_library_is_found_by_site_and_name() -> None:
    graph = cast("GraphClient", SiteGraph())

    assert library(graph, "example.sharepoint.com:/sites/projecten", "Documenten").id == "b!1"
    with pytest.raises(Permanent, match=r"hub\.toml"):
        library(graph, "example.sharepoint.com:/sites/projecten", "Archief")


# folders


def test_the_missing_folders_below_a_folder_are_made(server: Stub, drive: Drive) -> None:
    server.answers(Reply(404), Reply(404), Reply(201, FOLDER | {"id": "p1"}), Reply(201, FOLDER))

    assert drive.folder_below("c1", "Inkomend/2026").id == "f1"

    made = [(asked.path, asked.json["name"]) for asked in server.asked if asked.method == "POST"]
    assert made == [("/v1.0/drives/d/items/c1/children", "Inkomend"), ("/v1.0/drives/d/items/p1/children", "2026")]


def test_a_folder_that_is_there_below_a_folder_is_not_made(server: Stub, drive: Drive) -> None:
    server.answers(Reply(body=FOLDER))

    drive.folder_below("c1", "Inkomend/2026")

    assert [asked.path for asked in server.asked] == ["/v1.0/drives/d/items/c1:/Inkomend/2026"]


@pytest.mark.parametrize("path", ["", "Inkomend"])
def test_the_folder_that_others_are_made_in_is_never_made_itself(server: Stub, drive: Drive, path: str) -> None:
    server.answers(Reply(404))

    with pytest.raises(NotFound):
        drive.folder_below("gone", path)


def test_children_come_from_all_pages(server: Stub, drive: Drive) -> None:
    more = f"{server.url}/v1.0/drives/d/items/root/children?$skiptoken=x"
    server.answers(
        Reply(body={"value": [FOLDER], "@odata.nextLink": more}), Reply(body={"value": [FOLDER | {"id": "f2"}]})
    )

    assert [item.id for item in drive.children("root")] == ["f1", "f2"]


def test_an_item_tells_which_version_it_is(server: Stub, drive: Drive) -> None:
    server.answers(Reply(body=FOLDER | {"eTag": '"{F1},3"'}), Reply(body=FOLDER))

    found, bare = drive.item("f1"), drive.item("f1")

    assert found is not None
    assert bare is not None
    assert (found.etag, bare.etag) == ('"{F1},3"', "")


# dates, and the bin


def test_the_dates_of_the_author_are_written_in_utc(server: Stub, drive: Drive) -> None:
    drive.set_dates("i1", datetime(2026, 7, 1, 9, tzinfo=BRUSSELS), datetime(2026, 7, 2, 9, tzinfo=UTC))

    (asked,) = server.asked
    dates = {"createdDateTime": "2026-07-01T07:00:00Z", "lastModifiedDateTime": "2026-07-02T09:00:00Z"}
    assert (asked.method, asked.path, asked.json) == ("PATCH", "/v1.0/drives/d/items/i1", {"fileSystemInfo": dates})


def test_what_is_in_the_bin_already_is_done(server: Stub, drive: Drive) -> None:
    server.answers(Reply(204), Reply(404))

    drive.recycle("i1")
    drive.recycle("i1")

    assert [asked.method for asked in server.asked] == ["DELETE", "DELETE"]


# columns


def test_only_columns_that_are_missing_are_made(server: Stub, drive: Drive) -> None:
    there = {"value": [{"name": "Dienst", "number": {}}]}
    server.answers(Reply(body=LIST), Reply(body=there), Reply(201, {"name": "Kenmerk"}))

    made = drive.ensure_columns(
        [ColumnDefinition("Dienst", "Dienst", "text"), ColumnDefinition("Kenmerk", "Kenmerk", "text", unique=True)]
    )

    assert made == ["Kenmerk"]
    assert [asked.path.partition("?")[0] for asked in server.asked] == ["/v1.0/drives/d/list", COLUMNS, COLUMNS]
    assert server.asked[-1].json == {
        "name": "Kenmerk",
        "displayName": "Kenmerk",
        "indexed": True,
        "enforceUniqueValues": True,
        "text": {"allowMultipleLines": False, "maxLength": 255},
    }


@pytest.mark.parametrize(
    ("kind", "facet"),
    [
        ("note", {"text": {"allowMultipleLines": True, "textType": "plain"}}),
        ("date", {"dateTime": {"displayAs": "standard", "format": "dateOnly"}}),
        ("moment", {"dateTime": {"displayAs": "standard", "format": "dateTime"}}),
        ("choice", {"choice": {"allowTextEntry": False, "choices": ["a", "b"], "displayAs": "dropDownMenu"}}),
        ("boolean", {"boolean": {}}),
    ],
)
def test_a_column_has_the_one_facet_of_its_kind(kind: Kind, facet: dict[str, object]) -> None:
    written = ColumnDefinition("Kolom", "Kolom", kind, ("a", "b")).as_json()

    assert {name: written[name] for name in written if isinstance(written[name], dict)} == facet
    assert (written["indexed"], written["enforceUniqueValues"]) == (False, False)


@pytest.mark.parametrize("status", [400, 409])
def test_a_column_that_somebody_made_meanwhile_is_fine(server: Stub, drive: Drive, status: int) -> None:
    server.answers(
        Reply(body=LIST), Reply(body={"value": []}), Reply(status), Reply(body={"value": [{"name": "Kenmerk"}]})
    )

    assert drive.ensure_columns([ColumnDefinition("Kenmerk", "Kenmerk", "text")]) == []


@pytest.mark.parametrize(
    ("answer", "after"),
    [(Reply(400), [Reply(body={"value": []})]), (Reply(201, {"name": "Kenmerk0"}), [])],
    ids=["refused", "made under another name"],
)
def test_a_column_that_sharepoint_will_not_have_is_named(
    server: Stub, drive: Drive, answer: Reply, after: list[Reply]
) -> None:
    server.answers(Reply(body=LIST), Reply(body={"value": []}), answer, *after)

    with pytest.raises(Permanent, match="Kenmerk") as refused:
        drive.ensure_columns([ColumnDefinition("Kenmerk", "Kenmerk", "text", unique=True)])

    assert refused.value.reason == "column_refused"
