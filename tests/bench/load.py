"""The load of a measurement: wrk, whose every notification is new."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import click

SCRIPT = Path(__file__).parent / "load.lua"
CONNECTIONS = 32  # keep-alive, closed loop: each asks again when it is answered
CLIENT_STATE, SUBSCRIPTION = "bench", "7f105c7d-2dc5-4530-97cd-4e7ae6534c07"  # as in load.lua
TENANT = "84bd8158-6d4d-4958-8b9f-9d6445542f95"


@dataclass(frozen=True)
class Answered:
    """What the clients saw of one run."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    errors: int

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def load(url: str, notifications: int, seconds: float) -> Answered:
    """POST to *url*, *notifications* at a time, for *seconds*.

    Raises: click.ClickException when wrk is missing or the answers are no 2xx.
    """
    wrk = shutil.which("wrk")
    if wrk is None:
        raise click.ClickException("wrk is missing. Debian, Ubuntu: sudo apt-get install wrk   macOS: brew install wrk")
    words = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "--timeout", "10s", "-s", str(SCRIPT), url]
    said = subprocess.run(
        [*words, "--", str(notifications), uuid4().hex[:12]], capture_output=True, text=True, check=True
    )
    answered = Answered(**json.loads(said.stderr.strip().splitlines()[-1]))
    if answered.errors:
        raise click.ClickException(f"{url}: {answered.errors} of {answered.requests} answers were errors")
    return answered
