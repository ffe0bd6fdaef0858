"""The sample municipality, played once without faults: what every play with faults must come to as well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from deploy.local.rabbitmq import PrivateRabbitMQ, private_rabbitmq
from sandbox.demo.watch import wait_until_quiet
from sandbox.layout import BRUSSELS
from sandbox.stage import Stage, sandbox_process

DEADLINE = 90.0


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


@pytest.fixture(scope="session")
def fault_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateRabbitMQ]:
    """A broker for the plays one after the other: each leaves its queues empty and its messages known to nobody."""
    with private_rabbitmq(tmp_path_factory.mktemp("fault-rabbitmq")) as node:
        yield node
