"""`hub mail tray`, `classify` and `due`: what waits for a person, and by when."""

from __future__ import annotations

from datetime import date, timedelta

import click

from services.mailroom.commands.answers import answer, counted, letter, show, where, why
from services.mailroom.commands.opened import opened, user
from services.mailroom.domain.projects import nearest
from shared.clock import BRUSSELS
from shared.events import ClassificationChosen

_WAITING = ("kenmerk", "since", "suggestions", "why")
_DUE = ("kenmerk", "due", "days", "where", "department", "handler")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="A JSON list instead of a table.")
def tray(as_json: bool) -> None:  # noqa: FBT001 - click passes flags by position
    """List the letters that wait in the tray, why, and the projects that were probably meant.

    \b
    Example: hub mail tray --json
    Exit codes: 0 here they are, 2 wrong use.
    """
    with opened() as hub:
        found = hub.world.store.letters.in_tray()
        if as_json:
            answer(
                [
                    {"kenmerk": each.kenmerk, "since": each.at, "reason": each.reason, "suggestions": each.suggestions}
                    for each in found
                ]
            )
            return
        show(
            _WAITING,
            [(each.kenmerk, f"{each.at:%Y-%m-%d}", ", ".join(each.suggestions), why(each.reason)) for each in found],
        )
        click.echo(f"{counted(len(found), 'letter')} in the tray")


@click.command()
@click.argument("kenmerk")
@click.argument("code")
def classify(kenmerk: str, code: str) -> None:
    """File letter KENMERK in the project CODE, as soon as mailroom runs. Where it was stays in the trail.

    \b
    Example: hub mail classify 2026/IN/001234 A40201
    Exit codes: 0 handed over, 1 no such letter or project, 2 wrong use.
    """
    with opened() as hub:
        filing = letter(kenmerk, hub)
        if not filing.is_visible:
            raise click.ClickException(f"{kenmerk} is in no folder ({where(filing)}): there is nothing to classify")
        known = hub.world.projects()
        if code not in known:
            today = hub.clock.now().astimezone(BRUSSELS).date()
            near = ", ".join(nearest(code, [each for each, project in known.items() if project.is_open(today)]))
            raise click.ClickException(f"no project {code}" + (f"; did you mean {near}?" if near else ""))
        hub.hand_over([ClassificationChosen(kenmerk=kenmerk, project=code, by=user())])
        click.echo(f"{kenmerk}: {code} is chosen; `hub mail explain {kenmerk}` tells where it is")


@click.command()
@click.option("--days", type=click.IntRange(0, 3660), help="Only those due within so many days. Default: all.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list instead of a table.")
def due(days: int | None, as_json: bool) -> None:  # noqa: FBT001 - click passes flags by position
    """List the letters that must still be answered, the most urgent first; days below 0 are too late.

    \b
    Examples:
      hub mail due --days 7
      hub mail due --json

    Exit codes: 0 here they are, 2 wrong use.
    """
    with opened() as hub:
        today = hub.clock.now().astimezone(BRUSSELS).date()
        until = date.max if days is None else today + timedelta(days=days)
        found = hub.world.store.letters.due_until(until)
        dated = sorted((each.due, each.kenmerk, each) for each in found if each.due)
        rows = [
            (each.kenmerk, day, (day - today).days, where(each), each.department, each.handler)
            for day, _, each in dated
        ]
        if as_json:
            answer([dict(zip(_DUE, row, strict=True)) for row in rows])
            return
        show(_DUE, rows)
        click.echo(f"{counted(len(rows), 'letter')} to answer")
