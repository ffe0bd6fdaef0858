"""A fault test names a step, and the process dies there once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from shared.crashpoints import crashpoint

PROGRAM = """
from shared.crashpoints import crashpoint
for step in range(4):
    crashpoint("other")
    crashpoint("step")
    print(step, flush=True)
"""


def run(wanted: str | None) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if name != "HUB_CRASH"}
    environ |= {"HUB_CRASH": wanted} if wanted else {}
    return subprocess.run([sys.executable, "-c", PROGRAM], env=environ, capture_output=True, text=True, check=False)


def test_the_process_is_killed_at_the_wanted_pass(tmp_path: Path) -> None:
    ended = run(f"step:3:{tmp_path}/died")

    assert ended.returncode == -signal.SIGKILL
    assert ended.stdout.split() == ["0", "1"]


def test_what_restarts_it_does_not_die_again(tmp_path: Path) -> None:
    run(f"step:3:{tmp_path}/died")

    again = run(f"step:3:{tmp_path}/died")

    assert (again.returncode, again.stdout.split()) == (0, ["0", "1", "2", "3"])


def test_without_a_wish_nothing_happens() -> None:
    assert run(None).returncode == 0


@pytest.mark.parametrize("wanted", ["other:1:{}/died", "step:99:{}/died"], ids=["another step", "a later pass"])
def test_a_step_that_is_not_meant_is_passed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str) -> None:
    monkeypatch.setenv("HUB_CRASH", wanted.format(tmp_path))

    crashpoint("step")

    assert not (tmp_path / "died").exists()


def test_who_died_before_passes_every_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "died").touch()
    monkeypatch.setenv("HUB_CRASH", f"step:1:{tmp_path}/died")

    crashpoint("step")
