"""The examples of the pages for whoever keeps projects and rules do what the pages say."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path

import pytest

from services.mailroom.domain.projects import Project
from services.mailroom.domain.routing import Facts, Goal
from services.mailroom.policy import MailroomPolicy
from services.mailroom.project_file import ProjectFileOptions, read_projects
from services.mailroom.project_file.options import HEADINGS
from shared.config import Policy

ROOT = Path(__file__).parents[3]
IMPORT = (ROOT / "docs" / "howto" / "import-projects.md").read_text(encoding="utf-8")
ROUTES = (ROOT / "docs" / "howto" / "route-letters.md").read_text(encoding="utf-8")
LETTERS = re.findall(r"^" + r"\| ([^|]+) " * 6 + r"\|$", ROUTES.partition("| --- |")[2], re.MULTILINE)[:]
PROJECTS = {
    "A40201": Project(code="A40201"),
    "A40002": Project(code="A40002", closed=True, successors=("A40201",)),
    "A40003": Project(code="A40003"),
}


def block(page: str, kind: str) -> str:
    (found,) = re.findall(rf"^```{kind}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return str(found)


def test_the_export_of_the_page_is_understood_as_it_says() -> None:
    options = ProjectFileOptions.load(tomllib.loads(block(IMPORT, "toml"))["mailroom"]["project_file"])

    reading = read_projects(options.path or "", block(IMPORT, "text").encode(), options)

    assert list(reading.projects) == ["A40201", "A40003", "A40002", "A50201"]
    assert reading.projects["A40002"] == Project(
        code="A40002", title="Oude website", closed=True, successors=("A40201", "A40003")
    )
    assert [str(fault) in IMPORT for fault in reading.faults] == [True]


def test_every_column_is_on_the_page() -> None:
    table = IMPORT.partition("## The columns")[2].partition("\n## ")[0]
    keys = re.findall(r"`(\w+)`", " ".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `")))
    headings = ", ".join(line.split("|")[2].strip() for line in table.splitlines() if line.startswith("| `"))

    assert keys == [
        "code", "title", "owner", "service", "site", "library", "folder", "team", "channel", "valid_from", "valid_until",
        "successors", "confidentiality", "status",
    ]  # fmt: skip
    assert headings.split(", ") == [HEADINGS[key] for key in keys]


@pytest.mark.parametrize("row", LETTERS, ids=" ".join)
def test_a_letter_goes_where_the_page_says(row: tuple[str, ...]) -> None:
    document_type, project, sender, series, goes_to, rule = (None if cell == "-" else cell for cell in row)
    text = f'[mailroom]\nsite = "example.sharepoint.com:/sites/a"\nlibrary = "Documenten"\n{block(ROUTES, "toml")}'
    table = Policy.of(Path("hub.toml"), text.encode()).section("mailroom", MailroomPolicy).table()
    facts = Facts(
        direction="inkomend",
        confidentiality="intern",
        series=series or "",
        day=date(2026, 11, 18),
        document_type=document_type,
        project=project,
        sender=sender,
    )

    decision = table.decide(facts, PROJECTS)

    where = decision.project.code if decision.goal is Goal.PROJECT and decision.project else str(decision.goal)
    assert (where, decision.rule) == (goes_to, rule)


def test_the_page_has_its_letters() -> None:
    assert len(LETTERS) == 8


def test_what_the_example_calls_the_default_is_what_an_absent_key_gives() -> None:
    shown = tomllib.loads((ROOT / "hub.example.toml").read_text(encoding="utf-8"))["mailroom"]
    bare = MailroomPolicy(site=shown["site"], library=shown["library"])

    for key in ("unclassified", "set_aside", "without_project", "excluded_series"):
        assert getattr(bare, key) == shown[key], key
    assert bare.project_file.closed_words == shown["project_file"]["closed_words"]
    assert bare.project_file.max_loss == shown["project_file"]["max_loss"]
    assert shown["project_file"]["columns"] == {**HEADINGS, "code": "Actienummer"}
