"""Hands work to timesync through its own inbox, and shows how far it is. Whoever stops waiting stops nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.timesync.commands.opened import Opened
from services.timesync.handlers import router
from services.timesync.store import runs
from services.timesync.store.runs import Runs
from shared.events import Event

_PAUSE = 0.5  # seconds between two looks
_SHARE = 4  # times what a look took: with very many messages, looking costs the database something
_SKEW = timedelta(minutes=5)  # the service may run on another machine
wait: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Chain:
    """Messages that were handed over, and all that follows from them."""

    id: str
    since: datetime


def hand_over(events: Sequence[Event], opened: Opened) -> Chain:
    """Put *events* in the inbox of timesync, as one chain; it works on them when it runs, without the broker."""
    return Chain(opened.hand_over(events), opened.clock.now() - _SKEW)


def follow(chain: Chain, opened: Opened, seconds: float, left: Callable[[], int] | None = None) -> runs.Progress:
    """Show a bar until *chain* is done, at most *seconds* long, and return how far it came.

    *left* counts what the bar counts down; without it, the bar counts messages.
    """
    book = Runs(opened.database, [event.TYPE for event in router.hears])
    until = opened.world.clock.now() + timedelta(seconds=seconds)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        total = left() if left else 0
        task = bar.add_task("mailboxes" if left else "messages", total=total or None)
        while True:
            began = time.monotonic()
            progress = book.progress(chain.id, chain.since)
            if left:
                bar.update(task, completed=total - left())
            else:
                known = progress.accepted + progress.coming
                bar.update(task, total=known, completed=progress.accepted - progress.open)
            if progress.is_over or opened.world.clock.now() >= until:
                return progress
            wait(max(_PAUSE, _SHARE * (time.monotonic() - began)))


def report(progress: runs.Progress, seconds: float) -> None:
    """Say how it ended.

    Raises: ClickException when it did not, or not well.
    """
    if not progress.is_over:
        still = progress.open + progress.coming
        raise click.ClickException(
            f"{still} messages are not done after {seconds:.0f} s; they go on without this command. "
            "Is timesync running? `hub check` tells"
        )
    if progress.parked:
        raise click.ClickException(f"{progress.parked} messages wait for a person: `hub failed list`")
