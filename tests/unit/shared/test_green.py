"""A thread that serves by greenlets goes on while one of them waits for another thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import gevent
import pytest

from shared import green


@pytest.fixture
def adopted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(green, "_thread", None)  # given back afterwards: the next test's thread serves nobody
    monkeypatch.setattr(green, "_bell", None)
    green.adopt()
    yield
    green._bell.close()


def test_others_go_on_while_one_waits(adopted: None) -> None:
    future: Future[str] = Future()
    waiting = gevent.spawn(green.wait, future, 10)
    other = gevent.spawn(lambda: "went on")

    assert other.get(timeout=5) == "went on"
    threading.Thread(target=future.set_result, args=("committed",)).start()
    assert waiting.get(timeout=5) == "committed"


def test_many_that_wait_for_one_commit_all_have_their_answer(adopted: None) -> None:
    futures: list[Future[int]] = [Future() for _ in range(500)]
    waiting = [gevent.spawn(green.wait, future, 10) for future in futures]
    gevent.sleep(0)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: futures[n].set_result(n), range(500)))
    gevent.joinall(waiting, timeout=5)

    assert [one.value for one in waiting] == list(range(500))


def test_what_was_done_before_is_answered_at_once(adopted: None) -> None:
    future: Future[str] = Future()
    future.set_result("committed")

    assert gevent.spawn(green.wait, future, 10).get(timeout=5) == "committed"


def test_what_failed_fails_here(adopted: None) -> None:
    future: Future[str] = Future()
    future.set_exception(ValueError("ours"))

    with pytest.raises(ValueError, match="ours"):
        gevent.spawn(green.wait, future, 10).get(timeout=5)


def test_who_waits_too_long_is_told_and_what_comes_later_harms_nobody(adopted: None) -> None:
    future: Future[str] = Future()
    waiting = gevent.spawn(green.wait, future, 0.01)

    with pytest.raises(TimeoutError):
        waiting.get(timeout=5)

    future.set_result("late")
    assert gevent.spawn(green.wait, future, 10).get(timeout=5) == "late"


def test_a_thread_that_serves_nobody_waits_as_threads_do(adopted: None) -> None:
    future: Future[str] = Future()
    future.set_result("committed")

    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(green.wait, future, 10).result(timeout=5) == "committed"
