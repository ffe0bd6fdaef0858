"""The front door as a process: what the outside reaches, killed with the test."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import requests

from services.webhooks.domain.subscriptions import Kept
from services.webhooks.sources.graph import hashed
from services.webhooks.store.subscriptions import Subscriptions
from shared.persistence.database import Database
from tests.unit.shared.builders import environ
from tests.waiting import eventually

STATE, SUBSCRIPTION = "the state of a test", "s-1"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def notification(id_: str | None = None) -> dict[str, object]:
    """Return a delivery of Graph's with one notification."""
    item = {"id": id_ or str(uuid4()), "subscriptionId": SUBSCRIPTION, "clientState": STATE}
    return {"value": [{**item, "changeType": "updated", "resource": f"Users/{uuid4()}"}]}


@dataclass
class Door:
    """One process of webhooks, at *bind*."""

    process: subprocess.Popen[bytes]
    bind: str
    folder: Path

    @property
    def database(self) -> str:
        return str(self.folder / "webhooks.db")

    def status(self, path: str) -> int | None:
        """Return what it answers, None when it does not."""
        try:
            return requests.get(f"http://{self.bind}{path}", timeout=5).status_code
        except requests.RequestException:
            return None

    def post(self, id_: str | None = None, seconds: float = 10.0) -> requests.Response:
        return requests.post(f"http://{self.bind}/hooks/graph", json=notification(id_), timeout=seconds)

    def connect(self, said: bytes) -> socket.socket:
        """Open a connection and say only this."""
        host, _, port = self.bind.rpartition(":")
        opened = socket.create_connection((host, int(port)), timeout=30)
        opened.sendall(said)
        return opened

    def end(self) -> int:
        """Tell it to stop, and return how it ended."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=40)

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """Let no file grow, as on a disk without room."""
        limits = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (1, limits[1]))
        try:
            yield
        finally:
            resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, limits)


@contextmanager
def door(folder: Path, *words: str, amqp_url: str | None = None, bind: str | None = None) -> Iterator[Door]:
    """Run `hub service webhooks` with *words* and its state in *folder*; without *amqp_url* nobody is the broker."""
    bind = bind or f"127.0.0.1:{free_port()}"
    (folder / "hub.toml").write_text("[webhooks]\n", encoding="utf-8")
    broker = amqp_url or f"amqp://hub:hub@127.0.0.1:{free_port()}/%2F"
    settings = environ(folder, HUB_AMQP_URL=broker, HUB_WEBHOOKS_BIND=bind, HUB_WORKER_THREADS="1")
    command = [sys.executable, "-m", "services", "service", "webhooks", *words]
    # Its words go to the test's own output: a file of them could not grow on a full disk.
    process = subprocess.Popen(command, env={**os.environ, **settings})
    started = Door(process, bind, folder)
    try:
        eventually(lambda: started.status("/health/live") == 200, 60, "life")
        _subscribe(started)
        yield started
    finally:
        process.kill()
        process.wait()


def _subscribe(to: Door) -> None:
    database = Database(f"sqlite:///{to.database}", "webhooks")
    Subscriptions(database).keep(Kept("test", "users", "updated", hashed(STATE), subscription_id=SUBSCRIPTION))
    database.close()
