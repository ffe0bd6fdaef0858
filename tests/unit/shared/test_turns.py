"""Processes that write one file have their turns one by one, and none is passed by."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from shared.persistence.turns import Turns
from tests.waiting import eventually

HOLD = """
import sys
from pathlib import Path
from shared.persistence.turns import Turns
with Turns(Path(sys.argv[1])).mine():
    print("mine", flush=True)
    sys.stdin.read()
"""


def holder(path: Path) -> subprocess.Popen[bytes]:
    """Return another process whose turn it is."""
    started = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path.cwd()
    )
    assert started.stdout is not None
    assert started.stdout.readline() == b"mine\n"
    return started


def test_a_turn_begins_when_the_other_process_ends_its_own_or_dies(tmp_path: Path) -> None:
    other = holder(tmp_path / "words.db")
    had = threading.Event()

    def wait() -> None:
        with Turns(tmp_path / "words.db").mine():
            had.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert not had.wait(0.2)
    other.kill()
    other.wait()

    assert had.wait(10)
    waiting.join()


def test_who_has_just_had_a_turn_does_not_overtake_who_waits(tmp_path: Path) -> None:
    order: list[str] = []
    first, second = Turns(tmp_path / "words.db"), Turns(tmp_path / "words.db")

    def wait() -> None:
        with second.mine():
            order.append("second")

    waiting = threading.Thread(target=wait)
    with first.mine():
        waiting.start()
        eventually(lambda: _is_at_the_gate(tmp_path / "words.db"), what="the second waiting")
    for _ in range(3):
        with first.mine():
            order.append("first")
    waiting.join()

    assert order == ["second", "first", "first", "first"]


def _is_at_the_gate(path: Path) -> bool:
    import fcntl

    with Path(f"{path}-gate").open("r+") as gate:
        try:
            fcntl.flock(gate, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
