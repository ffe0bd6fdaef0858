"""Who takes notifications in `make bench SECTION=intake`: the hub's front door, and others that answer as durably."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import requests
from mirakuru import HTTPExecutor, SimpleExecutor, TCPExecutor

from deploy.local.processes import command
from deploy.local.rabbitmq import free_port
from services.webhooks.domain.subscriptions import Kept
from services.webhooks.sources.graph import hashed
from services.webhooks.store.subscriptions import Subscriptions
from shared.persistence.database import Database
from tests.bench.load import CLIENT_STATE, SUBSCRIPTION, TENANT
from tests.waiting import eventually

PROCESSES = 2  # that answer HTTP, for everybody
START_SECONDS = 60
CONFIRM_SECONDS = 600
VENV = Path("build/bench-venv")
PEERS = "tests.bench.peers"


@dataclass(frozen=True)
class Contender:
    """One way to take notifications. *settle* returns after how many seconds the broker has all of them."""

    name: str
    url: str
    pids: Sequence[int]
    settle: Callable[[], float] = field(default=lambda: 0.0)

    def processes(self) -> list[psutil.Process]:
        """Return everything that is this contender, without the broker."""
        roots = [psutil.Process(pid) for pid in self.pids]
        return [one for root in roots for one in (root, *root.children(recursive=True))]


@contextmanager
def hub(folder: Path, amqp_url: str) -> Iterator[Contender]:
    """Run the front door: processes that only answer, and beside them the one that relays to the broker."""
    folder.mkdir(parents=True)
    (folder / "hub.toml").write_text("[webhooks]\n", encoding="utf-8")
    door, own = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
    environment = {
        "PATH": os.environ["PATH"],
        "HUB_AMQP_URL": amqp_url,
        "HUB_TENANT_ID": TENANT,
        "HUB_CLIENT_ID": "bench",
        "HUB_CLIENT_SECRET": "bench",
        "HUB_DATA_DIR": str(folder),
        "HUB_CONFIG": str(folder / "hub.toml"),
        "HUB_WEBHOOKS_BIND": door,
        "HUB_GRAPH_URL": f"http://127.0.0.1:{free_port()}",  # nobody: it is not asked
        "MALLOC_ARENA_MAX": "2",
    }
    ordinary = command("service", "webhooks", "--bind", own)
    with (folder / "hub.log").open("wb") as log, running(ordinary, own, environment, log) as worker:
        _subscribe(folder)
        fronts = [running(command("service", "webhooks", "--front"), door, environment, log) for _ in range(PROCESSES)]
        with fronts[0] as one, fronts[1] as two:
            pids = [one, two, worker]
            yield Contender("hub", f"http://{door}/hooks/graph", pids, lambda: _confirmed_after(own))


@contextmanager
def peer(name: str, words: Sequence[str], amqp_url: str, folder: Path) -> Iterator[Contender]:
    """Run a peer from its own environment; `{bind}`, `{host}`, `{port}` and `{n}` in *words* are filled in."""
    port = free_port()
    filled = [word.format(bind=f"127.0.0.1:{port}", host="127.0.0.1", port=port, n=PROCESSES) for word in words]
    environment = {"PATH": os.environ["PATH"], "PEER_AMQP_URL": amqp_url, "MALLOC_ARENA_MAX": "2"}
    command_line = [str(VENV / "bin" / filled[0]), *filled[1:]]
    with (folder / f"{name}.log").open("wb") as log, running(command_line, f":{port}", environment, log) as process:
        eventually(lambda: _answers(port), START_SECONDS, name)
        yield Contender(name, f"http://127.0.0.1:{port}/hooks/graph", [process])


# Each as its own documentation recommends, with as many processes as the hub has fronts.
PEER_COMMANDS: Mapping[str, Sequence[str]] = {
    "bare": ("gunicorn", "-k", "gevent", "-w", "{n}", "-b", "{bind}", f"{PEERS}.bare:app"),
    "celery": ("gunicorn", "-k", "gevent", "-w", "{n}", "-b", "{bind}", f"{PEERS}.queued:app"),
    "faststream": (
        *("uvicorn", "--workers", "{n}", "--host", "{host}", "--port", "{port}"),
        *("--loop", "uvloop", "--http", "httptools", "--no-access-log", f"{PEERS}.streamed:app"),
    ),
}


def prepare() -> None:
    """Install what the peers need, in an environment of their own."""
    lock, mark = Path("requirements-bench.txt"), VENV / ".installed"
    if mark.exists() and mark.stat().st_mtime >= lock.stat().st_mtime:
        return
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "-q", "--clear", str(VENV)], check=True)
    install = ["pip", "install", "-q", "--python", str(VENV / "bin/python"), "--require-hashes", "-r", str(lock)]
    subprocess.run([*uv, *install], check=True)
    mark.touch()


@contextmanager
def running(words: Sequence[str], bind: str, environment: Mapping[str, str], log: object) -> Iterator[int]:
    """Run a program until the block ends, and yield its process id when its port answers."""
    host, _, port = bind.rpartition(":")
    options: dict[str, Any] = {"envvars": dict(environment), "stdout": log, "stderr": log, "timeout": START_SECONDS}
    executor: HTTPExecutor | TCPExecutor = (
        HTTPExecutor(list(words), f"http://{bind}/health/live", **options)
        if host
        else TCPExecutor(list(words), "127.0.0.1", int(port), **options)
    )
    SimpleExecutor.start(executor)  # not its own start: that claims the address, which fronts share
    try:
        executor.wait_for(executor.after_start_check)
        yield executor.process.pid if executor.process else 0
    finally:
        executor.stop()


def _answers(port: int) -> bool:
    try:
        return requests.post(f"http://127.0.0.1:{port}/hooks/graph", json={"value": []}, timeout=5).status_code == 202
    except requests.ConnectionError:
        return False


def _subscribe(folder: Path) -> None:
    database = Database(f"sqlite:///{folder}/webhooks.db", "webhooks")
    kept = Kept("bench", "users", "updated", hashed(CLIENT_STATE), subscription_id=SUBSCRIPTION)
    Subscriptions(database).keep(kept)
    database.close()


def _confirmed_after(bind: str) -> float:
    began = time.monotonic()
    eventually(lambda: _unsent(bind) == 0, CONFIRM_SECONDS, "the broker having confirmed everything")
    return time.monotonic() - began


def _unsent(bind: str) -> int:
    return int(requests.get(f"http://{bind}/health/ready", timeout=10).json()["books"]["unsent"])
