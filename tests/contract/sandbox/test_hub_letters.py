"""What proves a letter comes in one request, and is the same as in two."""

from pathlib import Path

from sandbox.voorbeeldegem import CONFIDENTIAL_DRIVE_ID
from shared.graph.client import GraphClient
from shared.graph.drives import ColumnDefinition, Drive

KENMERK = ColumnDefinition("Kenmerk", "Kenmerk", "text", unique=True)


def test_a_file_read_with_its_columns_is_the_file_and_its_columns(graph: GraphClient, tmp_path: Path) -> None:
    drive, source = Drive(graph, CONFIDENTIAL_DRIVE_ID), tmp_path / "brief.pdf"
    source.write_bytes(b"%PDF")
    drive.ensure_columns([KENMERK])
    made = drive.upload("root", "brief.pdf", source)
    drive.set_fields(made.id, {"Kenmerk": "2026/IN/001234"})

    alone = drive.fields(made.id)
    alone.pop("@odata.context")  # told of an answer, and not of what is in one
    assert alone["Kenmerk"] == "2026/IN/001234"
    assert drive.item_and_fields(made.id) == (drive.item(made.id), alone)


def test_a_file_that_is_deleted_has_neither(graph: GraphClient, tmp_path: Path) -> None:
    drive, source = Drive(graph, CONFIDENTIAL_DRIVE_ID), tmp_path / "brief.pdf"
    source.write_bytes(b"%PDF")
    made = drive.upload("root", "brief.pdf", source)
    drive.recycle(made.id)

    assert drive.item_and_fields(made.id) is None
