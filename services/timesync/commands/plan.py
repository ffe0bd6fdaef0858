"""`hub plan`: what would the hub change, for whom, and why?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import click
import orjson
from rich.console import Console
from rich.table import Table

from services.timesync.commands.opened import opened_for_looking
from services.timesync.operations import halted
from services.timesync.plan import PlanLine, SourceState, Supposition, Unreachable, suppose
from services.timesync.plan import plan as planned
from shared.errors import HubError

_COLUMNS = ("employee", "service", "shows", "action", "label", "from", "until", "why", "records")
_SHOWN = 50  # lines of the table, when nobody says how many
_PLACES = 20  # places of unknown codes that are listed: who mends one, mends most


@dataclass
class _Tally:
    """The plan, counted while it goes by; *lines* are the first of it."""

    limit: int | None
    lines: list[PlanLine] = field(default_factory=list)
    changes: Counter[tuple[str, str]] = field(default_factory=Counter)
    services: Counter[str] = field(default_factory=Counter)
    unreachable: Counter[str] = field(default_factory=Counter)
    employees: set[str] = field(default_factory=set)

    def count(self, found: Iterable[PlanLine | Unreachable]) -> None:
        for each in found:
            if isinstance(each, Unreachable):
                self.unreachable[each.reason] += 1
                continue
            self.changes[each.effect, each.action] += 1
            self.services[each.service] += 1
            self.employees.add(each.employee)
            if self.limit is None or len(self.lines) < self.limit:
                self.lines.append(each)


@click.command()
@click.option("--person", "people", multiple=True, metavar="NUMBER", help="Only this employee; may be repeated.")
@click.option("--stored", is_flag=True, help="Do not read the sources: what they told last.")
@click.option("--confirmed", multiple=True, metavar="SOURCE", help="As if `hub absences release` were said of it.")
@click.option("--limit", type=click.IntRange(0), help=f"At most so many lines. Default: {_SHOWN}; with --json all.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of tables.")
def plan(
    people: tuple[str, ...],
    stored: bool,  # noqa: FBT001 - click passes flags by position
    confirmed: tuple[str, ...],
    limit: int | None,
    as_json: bool,  # noqa: FBT001 - click passes flags by position
) -> None:
    """Say what the hub would change in Outlook with hub.toml as it is now, and why. Nothing is changed or remembered.

    The sources are read anew and compared with what the hub wrote before. Microsoft is asked nothing but who is in the
    pilot group, and who is who when the hub never ran. Times are local.

    \b
    Examples:
      hub plan                        before hub.toml is given to the hub, or at a first start
      hub plan --person 000104
      hub plan --stored --json

    Exit codes: 0 here is the plan, 1 it cannot be made, 2 hub.toml cannot be used: which line, and what may be there.
    """
    with opened_for_looking() as hub:
        try:
            found = suppose(hub.world, hub.database, fresh=not stored, confirmed=confirmed)
        except HubError as error:
            raise click.ClickException(f"Microsoft cannot be asked who is who: {error}") from error
        tally = _Tally(limit if limit is not None else None if as_json else _SHOWN)
        tally.count(planned(found.world, hub.world.store.records, people))
        if as_json:
            click.echo(orjson.dumps(_json(tally, found), option=orjson.OPT_INDENT_2))
        else:
            _show(tally, found)


def _json(tally: _Tally, found: Supposition) -> dict[str, Any]:
    return {
        "lines": [_line(line) for line in tally.lines],
        "employees": len(tally.employees),
        "changes": [
            {"effect": effect, "action": action, "count": count}
            for (effect, action), count in sorted(tally.changes.items())
        ],
        "services": dict(sorted(tally.services.items())),
        "unreachable": dict(sorted(tally.unreachable.items())),
        "held": [{"source": source, "place": held.place, "reason": held.reason} for source, held in found.held],
        "sources": [
            {"name": one.name, "read": one.read, "reason": one.reason, "count": one.count, "blocked": one.blocked}
            for one in found.sources
        ],
        "accounts_read": found.accounts_read,
        "halted": halted(found.world) is not None,
    }


def _line(line: PlanLine) -> dict[str, Any]:
    return {
        "employee": line.employee,
        "service": line.service,
        "effect": line.effect,
        "action": line.action,
        "label": line.label,
        "start": line.span.start.isoformat(),
        "end": line.span.end.isoformat(),
        "why": line.why,
        "records": line.records,
    }


def _show(tally: _Tally, found: Supposition) -> None:
    console = Console()
    for note in _notes(found):
        click.echo(note)
    if tally.lines:
        table = Table(*_COLUMNS)
        for line in tally.lines:
            table.add_row(*_cells(line))
        console.print(table)
    total = sum(tally.changes.values())
    if total > len(tally.lines):
        click.echo(f"… and {total - len(tally.lines)} more (--limit)")
    for count in _counts(tally, found):
        click.echo(count)


def _cells(line: PlanLine) -> tuple[str, ...]:
    span = (f"{moment:%Y-%m-%d %H:%M}" for moment in (line.span.start, line.span.end))
    records = ", ".join(line.records[:3]) + (" …" if len(line.records) > 3 else "")
    return (line.employee, line.service, line.effect, line.action, line.label, *span, line.why, records)


def _notes(found: Supposition) -> Iterator[str]:
    stopped = halted(found.world)
    if stopped:
        yield f"The hub was stopped by {stopped.by} at {stopped.at}: it shows nothing until `hub absences resume`."
    if found.accounts_read:
        yield "Who is who was asked of Microsoft just now, for the hub never did; it is not remembered."
    yield from (_source_note(one) for one in found.sources if one.blocked or not one.read)


def _source_note(source: SourceState) -> str:
    if not source.read:
        return f"{source.name} cannot be read now ({source.reason}): as it was told last."
    return (
        f"{source.name} says so much less or else than before that the hub would wait for a person: "
        f"`hub plan --confirmed {source.name}` shows what it would take away, `hub absences release` lets it."
    )


def _counts(tally: _Tally, found: Supposition) -> Iterator[str]:
    total = sum(tally.changes.values())
    if not total:
        yield "Nothing would change."
    else:
        yield f"{total} changes for {len(tally.employees)} employees:"
        yield from (f"  {count:6} {effect} {action}" for (effect, action), count in sorted(tally.changes.items()))
        if len(tally.services) > 1:
            yield from (f"  {count:6} in {name or 'no service'}" for name, count in sorted(tally.services.items()))
    yield from (f"{count} employees cannot be shown: {why}" for why, count in sorted(tally.unreachable.items()))
    reasons = Counter((source, held.reason) for source, held in found.held)
    yield from (f"{count} held in {source}: {reason}" for (source, reason), count in sorted(reasons.items()))
    unknown = (f"  {held.place}" for _, held in found.held if held.reason == "unknown_code")
    yield from islice(unknown, _PLACES)
