"""A storm at the front door: many deliveries at once while broker, front door and workers are killed at random.

The judge is the worker's own database: of every delivery that was answered 202 it must hold one event, handled once.
"""

from __future__ import annotations

import json
import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import requests
from standardwebhooks import Webhook

from deploy.local.processes import HubProcesses
from deploy.local.rabbitmq import PrivateRabbitMQ, private_rabbitmq
from sandbox.stage import HOOK_SECRET, Stage
from tests.waiting import eventually

CONNECTIONS = 32
VICTIMS = {"webhooks": 5, "console": 4, "broker": 1}  # how often each is chosen: a broker takes long to come back
DIGESTED = 300.0  # seconds until the worker must have handled everything
POLICY = """
[webhooks.sources.storm]
scheme = "standard"
secrets = ["HUB_HOOK_PROTIME_SECRET"]
per_minute = 100000

[[rule]]
name = "storm"
source = "storm"
makes = "project"

[rule.fields]
code = "code"
status = "status"
"""


@dataclass
class Sent:
    """What the senders saw. *answers* counts statuses; 0 is a connection that was refused or cut."""

    accepted: set[int] = field(default_factory=set)
    answers: Counter[int] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True)
class Result:
    """What came of a storm; *recovery_s* is from the last answer to the last event handled."""

    sent: int
    kills: dict[str, int]
    answers: dict[int, int]
    effects: int
    duplicates: int
    lost: int
    phantoms: int
    parked: int
    recovery_s: float

    @property
    def is_well(self) -> bool:
        """Tell whether every 202 led to one handled event, and every other answer promised nothing."""
        promised_nothing = set(self.answers) <= {0, 202, 503}
        return promised_nothing and not (self.lost or self.duplicates or self.phantoms or self.parked)


def storm(
    folder: Path, deliveries: int, kills: int, seed: int, progress: Callable[[int], None] = lambda _: None
) -> Result:
    """Send *deliveries* over 32 connections, kill *kills* times in between, and judge."""
    with ExitStack() as stack:
        node = stack.enter_context(private_rabbitmq(folder / "rabbitmq"))
        stage = prepared(folder / "stage", node)
        hub = stack.enter_context(front_door(stage, "webhooks", "console"))
        sent, killed = Sent(), Counter[str]()
        senders = _send_all(stage, sent, deliveries)
        _kill(hub, node, sent, deliveries, kills, killed, random.Random(seed), progress)
        for sender in senders:
            sender.join()
        began = time.monotonic()
        judge = _Judge(Path(stage.settings().database("console").removeprefix("sqlite:///")))
        eventually(lambda: sent.accepted <= judge.handled(), DIGESTED, "everything accepted being handled")
        return judge.result(sent, deliveries, dict(killed), time.monotonic() - began)


def prepared(folder: Path, node: PrivateRabbitMQ) -> Stage:
    """Lay out a stage whose policy knows the source `storm`."""
    stage = Stage(folder, node.url, node.management_url)
    stage.prepare(date(2026, 11, 23))
    with (folder / "hub.toml").open("a", encoding="utf-8") as policy:
        policy.write(POLICY)
    return stage


@contextmanager
def front_door(stage: Stage, *names: str) -> Iterator[HubProcesses]:
    """Run the services that take part, and start again what is killed."""
    with (stage.folder / "hub.log").open("wb") as log:
        hub = HubProcesses(stage.environment(), stage.settings(), log)
        try:
            for name in names:
                hub.launch(name)
            for name in names:
                hub.wait(name)
            with hub.watched():
                yield hub
        finally:
            hub.stop_all()


def _send_all(stage: Stage, sent: Sent, deliveries: int) -> list[threading.Thread]:
    numbers = iter(range(deliveries))
    threads = [
        threading.Thread(target=_send, args=(stage.url("webhooks"), numbers, sent), daemon=True)
        for _ in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    return threads


def _send(url: str, numbers: Iterator[int], sent: Sent) -> None:
    session = requests.Session()
    while True:
        with sent.lock:
            number = next(numbers, None)
        if number is None:
            return
        while not _accepted(session, url, number, sent):
            time.sleep(0.05)  # the source repeats what was not accepted, as real ones do


def _accepted(session: requests.Session, url: str, number: int, sent: Sent) -> bool:
    """Deliver *number* once, and in one of ten cases again: a source that did not see our answer."""
    body, headers = delivery(number)
    statuses = []
    for _ in range(2 if number % 10 == 0 else 1):
        status = 0
        with suppress(requests.RequestException):
            status = session.post(f"{url}/hooks/storm", data=body, headers=headers, timeout=10).status_code
        statuses.append(status)
    with sent.lock:
        sent.answers.update(statuses)
        if 202 in statuses:
            sent.accepted.add(number)
    return 202 in statuses


def delivery(number: int) -> tuple[str, dict[str, str]]:
    """Return body and headers of the delivery *number*, signed now by the published library."""
    body = json.dumps({"code": f"P{number}", "status": "onderweg"})
    now, id_ = datetime.now(UTC), f"storm-{number}"
    headers = {
        "content-type": "application/json",
        "webhook-id": id_,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(HOOK_SECRET).sign(id_, now, body),
    }
    return body, headers


def _kill(
    hub: HubProcesses,
    node: PrivateRabbitMQ,
    sent: Sent,
    deliveries: int,
    kills: int,
    killed: Counter[str],
    chance: random.Random,
    progress: Callable[[int], None],
) -> None:
    """Kill spread over the storm: each time a share of the deliveries was accepted."""
    for turn in range(kills):
        threshold = deliveries * (turn + chance.random()) / kills
        eventually(lambda wanted=threshold: len(sent.accepted) >= wanted, DIGESTED, "the storm going on")  # type: ignore[misc]  # a default binds the value
        victim = chance.choices(list(VICTIMS), list(VICTIMS.values()))[0]
        if victim == "broker":
            node.kill()
            node.launch()
        else:
            hub.strike(victim)
        killed[victim] += 1
        progress(turn + 1)
    node.wait()


class _Judge:
    """Reads what the worker did, in its own database."""

    def __init__(self, database: Path) -> None:
        self._database = database

    def _rows(self) -> list[tuple[int, str]]:
        with sqlite3.connect(f"file:{self._database}?mode=ro", uri=True, timeout=10) as connection:
            rows: list[tuple[str, str]] = connection.execute(
                "SELECT envelope, state FROM inbox WHERE type = 'project.reported.v1'"
            ).fetchall()
        return [(_number(json.loads(envelope)), state) for envelope, state in rows]

    def handled(self) -> set[int]:
        """Return the deliveries whose event was handled."""
        try:
            return {number for number, state in self._rows() if state == "done"}
        except sqlite3.OperationalError:  # it starts again just now
            return set()

    def result(self, sent: Sent, deliveries: int, killed: dict[str, int], recovery: float) -> Result:
        """Compare what was promised with what was done."""
        rows = self._rows()
        times = Counter(number for number, _ in rows)
        done = {number for number, state in rows if state == "done"}
        return Result(
            sent=deliveries,
            kills=killed,
            answers=dict(sent.answers),
            effects=len(done),
            duplicates=sum(count - 1 for count in times.values()),
            lost=len(sent.accepted - done),
            phantoms=len(set(times) - set(range(deliveries))),
            parked=sum(state == "parked" for _, state in rows),
            recovery_s=round(recovery, 1),
        )


def _number(envelope: dict[str, Any]) -> int:
    return int(envelope["data"]["code"].removeprefix("P"))
