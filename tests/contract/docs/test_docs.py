"""The documentation is true where a program can tell: links, paths, commands and pictures."""

from __future__ import annotations

import importlib
import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import click
import pytest

from services.__main__ import main
from shared.events import CATALOGUE
from shared.messaging import housekeeping

ROOT = Path(__file__).parents[3]
PAGES = sorted(
    [
        *(ROOT / name for name in ("README.md", "CHANGELOG.md")),
        *(page for page in (ROOT / "docs").rglob("*.md") if "contracts" not in page.parts),
    ]
)
MADE_UP = {"services/timesync/systems/rota.py"}  # the how-to has its reader make it
LARGEST_PICTURE = 250 * 1024  # bytes

IDS = [str(page.relative_to(ROOT)) for page in PAGES]


def words_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def without_blocks(text: str) -> str:
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)


def links_of(page: Path) -> list[str]:
    return re.findall(r"!?\[[^\]]*\]\(([^)\s]+)\)", without_blocks(words_of(page)))


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    local = [unquote(link.partition("#")[0]) for link in links_of(page) if "://" not in link]
    assert [link for link in local if link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_path_in_the_text_exists(page: Path) -> None:
    """A path is what begins with a folder of ours, in backticks; `services/<name>/` stands for any."""
    folders = "services|shared|sandbox|deploy|docs|tests|tools"
    named = re.findall(rf"`((?:{folders})/[^`\s]*)`", without_blocks(words_of(page)))
    plain = {path for path in named if "<" not in path} - MADE_UP
    assert sorted(path for path in plain if not (ROOT / path).exists()) == []


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_target_of_make_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", words_of(ROOT / "Makefile"), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z-]+)", words_of(page)))
    assert named <= targets


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_command_of_hub_exists(page: Path) -> None:
    named = set(re.findall(r"(?:`|\$ |^)hub ([a-z]+)", words_of(page), re.MULTILINE))
    assert named <= set(main.list_commands(click.Context(main)))


def test_there_are_pages_to_check() -> None:
    assert {"README.md", "docs/architecture.md", "docs/guarantees.md", "docs/runbook.md"} <= set(IDS)
    assert sum(len(links_of(page)) for page in PAGES) > 40


def test_each_row_of_what_to_change_leads_to_a_file() -> None:
    section = words_of(ROOT / "README.md").partition("## I want to change")[2].partition("\n## ")[0]
    rows = [row for row in section.splitlines() if row.startswith("|")][2:]
    assert len(rows) >= 10
    for row in rows:
        paths = re.findall(r"\]\(([^)]+)\)", row)
        assert paths, row
        assert all((ROOT / path).is_file() for path in paths), row


def test_every_test_that_holds_a_promise_is_named_and_there() -> None:
    promises = re.split(r"^## ", words_of(ROOT / "docs" / "guarantees.md"), flags=re.MULTILINE)[1:]
    for promise in promises:
        tests = re.findall(r"`(tests/[\w/]+\.py)`", promise)
        assert tests, promise.partition("\n")[0]
        assert all((ROOT / test).is_file() for test in tests)
        assert "*Ends" in promise, f"{promise.partition(chr(10))[0]}: where does it end?"


def test_the_events_of_the_architecture_are_those_of_the_catalogue() -> None:
    table = words_of(ROOT / "docs" / "architecture.md").partition("### Who says and hears what")[2].partition("## ")[0]
    named = {f"{name}.v1" for name in re.findall(r"`([a-z]+\.[a-z_]+)`", table)}
    assert named == {event.TYPE for event in CATALOGUE}


def test_the_architecture_tells_what_each_service_hears() -> None:
    table = words_of(ROOT / "docs" / "architecture.md").partition("### Who says and hears what")[2].partition("## ")[0]
    told = {
        cells[1].strip(): {f"{name}.v1" for name in re.findall(r"`([a-z_.]+)`", cells[2])}
        for cells in (line.split("|") for line in table.splitlines() if line.startswith("| "))
    }
    for name in ("webhooks", "timesync", "mailroom", "notifier"):
        assert told[name] == {event.TYPE for event in _router_of(name).hears}, name
    assert told["each of the five"] == {event.TYPE for event in housekeeping.router.hears}


def _router_of(service: str) -> Any:
    return importlib.import_module(f"services.{service}.handlers").router


# -- decisions, changelog, licence ------------------------------------------------------------------------------------


def decisions() -> list[Path]:
    return sorted((ROOT / "docs" / "decisions").glob("*.md"))


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(page.name[:4]) for page in decisions()] == list(range(1, len(decisions()) + 1))


@pytest.mark.parametrize("page", decisions(), ids=lambda page: page.stem)
def test_each_decision_has_its_three_parts(page: Path) -> None:
    text = words_of(page)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
    assert text.startswith(f"# {int(page.name[:4])}. ")


def test_the_changelog_knows_the_version() -> None:
    project = tomllib.loads(words_of(ROOT / "pyproject.toml"))["project"]
    assert f"## {project['version']}" in words_of(ROOT / "CHANGELOG.md")
    assert project["license"] in words_of(ROOT / "LICENSE")


# -- pictures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_picture_says_in_words_what_it_shows(page: Path) -> None:
    assert re.findall(r"!\[\s*\]\(", words_of(page)) == []


def test_pictures_are_small_and_used() -> None:
    pictures = {path for path in (ROOT / "docs" / "img").iterdir() if path.is_file()}
    used = {(page.parent / link).resolve() for page in PAGES for link in links_of(page)}
    assert pictures <= used
    assert [path.name for path in pictures if path.stat().st_size > LARGEST_PICTURE] == []


def test_the_drawing_has_a_title_and_a_description() -> None:
    space = "{http://www.w3.org/2000/svg}"
    drawing = ET.parse(ROOT / "docs" / "img" / "flow.svg").getroot()  # noqa: S314 - a file of our own
    labels = {
        element.get("id"): element.text for element in drawing if element.tag in (f"{space}title", f"{space}desc")
    }
    assert drawing.get("role") == "img"
    assert all(labels[name] for name in drawing.get("aria-labelledby", "none").split())
