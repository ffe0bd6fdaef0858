"""`hub rules`: what would the rules of hub.toml make of this delivery?"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import click
import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.webhooks.domain.rules import Inapplicable, Matched, Rule, Verdict
from services.webhooks.policy import WebhooksPolicy
from services.webhooks.policy_rules import ALWAYS, load_rule, rules_of, unshown
from shared.config import Policy

_WORDS = {"matched": "matched", "not_matched": "not matched", "inapplicable": "INAPPLICABLE"}


@click.group()
def rules() -> None:
    """Try the rules of hub.toml: no service need run, and no secret be set."""


@rules.command("list")
@click.option("--json", "as_json", is_flag=True, help="A JSON list instead of a table.")
def list_rules(as_json: bool) -> None:  # noqa: FBT001 - click passes flags by position
    """List the rules: what they make, of whose deliveries, and when."""
    policy = _policy()
    _rules(policy)
    rows = [
        {
            "name": one.name,
            "source": one.source,
            "makes": one.makes,
            "when": "always" if one.when == ALWAYS else one.when,
        }
        for one in policy.entries("rule", load_rule)
    ]
    if as_json:
        click.echo(orjson.dumps(rows))
        return
    _show(["name", "source", "makes", "when"], [list(row.values()) for row in rows])


@rules.command()
@click.argument("file", type=click.File("rb"))
@click.option("--source", help="Only the rules of this source.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list instead of a table.")
def test(file: IO[bytes], source: str | None, as_json: bool) -> None:  # noqa: FBT001 - click passes flags by position
    """Say of each rule what it would make of the JSON in FILE (- for what is piped in), and if nothing, why.

    FILE holds one delivery, or several with one on each line. Nothing is sent and nothing is kept.

    \b
    Example: hub rules test besluit.json --source notulen
    Exit codes: 0 a rule matched, 1 none did, 2 wrong use.
    """
    chosen = _rules(_policy(), source)
    judged = [_judged(number, document, rule) for number, document in _documents(file) for rule in chosen]
    if as_json:
        click.echo(orjson.dumps(judged))
    else:
        _show(["", "rule", "verdict", "because"], [_row(one) for one in judged])
    raise SystemExit(0 if any(one["verdict"] == "matched" for one in judged) else 1)


def _policy() -> Policy:
    return Policy.read(Path(os.environ.get("HUB_CONFIG") or "hub.toml"))


def _rules(policy: Policy, source: str | None = None) -> Sequence[Rule]:
    sources = policy.section("webhooks", WebhooksPolicy).sources
    if source is not None and source not in sources:
        raise click.BadParameter(f"{source} is none of [webhooks.sources]: {', '.join(sources)}", param_hint="--source")
    return [rule for rule in rules_of(policy, sources, unshown) if source in (None, rule.source)]


def _documents(file: IO[bytes]) -> Iterator[tuple[int, Any]]:
    """Yield each delivery with its number. A list is one: that is how a system would send it."""
    body = file.read()
    try:
        documents = [orjson.loads(body)]
    except ValueError:
        documents = [_line(line) for line in body.splitlines() if line.strip()]
    yield from enumerate(documents, start=1)


def _line(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except ValueError as error:
        raise click.UsageError(f"FILE: expected one JSON document, or one on each line: {error}") from error


def _judged(number: int, document: Any, rule: Rule) -> dict[str, Any]:
    return {"delivery": number, "rule": rule.name, **_told(rule.apply(document, f"test-{number}"))}


def _told(verdict: Verdict) -> dict[str, Any]:
    if isinstance(verdict, Matched):
        event = {"type": verdict.event.TYPE, "data": verdict.event.dump()}
        return {"verdict": "matched", "event": event, "without": list(verdict.without)}
    if isinstance(verdict, Inapplicable):
        return {"verdict": "inapplicable", "fields": dict(verdict.fields)}
    return {"verdict": "not_matched", "why": verdict.why}


def _row(judged: dict[str, Any]) -> list[str]:
    if judged["verdict"] == "matched":
        told = {name: value for name, value in judged["event"]["data"].items() if value not in (None, "")}
        lines = [judged["event"]["type"], *(f"  {name} = {value}" for name, value in told.items())]
        lines += [f"  ({name}: found nothing, and may)" for name in judged["without"]]
    elif judged["verdict"] == "inapplicable":
        lines = [f"{place} ← {' '.join(expected)}" for place, expected in judged["fields"].items()]
    else:
        lines = [judged["why"]]
    return [str(judged["delivery"]), judged["rule"], _WORDS[judged["verdict"]], "\n".join(lines)]


def _show(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(*columns)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))  # as it is: brackets in an expression are no markup
    Console().print(table)
