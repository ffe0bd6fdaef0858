"""Concurrent workers each ask one thing; what they ask within a few milliseconds travels as one `$batch`.

Nobody waits for a timer thread: the first to ask leads, gathers for a moment, sends for all, and hands out the answers.
Work of one person is serialised by its key, so one mailbox is rarely twice in a batch; Graph itself feeds Outlook at
most four requests of a batch at a time (https://learn.microsoft.com/en-us/graph/throttling-limits).
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from shared.graph.protocol import BATCH_SIZE, Answer, Call

WINDOW = 0.004  # seconds: far below one call's latency
PER_MAILBOX = 4  # https://learn.microsoft.com/en-us/graph/throttling-limits: concurrent requests per app and mailbox


class Coalescer:
    """Gathers calls for *send*, which answers each in its place."""

    def __init__(self, send: Callable[[Sequence[Call]], list[Answer]], window: float = WINDOW) -> None:
        self._send = send
        self._window = window
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Call, Future[Answer]]] = deque()

    def ask(self, call: Call) -> Answer:
        """Return the answer to *call*, sent alone or in company.

        Raises: what *send* raises, for everybody in the same batch.
        """
        answer: Future[Answer] = Future()
        with self._lock:
            leads = not self._waiting
            self._waiting.append((call, answer))
        if leads:
            time.sleep(self._window)
            self._send_waiting()
        return answer.result()

    def _send_waiting(self) -> None:
        with self._lock:
            everything, self._waiting = list(self._waiting), deque()
        for group in _groups(everything):
            try:
                answers = self._send([call for call, _ in group])
            except BaseException as error:  # noqa: BLE001 - everybody in the group waits for this answer
                for _, future in group:
                    future.set_exception(error)
                continue
            for (_, future), answer in zip(group, answers, strict=True):
                future.set_result(answer)


def _groups(items: Sequence[tuple[Call, Future[Answer]]]) -> list[list[tuple[Call, Future[Answer]]]]:
    """Split into batches of at most BATCH_SIZE with at most PER_MAILBOX calls to the same target each."""
    groups: list[list[tuple[Call, Future[Answer]]]] = []
    for item in items:
        for group in groups:
            same = sum(1 for other, _ in group if other.target == item[0].target)
            if len(group) < BATCH_SIZE and same < PER_MAILBOX:
                group.append(item)
                break
        else:
            groups.append([item])
    return groups
