"""The sample municipality, played once without faults: what every play with faults must come to as well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import requests

from deploy.local.processes import SERVICES, HubProcesses
from deploy.local.rabbitmq import PrivateRabbitMQ
from sandbox.demo.feed import feed_absences_and_letter, make_account
from sandbox.demo.watch import wait_until_quiet
from sandbox.layout import BRUSSELS
from sandbox.stage import HOOK_SECRET, Stage, sandbox_process
from tests.waiting import eventually

DEADLINE = 150.0  # a machine that runs other tests beside is slow
CONSOLE_PAGES = ("/", "/geparkeerd", "/vastgehouden", "/journaal", "/api/journal", "/api/held", "/api/overview")


@dataclass(frozen=True)
class Outcome:
    """What the world looks like afterwards; two of them are compared."""

    calendars: dict[str, list[tuple[str, ...]]]
    replies: dict[str, tuple[str, ...]]
    files: dict[str, dict[str, Any]]
    cards: frozenset[str]


@dataclass
class Play:
    """One run of the sample on a stage of its own."""

    stage: Stage
    today: date

    def wait(self) -> None:
        """Wait until nothing is open any more."""
        quiet = wait_until_quiet(self.stage, DEADLINE)
        assert quiet.is_quiet, quiet.explanation()

    def outcome(self) -> Outcome:
        """Return what people see."""
        state = self.stage.ask("/_sandbox/state")
        people = [person for person in state["people"] if person["purpose"] == "user"]
        return Outcome(
            calendars={p["displayName"]: sorted(_event(event) for event in p["events"]) for p in people},
            replies={p["displayName"]: _reply(p["automaticReplies"]) for p in people},
            files={file["path"]: _columns(file) for drive in state["drives"] for file in _files(drive["items"])},
            cards=frozenset(card["card"]["id"] for card in self.stage.ask("/_sandbox/cards")),
        )

    def made_twice(self) -> list[str]:
        """Return what the tenant's ledger shows to have been made more than once: it remembers deleted things too."""
        made: dict[str, int] = {}
        for effect in self.stage.ask("/_sandbox/ledger"):
            if effect["action"] == "created" and effect["kind"] != "subscription":
                name = f"{effect['kind']} {effect['key']}"
                made[name] = made.get(name, 0) + 1
        return sorted(name for name, count in made.items() if count > 1)

    def books(self) -> dict[str, dict[str, Any]]:
        """Return the accounts of every service."""
        return {name: self.stage.ready(name)["books"] for name in self.stage.ports}


def _event(event: dict[str, Any]) -> tuple[str, ...]:
    return event["subject"], event["showAs"], event["start"]["dateTime"], event["end"]["dateTime"]


def _reply(reply: dict[str, Any]) -> tuple[str, ...]:
    # One that holds already begins at the moment it was written: that differs between two plays, its day does not.
    window = (reply["scheduledStartDateTime"]["dateTime"][:10], reply["scheduledEndDateTime"]["dateTime"])
    return (reply["status"], reply["internalReplyMessage"], *window)


def _columns(file: dict[str, Any]) -> dict[str, Any]:
    return {"hash": file["hash"], **file["columns"]}


def _files(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        if "items" in item:
            yield from _files(item["items"])
        else:
            yield item


@contextmanager
def play_on(node: PrivateRabbitMQ, folder: Path) -> Iterator[Play]:
    """Lay out a stage with a sandbox tenant around a running broker; the hub is started by the test."""
    stage = Stage(folder / "stage", node.url, node.management_url)
    today = datetime.now(BRUSSELS).date()
    stage.prepare(today)
    with (stage.folder / "hub.log").open("wb") as log, sandbox_process(stage, log):
        yield Play(stage, today)


@contextmanager
def hub_of(play: Play) -> Iterator[HubProcesses]:
    """Yield the hub of a play, still to be started: what ends by itself is revived, what runs at the end is stopped."""
    with (play.stage.folder / "hub.log").open("ab") as log:
        hub = HubProcesses(play.stage.environment(), play.stage.settings(), log)
        try:
            with hub.watched():
                yield hub
        finally:
            hub.stop_all()


def run(hub: HubProcesses, **environments: dict[str, str]) -> None:
    """Start everything and wait until it answers."""
    for name in (*SERVICES, "clock"):
        hub.launch(name, **environments.get(name, {}))
    for name in SERVICES:
        hub.wait(name)


def feed_all(play: Play) -> None:
    """Feed the sample, and when that is digested the changes."""
    feed_absences_and_letter(play.stage, play.today)
    play.wait()
    feed_changes_for_sure(play.stage)
    play.wait()


def feed_changes_for_sure(stage: Stage) -> None:
    """Feed the changes from a source that repeats its webhook until it is accepted, as real ones do."""
    stage.tell("/_sandbox/protime/apply-delta")
    eventually(lambda: hint_status(stage) == 202, what="the webhook being accepted")
    make_account(stage)


def hint_status(stage: Stage) -> int:
    """Let the sandbox's Protime send its webhook, and return the status it got (0: none)."""
    hook = f"{stage.url('webhooks')}/hooks/protime"
    try:
        answer = stage.tell("/_sandbox/protime/hint", {"url": hook, "secret": HOOK_SECRET, "employees": ["000105"]})
    except OSError:
        return 0
    return int(answer["status"])


@dataclass(frozen=True)
class Played:
    """What is left of a play that is over."""

    folder: Path
    outcome: Outcome
    made_twice: list[str]
    books: dict[str, dict[str, Any]]
    held: list[dict[str, Any]]
    requests: list[dict[str, Any]]
    pages: dict[str, str]


def play_undisturbed(node: PrivateRabbitMQ, folder: Path) -> Played:
    """Play the sample once without faults."""
    with play_on(node, folder) as play, hub_of(play) as hub:
        run(hub)
        feed_all(play)
        console = play.stage.url("console")
        return Played(
            folder=play.stage.folder,
            outcome=play.outcome(),
            made_twice=play.made_twice(),
            books=play.books(),
            held=requests.get(f"{play.stage.url('timesync')}/held", timeout=5).json(),
            requests=play.stage.ask("/_sandbox/requests"),
            pages={path: requests.get(console + path, timeout=5).text for path in CONSOLE_PAGES},
        )
