"""`hub mail explain` and `hub mail try`: why a letter is where it is, and where other rules would have it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from services.mailroom.commands.answers import answer, letter, show, where, why
from services.mailroom.commands.opened import Opened, opened
from services.mailroom.domain.routing import Decision, Goal, Step
from services.mailroom.store.letters import CANCELLED, TRAY, Filing

_STEPS = ("rule", "verdict", "because")
_TRIED = ("kenmerk", "now", "then", "rule")
# Why a letter whose project is known waits in the tray: no rule changes that.
_SHELF = ("folder_missing", "folder_ambiguous", "guests_in_team", "public_team", "project_too_open")


@click.command()
@click.argument("kenmerk")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
def explain(kenmerk: str, as_json: bool) -> None:  # noqa: FBT001 - click passes flags by position
    """Say where letter KENMERK stands, and of each rule whether it matched, or which condition did not fit.

    The rules are those of hub.toml as it is now.

    \b
    Example: hub mail explain 2026/IN/001234
    Exit codes: 0 here it is, 1 there is no such letter or it was refused, 2 wrong use.
    """
    with opened() as hub:
        filing = letter(kenmerk, hub)
        decision = hub.world.decide(filing.facts, filing.chosen) if filing.facts else None
        if as_json:
            answer(_json(filing, decision))
            return
        for line in _told(filing):
            click.echo(line)
        if decision is None:
            click.echo("Its content never came, so no rule was asked.")
            return
        show(_STEPS, [_row(step) for step in decision.steps])
        click.echo(f"By the rules and projects of now: {_goal(decision)}{_because(decision.reason)}")


@click.command("try")
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Try the rules of this file instead of those of hub.toml.",
)
@click.option("--last", type=click.IntRange(1, 100_000), default=1000, show_default=True, help="So many letters.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list instead of a table.")
def try_rules(config: Path | None, last: int, as_json: bool) -> None:  # noqa: FBT001 - click passes flags by position
    """Say which of the letters handled last the rules would put elsewhere. Nothing is moved.

    What a person chose stays chosen. *now* is where a letter stands, *then* where the rules would have it.

    \b
    Examples:
      hub mail try --last 200
      hub mail try --config nieuw.toml

    Exit codes: 0 here they are, 2 that file cannot be used: which line, and what may be there.
    """
    with opened(config) as hub:
        tried = hub.world.store.letters.settled(last)
        found = list(_elsewhere(tried, hub))
        if as_json:
            answer([dict(zip(_TRIED, row, strict=True)) for row in found])
            return
        show(_TRIED, found)
        click.echo(f"{len(found)} of {len(tried)} letters would be elsewhere")


def _elsewhere(tried: Sequence[Filing], hub: Opened) -> Iterator[tuple[str, str, str, str]]:
    for filing in tried:
        if filing.facts is None or filing.state == CANCELLED:
            continue
        decision = hub.world.decide(filing.facts, filing.chosen)
        waits = filing.state == TRAY and filing.reason in _SHELF and filing.rule == decision.rule
        now, then = where(filing), _goal(decision)
        if now != then and not (waits and decision.goal is Goal.PROJECT):
            yield filing.kenmerk, now, then, decision.rule


def _goal(decision: Decision) -> str:
    return decision.project.code if decision.goal is Goal.PROJECT and decision.project else str(decision.goal)


def _told(filing: Filing) -> Iterator[str]:
    yield f"{filing.kenmerk} version {filing.version}: {where(filing)}{_because(filing.reason)}"
    if filing.folder:
        yield f"in {filing.folder}, since {filing.at:%Y-%m-%d %H:%M} UTC"
    if filing.chosen:
        yield f"a person chose {filing.chosen} for it"
    if filing.suggestions:
        yield f"meant is perhaps {', '.join(filing.suggestions)}: `hub mail classify {filing.kenmerk} CODE`"


def _because(reason: str | None) -> str:
    return f" ({why(reason)})" if reason else ""


def _row(step: Step) -> tuple[str, str, str]:
    if step.matched:
        return step.rule, "matched", ""
    said = f"says '{step.value}'" if step.value else "says nothing"
    return step.rule, "did not match", f"{step.condition}: the letter {said}"


def _json(filing: Filing, decision: Decision | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "kenmerk": filing.kenmerk,
        "version": filing.version,
        "state": filing.state,
        "where": where(filing),
        "folder": filing.folder,
        "rule": filing.rule,
        "reason": filing.reason,
        "why": why(filing.reason),
        "chosen": filing.chosen,
        "suggestions": filing.suggestions,
    }
    if decision:
        told["steps"] = [vars(step) for step in decision.steps]
        told["by_rules_of_now"] = {"where": _goal(decision), "rule": decision.rule, "reason": decision.reason}
    return told
