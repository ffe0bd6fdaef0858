"""The hub's processes on one machine: started together, stopped together (https://mirakuru.readthedocs.io)."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from mirakuru import HTTPExecutor, SimpleExecutor
from mirakuru.base import SimpleExecutor as Executor
from mirakuru.exceptions import ProcessFinishedWithError

from shared.config import Settings

SERVICES = ("webhooks", "timesync", "mailroom", "notifier", "console")
START_SECONDS = 60


def command(*words: str) -> list[str]:
    """Return the command line of `hub` with this Python."""
    return [sys.executable, "-m", "services", *words]


class HubProcesses:
    """The five services and the clock, each a process that can be killed and started again."""

    def __init__(self, environment: Mapping[str, str], settings: Settings, log: IO[bytes] | None = None) -> None:
        self._environment = dict(environment)
        self._settings = settings
        self._log = log
        self._running: dict[str, Executor] = {}

    def launch(self, name: str, **extra: str) -> None:
        """Start *name* without waiting until it answers; *extra* adds to its environment."""
        executor = self._executor(name, {**self._environment, **extra})
        SimpleExecutor.start(executor)
        self._running[name] = executor

    def start(self, name: str, **extra: str) -> None:
        """Start *name* and wait until it answers."""
        self.launch(name, **extra)
        self.wait(name)

    def wait(self, name: str) -> None:
        """Wait until *name* answers."""
        executor = self._running[name]
        if isinstance(executor, HTTPExecutor):
            executor.wait_for(executor.check_subprocess)

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

    def pids(self) -> dict[str, int]:
        """Return the process of each running service."""
        return {name: executor.process.pid for name, executor in self._running.items() if executor.process}

    def _end(self, name: str, how: signal.Signals) -> None:
        executor = self._running.pop(name, None)
        if executor is None:
            return
        with suppress(ProcessFinishedWithError):  # it ended, if not the way it should: its log says why
            executor.stop(stop_signal=how, expected_returncode=-how if how is signal.SIGKILL else 0)

    def _executor(self, name: str, environment: Mapping[str, str]) -> Executor:
        # Many threads would each get a heap of their own: megabytes that stay empty (mallopt(3), M_ARENA_MAX).
        options: dict[str, Any] = {
            "envvars": {"MALLOC_ARENA_MAX": "2", **environment}, "stdout": self._log, "stderr": self._log, "timeout": START_SECONDS,
            "stop_signal": signal.SIGTERM, "cwd": str(Path.cwd()),
        }  # fmt: skip
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
        yield hub
    finally:
        hub.stop_all()
