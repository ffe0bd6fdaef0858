"""How the commands of `hub mail` answer: as a table or as JSON, with reasons in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
import orjson
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from services.mailroom.commands.opened import Opened
from services.mailroom.store.letters import FILED, KEPT, TRAY, Filing

REASONS = {
    "no_project": "it names no project, and no rule gives it one",
    "unknown_project": "no project has the code that it names: `hub mail projects list`",
    "project_closed": "its project takes no letters any more, and no single open one follows it up",
    "project_too_open": "it is not public, and the folder of its project may hold public letters only",
    "folder_missing": "its project has no folder that is found: make it, or mend its place in the register of projects",
    "folder_ambiguous": "more than one folder begins with the code of its project: name the right one in the register",
    "guests_in_team": "people from outside read along in the team of its project",
    "public_team": "everybody reads along in the team of its project",
    "by_rule": "a rule of [[mailroom.routes]] says so",
    "confidential": "it is confidential: it never comes in a project folder",
    "excluded_series": "its series is one of 'excluded_series': it never comes in a project folder",
    "cancelled": "its registration was cancelled",
    "deleted": "it was deleted in the register",
}


def why(reason: str | None) -> str:
    """Return *reason* in words, "" when there is none."""
    return REASONS.get(reason, reason) if reason else ""


def where(filing: Filing) -> str:
    """Return where a letter stands, as rules speak of it: the code of a project, `tray`, `protected` or `register`."""
    if filing.state == FILED and filing.project:
        return filing.project
    return {TRAY: "tray", KEPT: "register"}.get(filing.state, filing.state)


def show(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; nothing when it has no rows. Cells are shown as they are, and whole on a narrow screen too."""
    if not rows:
        return
    table = Table(*(Column(name, overflow="fold") for name in columns))
    for row in rows:
        # a plain text would be read as markup: "[rood]" vanishes, and "[/rood]" ends the command
        # https://rich.readthedocs.io/en/stable/markup.html#escaping
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    Console().print(table)


def answer(told: Any) -> None:
    """Print *told* as JSON."""
    click.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2))


def counted(count: int, thing: str) -> str:
    """Return "1 letter" or "2 letters"."""
    return f"{count} {thing}{'' if count == 1 else 's'}"


def letter(kenmerk: str, hub: Opened) -> Filing:
    """Return the newest version of a letter. Raises: ClickException when there is none, or it was refused."""
    found = hub.world.store.letters.newest(kenmerk)
    if found is not None:
        return found
    if hub.world.store.trail.of(kenmerk):
        raise click.ClickException(f"{kenmerk} came and is not filed: `hub mail trail {kenmerk}` tells why")
    raise click.ClickException(f"no letter {kenmerk}: expected a kenmerk as 2026/IN/001234")
