"""A service starts without its broker, tells the truth about that, and stops when it is told to."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.errors import Transient
from shared.http import Http
from tests.unit.shared.builders import environ
from tests.waiting import eventually


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture
def bind() -> str:
    return f"127.0.0.1:{free_port()}"


@pytest.fixture
def process(tmp_path: Path, bind: str) -> Iterator[subprocess.Popen[bytes]]:
    (tmp_path / "hub.toml").write_text("[webhooks]\n", encoding="utf-8")
    broker = f"amqp://hub:hub@127.0.0.1:{free_port()}/%2F"  # nobody is there
    settings = environ(tmp_path, HUB_AMQP_URL=broker, HUB_WEBHOOKS_BIND=bind, HUB_WORKER_THREADS="1")
    with (tmp_path / "log").open("wb") as log:
        command = [sys.executable, "-m", "services", "service", "webhooks"]
        started = subprocess.Popen(command, env={**os.environ, **settings}, stdout=log, stderr=log)
    yield started
    started.kill()
    started.wait()


def status(bind: str, path: str) -> int | None:
    try:
        return Http(answer_seconds=2).get_status_json(f"http://{bind}{path}")[0]
    except Transient:
        return None


def test_a_service_without_its_broker_lives_is_not_ready_and_stops_when_told(
    process: subprocess.Popen[bytes], bind: str
) -> None:
    eventually(lambda: status(bind, "/health/live") == 200, what="life")

    assert status(bind, "/health/ready") == 503
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=40) == 0
