"""`hub mail projects`: the register of projects, imported by hand and looked at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from services.mailroom.commands.answers import answer, counted, show
from services.mailroom.commands.opened import Opened, opened
from services.mailroom.domain.plan import Difference
from services.mailroom.domain.projects import Project
from services.mailroom.handlers.projects import apply, compared
from services.mailroom.project_file import Reading
from shared.clock import BRUSSELS
from shared.errors import Invalid, Transient

_COLUMNS = ("what", "code", "title", "differs in")
_LISTED = ("code", "title", "open", "place", "openness", "successors")


@click.group()
def projects() -> None:
    """Import and list the projects that letters may be filed under."""


@projects.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Change nothing.")
@click.option("--confirmed", is_flag=True, help="Somebody looked: close what is gone, however much that is.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
def import_file(file: Path, dry_run: bool, confirmed: bool, as_json: bool) -> None:  # noqa: FBT001 - click passes flags by position
    """Take over FILE, an export of the plan follow-up: CSV, .xlsx, .xls or .ods.

    A faulty row is told with what was expected, and keeps what was known of its project. What is gone from FILE is
    closed, never deleted. What waits in the tray and has a folder now is filed when mailroom runs.

    \b
    Examples:
      hub mail projects import plan.xlsx --dry-run
      hub mail projects import plan.csv

    Exit codes: 0 all of it, 1 some rows are faulty or nothing could be done, 2 wrong use.
    """
    with opened() as hub:
        reading = _read(file, hub)
        found = compared(reading, hub.world)
        is_stopped = found.is_blocked and not confirmed
        if not dry_run and not is_stopped:
            hub.hand_over(list(apply(found, hub.world)))
            _settle(file, hub)
        _tell(reading, found, is_applied=not dry_run and not is_stopped, as_json=as_json)
        for fault in reading.faults:
            click.echo(str(fault), err=True)
        if is_stopped:
            gone = counted(len(found.gone), "open project")
            click.echo(f"nothing is applied: {gone} would be closed at once; --confirmed if that is right", err=True)
    raise SystemExit(1 if reading.faults or is_stopped else 0)


@projects.command("list")
@click.option("--open", "only_open", is_flag=True, help="Only those that take letters today.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list instead of a table.")
def list_projects(only_open: bool, as_json: bool) -> None:  # noqa: FBT001 - click passes flags by position
    """List the projects in force: imported or told of, and over them what hub.toml says.

    \b
    Example: hub mail projects list --open --json
    Exit codes: 0 here they are, 2 wrong use.
    """
    with opened() as hub:
        today = hub.clock.now().astimezone(BRUSSELS).date()
        found = [each for _, each in sorted(hub.world.projects().items()) if not only_open or each.is_open(today)]
        if as_json:
            answer([{**each.dump(), "open": each.is_open(today)} for each in found])
            return
        show(_LISTED, [_listed(each, is_open=each.is_open(today)) for each in found])
        click.echo(counted(len(found), "project"))


def _read(file: Path, hub: Opened) -> Reading:
    try:
        return hub.world.project_file.read(hub.world.project_file.look(file), hub.world.projects().keys())
    except (Invalid, Transient) as error:
        raise click.ClickException(str(error)) from error


def _settle(file: Path, hub: Opened) -> None:
    """Have the service look again at its own file when that was imported: people hear that it is settled."""
    own = hub.world.project_file.path
    if own is not None and own.exists() and own.samefile(file):
        hub.world.store.imports.look_again()


def _tell(reading: Reading, found: Difference, *, is_applied: bool, as_json: bool) -> None:
    changes = [(str(each.what), each.after.told.code, each.after.project.title, each.fields) for each in found.changes]
    if as_json:
        answer(_json(reading, found, changes, is_applied=is_applied))
        return
    show(_COLUMNS, [(what, code, title, ", ".join(fields)) for what, code, title, fields in changes])
    read, done = counted(len(reading.projects), "project"), "changed" if is_applied else "would change"
    click.echo(f"{read} read, {len(changes)} {done}, {counted(len(reading.faults), 'fault')}")


def _json(
    reading: Reading, found: Difference, changes: Sequence[tuple[Any, ...]], *, is_applied: bool
) -> dict[str, Any]:
    return {
        "read": len(reading.projects),
        "applied": is_applied,
        "blocked": found.is_blocked,
        "changes": [
            {"what": what, "code": code, "title": title, "fields": fields} for what, code, title, fields in changes
        ],
        "faults": [
            {
                "line": each.line,
                "code": each.code,
                "column": each.column,
                "reason": each.reason,
                "expected": each.expected,
            }
            for each in reading.faults
        ],
    }


def _listed(project: Project, *, is_open: bool) -> tuple[object, ...]:
    place = project.folder or (f"channel of {project.team}" if project.team else "by its code")
    return (
        project.code,
        project.title,
        "yes" if is_open else "no",
        place,
        project.openness,
        ", ".join(project.successors),
    )
