"""`hub absences`: what became of each absence; stop it all, and go on."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import click
import orjson
from rich.console import Console
from rich.table import Table

from services.timesync.as_if import MarksAsIf
from services.timesync.commands.following import follow, hand_over, report
from services.timesync.commands.opened import Opened, opened, user
from services.timesync.items import ItemState
from services.timesync.operations import halted, halted_mark, resume, stop
from services.timesync.plan import PlanLine, plan
from services.timesync.store.marks import HALTED
from shared.config import Settings
from shared.errors import Transient
from shared.events import ReadingConfirmed
from shared.http import Http

_COLUMNS = ("employee", "source", "place", "first", "last", "state", "reason", "since")
_PAGE = 500
_ATTEMPTS = 3  # comparisons of a stop: what was being written while it began is met by the next


@click.group()
def absences() -> None:
    """Follow absences to Outlook, take them all away, or put them back."""


@absences.command()
@click.option("--state", type=click.Choice([str(state) for state in ItemState]), help="Only with this state.")
@click.option("--employee", metavar="NUMBER", help="Only of this employee.")
@click.option("--source", help="Only of this source.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list instead of a table.")
def items(
    state: str | None,
    employee: str | None,
    source: str | None,
    limit: int,
    as_json: bool,  # noqa: FBT001 - click passes flags by position
) -> None:
    """List registrations with what became of them and why, by employee. Timesync must be running.

    \b
    State:
      synchronised  shown as the source wants it
      waiting       still to be written           planned    too far ahead to be shown already
      held          a person must mend something  refused    the source says something that cannot be
      detached      its owner changed the event   respected  its owner deleted it
      skipped       nothing to show               past       over

    \b
    Examples:
      hub absences items --employee 000104
      hub absences items --state held --json
    """
    wishes = {"state": state, "employee": employee, "source": source}
    rows: list[dict[str, Any]] = []
    for page in _pages({name: wish for name, wish in wishes.items() if wish}):
        rows += page
        if len(rows) >= limit:
            break
    if as_json:
        click.echo(orjson.dumps(rows[:limit]))
        return
    table = Table(*_COLUMNS)
    for row in rows[:limit]:
        table.add_row(*(str(row[column] or "") for column in _COLUMNS))
    Console().print(table)


@absences.command("stop")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--no-wait", is_flag=True, help="Do not wait until it is done.")
@click.option("--timeout", default=3600.0, show_default=True, help="Seconds to wait at most.")
def stop_all(yes: bool, no_wait: bool, timeout: float) -> None:  # noqa: FBT001 - click passes flags by position
    """Take away everything that the hub shows from now on, restore what it replaced, and show nothing until `resume`.

    What is over stays. An absence that is going on ends now. What employees changed themselves is not touched. The
    sources are read on. Ctrl-C stops the waiting, not the work.

    \b
    Examples:
      hub absences stop
      hub absences stop --yes --no-wait

    Exit codes: 0 all of it is gone (or handed over), 1 not all of it, 2 wrong use.
    """
    with opened() as hub:
        for line in _losses(hub):
            click.echo(line)
        if not yes:
            click.confirm("Take all of that away?", abort=True)
        event = stop(hub.world, user())
        for _ in range(_ATTEMPTS):
            chain = hand_over([event], hub)
            if no_wait:
                return
            report(follow(chain, hub, timeout, left=lambda: _left(hub)), timeout)
            if not _left(hub):
                click.echo("stopped: nothing of the hub is shown any more. `hub absences resume` puts it back")
                return
            event = stop(hub.world, user())
        still = _left(hub)
        raise click.ClickException(f"stopped, but something of the hub still stands in {still} mailboxes: `hub plan`")


@absences.command("resume")
@click.option("--no-wait", is_flag=True, help="Do not wait until it is done.")
@click.option("--timeout", default=3600.0, show_default=True, help="Seconds to wait at most.")
def resume_all(no_wait: bool, timeout: float) -> None:  # noqa: FBT001 - click passes flags by position
    """Show absences again after a stop, as the sources tell them by now.

    \b
    Example: hub absences resume
    Exit codes: 0 done (or handed over), 1 not stopped, or not done, 2 wrong use.
    """
    with opened() as hub:
        stopped = halted(hub.world)
        if stopped is None:
            raise click.ClickException("the hub is not stopped: there is nothing to resume")
        click.echo(f"stopped by {stopped.by} at {stopped.at}; showing again")
        chain = hand_over([resume(hub.world)], hub)
        if not no_wait:
            report(follow(chain, hub, timeout), timeout)


@absences.command()
@click.argument("source")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--no-wait", is_flag=True, help="Do not wait until it is done.")
@click.option("--timeout", default=600.0, show_default=True, help="Seconds to wait at most.")
def release(source: str, yes: bool, no_wait: bool, timeout: float) -> None:  # noqa: FBT001 - click passes flags by position
    """Believe what SOURCE says though it takes much away: somebody looked, and it is right.

    SOURCE is read anew, whole; `hub plan --confirmed SOURCE` shows first what that would take away.

    \b
    Example: hub absences release protime
    Exit codes: 0 done (or handed over), 1 nothing is blocked, or not done, 2 wrong use.
    """
    with opened() as hub:
        if source not in hub.world.systems:
            known = ", ".join(hub.world.systems) or "none"
            raise click.BadParameter(f"{source} is none of [timesync.systems]: {known}", param_hint="SOURCE")
        found = hub.world.store.records.source(source)
        if found.blocked is None:
            raise click.ClickException(f"nothing of {source} is blocked")
        click.echo(f"{source}: {found.counted} registrations were believed last, {found.blocked} came now")
        if found.losing:
            click.echo(f"{found.losing} people would lose most of the absences that they still have to come")
        if not yes:
            click.confirm("Believe it?", abort=True)
        chain = hand_over([ReadingConfirmed(source=source, by=user())], hub)
        if not no_wait:
            report(follow(chain, hub, timeout), timeout)


def _pages(wishes: dict[str, str]) -> Iterator[list[dict[str, Any]]]:
    address, after = f"{Settings.load(os.environ).address('timesync')}/items", None
    while True:
        asked = {**wishes, "limit": str(_PAGE), **({"after": after} if after is not None else {})}
        try:
            page = Http().get_json(address, params=asked)
        except Transient as error:
            raise click.ClickException(f"{error}. Is timesync running? `hub check` tells") from error
        yield page["items"]
        after = page["after"]
        if after is None:
            return


def _losses(hub: Opened) -> Iterator[str]:
    """Yield what a stop would take away, from the books alone."""
    marks = MarksAsIf(hub.database, {HALTED: halted_mark("", hub.world.clock.now())})
    world = replace(hub.world, store=replace(hub.world.store, marks=marks))
    found = plan(world, hub.world.store.records)
    counts = Counter((each.effect, each.action) for each in found if isinstance(each, PlanLine))
    yield f"something of the hub stands in {_left(hub)} mailboxes"
    yield from (f"  {count:6} {effect} {action}" for (effect, action), count in sorted(counts.items()))


def _left(hub: Opened) -> int:
    return hub.world.store.everybody.showing(hub.world.local_now())
