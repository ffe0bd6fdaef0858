"""A folder is looked up once for many letters, and again when it turns out to be gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from shared.errors import Transient
from shared.graph.client import GraphClient
from shared.graph.drives import Drive
from shared.graph.errors import NotFound
from tests.unit.shared.server import Reply, Stub
from tests.unit.shared.test_graph_client import Keys

FOLDER = {"id": "f1", "name": "2026", "folder": {}, "parentReference": {"id": "p1", "path": "/drives/d/root:/A"}}
FILE = {"id": "i1", "name": "brief.pdf", "size": 4, "file": {"hashes": {"quickXorHash": "x"}}}


@pytest.fixture
def drive(server: Stub) -> Iterator[Drive]:
    graph = GraphClient(f"{server.url}/v1.0", Keys())
    yield Drive(graph, "d")
    graph._session.close()


@pytest.fixture
def brief(tmp_path: Path) -> Path:
    (tmp_path / "brief.pdf").write_bytes(b"%PDF")
    return tmp_path / "brief.pdf"


def asked(server: Stub) -> list[str]:
    return [f"{one.method} {unquote(one.path).removeprefix('/v1.0/drives/d/')}" for one in server.asked]


def test_a_folder_is_looked_up_once_for_many_letters(server: Stub, drive: Drive) -> None:
    server.answers(Reply(body=FOLDER))

    found = [drive.folder_below("c1", "Post/2026").id for _ in range(3)]

    assert found == ["f1", "f1", "f1"]
    assert asked(server) == ["GET items/c1:/Post/2026"]


def test_a_folder_that_is_gone_since_is_looked_up_again_by_the_next_attempt(
    server: Stub, drive: Drive, brief: Path
) -> None:
    server.answers(Reply(body=FOLDER), Reply(404), Reply(body=FOLDER | {"id": "f2"}))
    drive.folder_below("c1", "Post/2026")

    with pytest.raises(Transient) as failure:
        drive.upload("f1", "brief.pdf", brief)

    assert failure.value.reason == "folder_gone"
    assert drive.folder_below("c1", "Post/2026").id == "f2"


def test_a_file_that_cannot_be_moved_to_what_is_gone_since_is_tried_again(server: Stub, drive: Drive) -> None:
    server.answers(Reply(body=FOLDER), Reply(404))
    drive.folder_below("c1", "Post/2026")

    with pytest.raises(Transient):
        drive.move("i1", "f1", "brief.pdf")


def test_whoever_comes_after_the_one_who_noticed_tries_again_too(server: Stub, drive: Drive, brief: Path) -> None:
    server.answers(Reply(body=FOLDER), Reply(404))
    drive.folder_below("c1", "Post/2026")

    for _ in range(2):
        with pytest.raises(Transient):
            drive.upload("f1", "brief.pdf", brief)


def test_a_folder_in_which_others_cannot_be_made_is_looked_up_again(server: Stub, drive: Drive) -> None:
    server.answers(Reply(body=FOLDER | {"id": "c1"}), Reply(404))
    drive.folder_below("c1", "")

    for path in ("Post/2026", ""):
        with pytest.raises(NotFound):
            drive.folder_below("c1", path)


def test_what_the_hub_itself_recycles_is_looked_up_again(server: Stub, drive: Drive) -> None:
    server.answers(Reply(body=FOLDER), Reply(204), Reply(body=FOLDER | {"id": "f2"}))
    drive.folder_below("c1", "Post/2026")

    drive.recycle("f1")

    assert drive.folder_below("c1", "Post/2026").id == "f2"


def test_a_file_and_its_columns_are_read_in_one_request(server: Stub, drive: Drive) -> None:
    server.answers(Reply(body=FILE | {"listItem": {"fields": {"PostKenmerk": "2026/IN/001234"}}}))

    item, fields = drive.item_and_fields("i1") or (None, {})

    assert (item and item.id, fields) == ("i1", {"PostKenmerk": "2026/IN/001234"})
    assert asked(server) == ["GET items/i1?$expand=listItem($expand=fields)"]


def test_columns_that_are_not_told_are_not_there(server: Stub, drive: Drive) -> None:
    server.answers(Reply(body=FILE), Reply(404))

    item, fields = drive.item_and_fields("i1") or (None, {"PostKenmerk": "2026/IN/001234"})

    assert (item and item.id, fields) == ("i1", {})
    assert drive.item_and_fields("i1") is None
