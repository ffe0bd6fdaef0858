"""`hub resync`: compare anew what the sources say with what Outlook shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import click

from services.timesync.commands.following import follow, hand_over, report
from services.timesync.commands.opened import Opened, opened
from services.timesync.operations import away, compare, compare_all, identify
from shared.events import Event

_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command()
@click.option("--person", "people", multiple=True, metavar="NUMBER", help="Only this employee; may be repeated.")
@click.option("--from", "first", type=_DAY, help="Only who is absent on or after this day.")
@click.option("--to", "last", type=_DAY, help="Only who is absent on or before this day.")
@click.option("--source", "sources", multiple=True, metavar="NAME", help="Only this source; may be repeated.")
@click.option("--no-wait", is_flag=True, help="Do not wait until it is done.")
@click.option("--timeout", default=600.0, show_default=True, help="Seconds to wait at most.")
def resync(
    people: tuple[str, ...],
    first: datetime | None,
    last: datetime | None,
    sources: tuple[str, ...],
    no_wait: bool,  # noqa: FBT001 - click passes flags by position
    timeout: float,
) -> None:
    """Read the sources and repair what Outlook shows: of a person, of a period, or of everybody.

    Of a person or a period the mailboxes themselves are looked at too: an event of the hub that its owner deleted is
    made again. Without any option, every source is read whole and everybody is compared with what was written. What
    shows what it should, costs no call to Microsoft.

    \b
    Examples:
      hub resync --person 000104
      hub resync --from 2026-12-21 --to 2027-01-03
      hub resync --source protime --no-wait

    Exit codes: 0 done (or handed over), 1 not done in time or parked, 2 wrong use.
    """
    with opened() as hub:
        _check(sources, hub)
        events = _events(people, _day(first), _day(last), sources, hub)
        chain = hand_over(events, hub)
        if no_wait:
            return
        progress = follow(chain, hub, timeout)
        report(progress, timeout)
        click.echo(f"done: {progress.accepted} messages")


def _events(
    people: Sequence[str], first: date | None, last: date | None, sources: Sequence[str], hub: Opened
) -> list[Event]:
    if not people and first is None and last is None:
        click.echo(f"reading {', '.join(sources or hub.world.systems) or 'no source'} and comparing everybody")
        return compare_all(hub.world, sources)
    found = [*people] if first is None and last is None else away(hub.world, first, last)
    wanted = [each for each in found if not people or each in people]
    click.echo(f"comparing {len(wanted)} employee{'' if len(wanted) == 1 else 's'}")
    asked = identify(hub.world, wanted) if people else []
    return [*asked, *compare(hub.world, wanted, sources)]


def _check(sources: Sequence[str], hub: Opened) -> None:
    for name in sources:
        if name not in hub.world.systems:
            known = ", ".join(hub.world.systems) or "none"
            raise click.BadParameter(f"{name} is none of [timesync.systems]: {known}", param_hint="--source")


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None
