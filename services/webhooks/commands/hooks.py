"""`hub hooks`: knock as a source would."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, BinaryIO

import click
import orjson

from services.webhooks.policy import WebhooksPolicy
from services.webhooks.sources.configured import scheme_of
from shared.clock import SystemClock
from shared.config import Policy, Settings
from shared.http import Answer, Http


@click.group()
def hooks() -> None:
    """Send test deliveries."""


@hooks.command()
@click.argument("source")
@click.argument("file", type=click.File("rb"))
@click.option("--url", help="The address of the front door, without /hooks. Default: HUB_WEBHOOKS_BIND.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a line.")
def send(source: str, file: BinaryIO, url: str | None, as_json: bool) -> None:  # noqa: FBT001 - click passes flags by position
    """Sign FILE as SOURCE would, and post it to the front door. FILE may be -, for what comes in.

    SOURCE is a table of [webhooks.sources] in hub.toml; the first of its secrets that can sign is used. What is sent
    counts like any other delivery: use a sample, not somebody's data.

    \b
    Examples:
      hub hooks send protime notice.json
      echo '{"type": "absences.changed"}' | hub hooks send protime -
      hub hooks send post letter.json --url https://hub.example.org --json

    Exit codes: 0 taken (2xx), 1 refused or not reached, 2 wrong use.
    """
    settings = Settings.load(os.environ)
    body = file.read()
    headers = {"content-type": "application/json", **_signed(source, body, settings)}
    answer = Http().post_bytes(f"{(url or settings.address('webhooks')).rstrip('/')}/hooks/{source}", body, headers)
    told = _told(answer)
    click.echo(orjson.dumps(told) if as_json else _line(told))
    raise SystemExit(0 if 200 <= answer.status < 300 else 1)


def _signed(source: str, body: bytes, settings: Settings) -> Mapping[str, str]:
    policy = Policy.read(settings.config)
    sources = policy.section("webhooks", WebhooksPolicy).sources
    if source not in sources:
        there = ", ".join(sorted(sources)) or "none"
        raise click.BadParameter(f"{source!r} is no table of [webhooks.sources] in {policy.path}; there are: {there}")
    return scheme_of(source, sources[source], policy, settings).sign(body, SystemClock().now())


def _told(answer: Answer) -> dict[str, Any]:
    id_ = answer.headers.get("X-Correlation-Id")
    said = answer.body if id_ and isinstance(answer.body, dict) else {}  # what a proxy says is not the front door's
    return {
        "status": answer.status,
        "outcome": said.get("outcome", "refused"),
        "events": said.get("events", 0),
        "error": said.get("error"),
        "fields": said.get("fields", {}),
        "correlation_id": id_,
    }


def _line(told: Mapping[str, Any]) -> str:
    parts = [f"{told['status']} {told['outcome']}"]
    if told["error"]:
        parts.append(f": {told['error']}")
    elif told["outcome"] != "refused":
        parts.append(f", events: {told['events']}")
    parts += [f"\n  {place}: {' '.join(wrong)}" for place, wrong in told["fields"].items()]
    parts.append(f"\ncorrelation id: {told['correlation_id'] or 'none: was that the front door?'}")
    return "".join(parts)
