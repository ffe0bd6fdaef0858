"""`make demo`: everything that the hub does, on the sample municipality, with no tenant and no settings."""

from __future__ import annotations

import shutil
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from rich.console import Console

from deploy.local.broker import some_rabbitmq
from deploy.local.processes import EndedAtStartError
from deploy.local.rabbitmq import NoRabbitMQError
from sandbox.demo import report
from sandbox.demo.feed import feed_absences_and_letter, feed_changes
from sandbox.demo.watch import Quiet, wait_until_quiet
from sandbox.layout import BRUSSELS
from sandbox.stage import Stage, hub_on, sandbox_process

LOG_LINES = 15
DEADLINE = 60.0  # seconds for each of the two acts; they take a few


def run(folder: Path, *, keep: bool, console: Console) -> bool:
    """Play the demo in *folder* and print the report; False when something did not end well."""
    began = time.monotonic()
    today = datetime.now(BRUSSELS).date()
    with ExitStack() as stack:
        with console.status("RabbitMQ, the sandbox tenant and the hub start …"):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            broker = stack.enter_context(some_rabbitmq(folder / "rabbitmq"))
            stage = Stage(folder / "stage", broker.url, broker.management_url)
            stage.prepare(today)
            log = stack.enter_context((stage.folder / "hub.log").open("wb"))
            stack.enter_context(sandbox_process(stage, log))
            stack.enter_context(hub_on(stage, log))
            broker.wait()
        started = time.monotonic()
        with console.status("an export, a time registration and a letter go in …"):
            feed_absences_and_letter(stage, today)
            quiet = wait_until_quiet(stage, DEADLINE)
        with console.status("somebody returns earlier, and a new colleague gets an account …"):
            feed_changes(stage)
            quiet = wait_until_quiet(stage, DEADLINE) if quiet.is_quiet else quiet
        report.show(stage, console, started - began, time.monotonic() - began)
        well = _is_well(quiet, console, stage)
        if keep and well:
            _keep_running(stage, console)
    return well


def run_or_explain(folder: Path, *, keep: bool, console: Console) -> bool:
    """Play the demo; what keeps it from starting is told in a sentence, with the end of the log."""
    try:
        return run(folder, keep=keep, console=console)
    except (NoRabbitMQError, EndedAtStartError) as error:
        console.print(f"[bold red]{error}[/]")
        log = folder / "stage" / "hub.log"
        if log.exists():
            console.print("\n".join(log.read_text("utf-8", "replace").splitlines()[-LOG_LINES:]), markup=False)
        return False


def _is_well(quiet: Quiet, console: Console, stage: Stage) -> bool:
    if quiet.is_quiet and not quiet.parked:
        return True
    console.print(f"[bold red]Not well:[/] {quiet.explanation()}; the log is {stage.folder / 'hub.log'}")
    return False


def _keep_running(stage: Stage, console: Console) -> None:
    console.print(f"\nConsole of the hub:  [link]{stage.url('console')}[/]")
    console.print(
        f"What people see:     [link]{stage.tenant_url}/[/]  (its certificate is its own: {stage.certificate})"
    )
    console.print("Ctrl-C stops everything.")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        console.print("stopping …")
