"""The command `hub`: runs services, and answers ICT's questions from a shell. Loads only the service asked for."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import orjson

from shared.config import Policy, Settings
from shared.errors import HubError, Invalid

SERVICES = ("webhooks", "timesync", "mailroom", "notifier", "console")
DOOR = "webhooks"  # the only one that the outside reaches
# Commands of one service, in a file of that service: imported when they are asked for.
OF_SERVICES = {
    "absences": "services.timesync.commands.absences",
    "deliveries": "services.webhooks.commands.deliveries",
    "hooks": "services.webhooks.commands.hooks",
    "mail": "services.mailroom.commands.mail",
    "plan": "services.timesync.commands.plan",
    "resync": "services.timesync.commands.resync",
    "rules": "services.webhooks.commands.rules",
    "subscriptions": "services.webhooks.commands.subscriptions",
}


class Hub(click.Group):
    """A group whose commands end in one clear line when the hub says why, not in a trace."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *OF_SERVICES])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in OF_SERVICES:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(importlib.import_module(OF_SERVICES[cmd_name]), cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Invalid as error:
            if error.reason == "invalid_settings":
                raise click.UsageError(str(error)) from error
            raise click.ClickException(str(error)) from error
        except HubError as error:
            raise click.ClickException(str(error)) from error


@click.group(
    cls=Hub,
    epilog="Settings: HUB_* (see .env.example) and hub.toml. Exit codes: 0 well, 1 not, 2 wrong use.",
)
def main() -> None:
    """Integration hub: what happens in one system shows in the others.

    \b
    Examples:
      hub demo                        the sample municipality, start to end
      hub check                       is everything set, and does it answer?
      hub failed list --json          what waits for a person
      hub failed retry timesync <id>  try it again
    """


@main.command()
@click.argument("name", type=click.Choice([*SERVICES, "clock"]))
@click.option("--bind", metavar="HOST:PORT", help="Listen here, whatever HUB_<SERVICE>_BIND says.")
@click.option("--front", is_flag=True, help="webhooks only: answer HTTP, and leave the work to the process without it.")
def service(name: str, bind: str | None, front: bool) -> None:
    """Run one service (or the clock) until it is told to stop.

    \b
    Examples:
      hub service timesync
      hub service webhooks --front                  as many as there are cores, on one port
      hub service webhooks --bind 127.0.0.1:18081   and one that does the work, on that port or another
    """
    if front and name != DOOR:
        raise click.UsageError(f"--front: only {DOOR} has fronts, not {name}")
    settings = Settings.load(os.environ)
    if name == "clock":
        _say_the_time(settings)
        return
    if bind:
        settings = replace(settings, binds={**settings.binds, name: bind})
    from shared.serve import serve  # noqa: PLC0415 - only what this command needs

    migrations = Path(__file__).parent / name / "migrations"
    serve(name, f"services.{name}.wiring", settings, migrations, is_door=name == DOOR, is_front=front)


@main.command()
def run() -> None:
    """Run all services and the clock on this machine, until Ctrl-C.

    \b
    Example: HUB_CONFIG=hub.toml hub run
    """
    from deploy.local.processes import hub_processes  # noqa: PLC0415 - only this command starts processes

    settings = Settings.load(os.environ)
    with hub_processes(dict(os.environ), settings):
        click.echo(
            f"console: {settings.address('console')}   webhooks: {settings.address('webhooks')}   (Ctrl-C stops)"
        )
        with contextlib.suppress(KeyboardInterrupt):
            signal.sigwait({signal.SIGINT, signal.SIGTERM})


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def demo(arguments: tuple[str, ...]) -> None:
    """Show the hub at work on the sample municipality Voorbeeldegem, with no tenant and no settings.

    \b
    Examples:
      hub demo           all of it, then a report
      hub demo --keep    and keep it running to look around
    """
    os.execv(sys.executable, [sys.executable, "-m", "sandbox", "demo", *arguments])  # noqa: S606 - our own program


@main.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def check(as_json: bool) -> None:
    """Say whether settings and hub.toml are right, every fault at once, and whether the services answer."""
    faults = _faults()
    found: dict[str, Any] = {"faults": faults, "services": {}}
    if not faults:
        found["services"] = _readiness(Settings.load(os.environ))
    well = not faults and all(one.get("ready") for one in found["services"].values())
    if as_json:
        click.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    else:
        for fault in faults:
            click.echo(f"✗ {fault}", err=True)
        for name, one in found["services"].items():
            click.echo(f"{'✓' if one.get('ready') else '✗'} {name}: {_state(one)}")
        if not faults:
            click.echo("✓ settings and hub.toml")
    raise SystemExit(0 if well else 1)


@main.group()
def failed() -> None:
    """Messages that wait for a person: list, show, retry, discard."""


@failed.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_failed(as_json: bool) -> None:
    """List the parked messages of every service."""
    rows = [{"service": name, **row} for name in SERVICES for row in _ledger(name).parked()]
    if as_json:
        click.echo(orjson.dumps(rows))
        return
    for row in rows:
        click.echo(f"{row['service']:9} {row['id']}  {row['type']}  {row['reason']}  ({row['attempts']} attempts)")
    click.echo(f"{len(rows)} parked")


@failed.command()
@click.argument("service", type=click.Choice(SERVICES))
@click.argument("id_", metavar="ID")
def show(service: str, id_: str) -> None:
    """Show one parked message with its attempts, as JSON."""
    row = next((row for row in _ledger(service).parked() if row["id"] == id_), None)
    if row is None:
        raise click.ClickException(f"{service} has no parked message {id_}; `hub failed list` shows what there is")
    click.echo(orjson.dumps(row, option=orjson.OPT_INDENT_2))


@failed.command()
@click.argument("service", type=click.Choice(SERVICES))
@click.argument("id_", metavar="ID")
def retry(service: str, id_: str) -> None:
    """Let a parked message wait for its turn again."""
    _decide(service, id_, "retried")


@failed.command()
@click.argument("service", type=click.Choice(SERVICES))
@click.argument("id_", metavar="ID")
@click.confirmation_option(prompt="It will have no effect any more. Discard it?")
def discard(service: str, id_: str) -> None:
    """Close a parked message without effect; its row stays."""
    _decide(service, id_, "discarded")


def _decide(service: str, id_: str, outcome: str) -> None:
    from shared.events import MessageUnparked  # noqa: PLC0415 - only what this command needs

    ledger = _ledger(service)
    changed = ledger.retry(id_) if outcome == "retried" else ledger.discard(id_)
    if not changed:
        raise click.ClickException(f"{service} has no parked message {id_}; `hub failed list` shows what there is")
    ledger.say([MessageUnparked(service=service, message_id=id_, outcome=outcome, by="hub")])
    click.echo(outcome)


def _say_the_time(settings: Settings) -> None:
    from services import clock  # noqa: PLC0415 - only what this command needs
    from shared.messaging.rabbitmq import RabbitMQ  # noqa: PLC0415 - only what this command needs
    from shared.messaging.topology import EVERYTHING  # noqa: PLC0415 - only what this command needs
    from shared.observability import logs  # noqa: PLC0415 - only what this command needs

    logs.configure(settings.log_level)
    broker = RabbitMQ(settings.amqp_url)
    # The console hears everything. A queue of it that was there before the clock is bound to all there is to hear; one
    # that is being made is bound by the time that the console reads it.
    was_there = broker.has_queue(EVERYTHING)
    clock.run(settings, broker.outbound("clock"), lambda: was_there or broker.has_reader(EVERYTHING))


def _ledger(name: str) -> Any:
    from shared.run import base_of  # noqa: PLC0415 - only the commands that read a ledger

    return base_of(name, Settings.load(os.environ)).ledger


def _faults() -> list[str]:
    """Return everything that would keep a service from starting: each is built as it would be, and asks nobody."""
    try:
        settings = Settings.load(os.environ)
        policy = Policy.read(settings.config)
    except HubError as error:
        return [str(error)]
    faults = [fault for name in SERVICES if (fault := _fault_of(name, settings, policy))]
    wirings = [importlib.import_module(f"services.{name}.wiring") for name in SERVICES]
    known = {table for wiring in wirings for table in (wiring.POLICY[0], *getattr(wiring, "ENTRIES", ()))}
    unknown = sorted(set(policy.tables) - known)
    return faults + [f"{settings.config.name}: [{table}] is no table of the hub" for table in unknown]


def _fault_of(name: str, settings: Settings, policy: Policy) -> str | None:
    from shared.clock import SystemClock  # noqa: PLC0415 - only what this command needs
    from shared.persistence.database import Database  # noqa: PLC0415 - only what this command needs
    from shared.persistence.ledger import SqlLedger  # noqa: PLC0415 - only what this command needs
    from shared.service import Base  # noqa: PLC0415 - only what this command needs

    clock, database = SystemClock(), Database("sqlite://", name)
    base = Base(settings, policy, clock, database, SqlLedger(database, clock, settings.instance))
    try:
        importlib.import_module(f"services.{name}.wiring").build(base)
    except HubError as error:
        return str(error)
    return None


def _readiness(settings: Settings) -> dict[str, Any]:
    from shared.http import Http  # noqa: PLC0415 - only what this command needs

    found = {}
    for name in SERVICES:
        try:
            found[name] = Http(answer_seconds=2).get_status_json(f"{settings.address(name)}/health/ready")[1]
        except HubError as error:
            found[name] = {"ready": False, "error": str(error)}
    return found


def _state(report: dict[str, Any]) -> str:
    if "error" in report:
        return str(report["error"])
    wrong = [name for name, well in report["checks"].items() if not well]
    return f"not ready: {', '.join(wrong)}" if wrong else "ready"


if __name__ == "__main__":
    main()
