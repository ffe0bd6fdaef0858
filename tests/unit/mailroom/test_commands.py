"""`hub mail projects` on a real database, with hub.toml as the organisation edits it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from shared.events import ProjectsChanged

from .desks import TOML, Desk, a_desk
from .exports import csv_of, row, workbook


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with a_desk(tmp_path, monkeypatch) as made:
        yield made


def test_an_import_is_shown_before_it_is_done(desk: Desk) -> None:
    plan = desk.file("plan.csv", csv_of(row("A40003", title="Loket")))

    result = desk.hub("projects", "import", plan, "--dry-run")

    assert result.exit_code == 0, result.output
    assert "1 project read, 1 would change, 0 faults" in result.stdout
    assert desk.store.projects.all() == {}
    assert desk.waiting() == []


def test_what_is_imported_is_known_and_the_tray_is_looked_at(desk: Desk) -> None:
    plan = desk.file("plan.csv", csv_of(row("A40003", title="Loket")))

    assert desk.hub("projects", "import", plan).exit_code == 0
    listed = orjson.loads(desk.hub("projects", "list", "--json").stdout)

    assert [(each["code"], each["title"], each["open"]) for each in listed] == [
        ("A40003", "Loket", True),
        ("A40201", "Digitale werkplaats", True),
    ]
    assert desk.waiting() == [ProjectsChanged(register="projecten")]


@pytest.mark.parametrize("title", ["Werf [/rood] A", "Werf [rood] A"], ids=["closing", "opening"])
def test_a_title_is_shown_as_it_was_written(desk: Desk, title: str) -> None:
    plan = desk.file("plan.csv", csv_of(row("A40003", title=title)))

    imported, listed = desk.hub("projects", "import", plan), desk.hub("projects", "list")

    assert (imported.exit_code, listed.exit_code) == (0, 0)
    assert title in imported.stdout
    assert title in listed.stdout


def test_a_second_import_of_the_same_changes_nothing(desk: Desk) -> None:
    plan = desk.file("plan.csv", csv_of(row("A40003")))
    desk.hub("projects", "import", plan)
    desk.waiting()

    told = orjson.loads(desk.hub("projects", "import", plan, "--json").stdout)

    assert (told["read"], told["applied"], told["changes"]) == (1, True, [])
    assert desk.waiting() == []


def test_each_faulty_row_is_told_and_the_others_are_taken(desk: Desk) -> None:
    plan = desk.file("plan.csv", csv_of(row("A40003", valid_from="ooit"), row("A40004")))

    result = desk.hub("projects", "import", plan)

    assert result.exit_code == 1
    assert result.stderr == "plan.csv:2 geldig van: expected a day as 31/12/2026, or nothing\n"
    assert list(desk.store.projects.all()) == ["A40004"]


def test_a_great_loss_is_only_taken_when_somebody_looked(desk: Desk) -> None:
    (desk.folder / "hub.toml").write_text(TOML + '\n[mailroom.project_file]\npath = "plan.csv"\n', encoding="utf-8")
    desk.hub("projects", "import", desk.file("plan.csv", csv_of(row("A1"), row("A2"), row("A3"))))
    less = desk.file("plan.csv", csv_of(row("A1")))

    blocked = desk.hub("projects", "import", less)
    assert blocked.exit_code == 1
    assert "2 open projects would be closed at once" in blocked.stderr
    assert not desk.store.projects.all()["A2"].project.closed

    desk.store.imports.take("the file that was refused", {"|mass_closing_blocked": "plan.csv"})
    assert desk.hub("projects", "import", less, "--confirmed").exit_code == 0
    assert desk.store.projects.all()["A2"].project.closed
    assert desk.store.imports.taken() is None  # looked at again, so that people hear that it is settled


def test_another_file_than_that_of_hub_toml_does_not_bring_that_one_back(desk: Desk) -> None:
    desk.store.imports.take("the file of hub.toml", {})
    desk.hub("projects", "import", desk.file("ander.csv", csv_of(row("A1"))))

    assert desk.store.imports.taken() == "the file of hub.toml"


def test_a_file_that_cannot_be_read_says_why(desk: Desk) -> None:
    result = desk.hub("projects", "import", desk.file("plan.xlsx", workbook(row())))

    assert result.exit_code == 1
    assert "plan.xlsx: expected the heading 'code'" in result.stderr


def test_only_open_projects_are_listed_when_asked(desk: Desk) -> None:
    plan = csv_of(
        row("A1", valid_until="17/11/2026"), row("A2", valid_until="18/11/2026"), row("A3", status="Afgerond")
    )
    desk.hub("projects", "import", desk.file("plan.csv", plan))

    listed = orjson.loads(desk.hub("projects", "list", "--open", "--json").stdout)

    assert [each["code"] for each in listed] == ["A2", "A40201"]
