"""The hub's processes on one machine: started together, stopped together (https://mirakuru.readthedocs.io)."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from mirakuru import HTTPExecutor, SimpleExecutor
from mirakuru.exceptions import ProcessFinishedWithError

from shared.config import Settings

SERVICES = ("webhooks", "timesync", "mailroom", "notifier", "console")
START_SECONDS = 60
REVIVE_SECONDS = 0.2


def command(*words: str) -> list[str]:
    """Return the command line of `hub` with this Python."""
    return [sys.executable, "-m", "services", *words]


class EndedAtStartError(RuntimeError):
    """A service did not come up."""


class HubProcesses:
    """The five services and the clock, each a process that can be killed and started again."""

    def __init__(self, environment: Mapping[str, str], settings: Settings, log: IO[bytes] | None = None) -> None:
        self._environment = dict(environment)
        self._settings = settings
        self._log = log
        self._running: dict[str, SimpleExecutor] = {}
        self._extra: dict[str, dict[str, str]] = {}
        self._is_watched = False

    def launch(self, name: str, **extra: str) -> None:
        """Start *name* without waiting until it answers; *extra* adds to its environment."""
        executor = self._executor(name, {**self._environment, **extra})
        SimpleExecutor.start(executor)
        self._running[name] = executor
        self._extra[name] = extra

    def start(self, name: str, **extra: str) -> None:
        """Start *name* and wait until it answers."""
        self.launch(name, **extra)
        self.wait(name)

    def wait(self, name: str) -> None:
        """Wait until *name* answers, be it after having been revived.

        Raises: EndedAtStartError when it ended and nobody revives it.
        """

        def answers() -> bool:
            executor = self._running[name]
            if not executor.running() and not self._is_watched:
                raise EndedAtStartError(f"{name} ended at its start; its log says why")
            return isinstance(executor, HTTPExecutor) and executor.after_start_check()

        self._running[name].wait_for(answers)

    def revive(self) -> None:
        """Start again what ended by itself: the part that systemd or Docker play on a server."""
        for name, executor in list(self._running.items()):
            if not executor.running():
                self.launch(name, **self._extra[name])

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Revive what ends for as long as the block lasts."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(REVIVE_SECONDS):
                self.revive()

        watcher = threading.Thread(target=watch, name="watcher", daemon=True)
        watcher.start()
        self._is_watched = True
        try:
            yield
        finally:
            self._is_watched = False
            over.set()
            watcher.join()

    def stop(self, name: str) -> None:
        """Let *name* finish what it has in hand."""
        self._end(name, signal.SIGTERM)

    def stop_all(self) -> None:
        """Let everything finish what it has in hand, all at the same time."""
        for pid in self.pids().values():
            os.killpg(pid, signal.SIGTERM)
        for name in list(self._running):
            self.stop(name)

    def kill(self, name: str) -> None:
        """End *name* the way a power cut does."""
        self._end(name, signal.SIGKILL)

    def strike(self, name: str) -> None:
        """Send SIGKILL to *name* and leave it to whoever watches to start it again."""
        executor = self._running[name]
        if executor.process:
            with suppress(ProcessLookupError):
                os.killpg(executor.process.pid, signal.SIGKILL)

    def pids(self) -> dict[str, int]:
        """Return the process of each running service."""
        return {name: executor.process.pid for name, executor in self._running.items() if executor.process}

    def _end(self, name: str, how: signal.Signals) -> None:
        executor = self._running.pop(name, None)
        if executor is None:
            return
        with suppress(ProcessFinishedWithError):  # it ended, if not the way it should: its log says why
            executor.stop(stop_signal=how, expected_returncode=-how if how is signal.SIGKILL else 0)

    def _executor(self, name: str, environment: Mapping[str, str]) -> SimpleExecutor:
        # Else each thread gets a heap of its own: megabytes that stay empty (mallopt(3), M_ARENA_MAX).
        options: dict[str, Any] = {
            "envvars": {"MALLOC_ARENA_MAX": "2", **environment},
            "stdout": self._log,
            "stderr": self._log,
            "timeout": START_SECONDS,
            "stop_signal": signal.SIGTERM,
            "cwd": str(Path.cwd()),
        }
        if name == "clock":
            return SimpleExecutor(command("service", name), **options)
        return HTTPExecutor(command("service", name), f"{self._settings.address(name)}/health/live", **options)


@contextmanager
def hub_processes(
    environment: Mapping[str, str], settings: Settings, log: IO[bytes] | None = None
) -> Iterator[HubProcesses]:
    """Run everything for as long as the block lasts."""
    hub = HubProcesses(environment, settings, log)
    try:
        for name in (*SERVICES, "clock"):
            hub.launch(name)
        for name in SERVICES:
            hub.wait(name)
        with hub.watched():
            yield hub
    finally:
        hub.stop_all()
