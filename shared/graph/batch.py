"""Concurrent workers each ask one thing or many; what they ask within a few milliseconds travels as one `$batch`.

Four batches are under way at a time, whoever asked: while they are, the workers prepare what follows. A mailbox is
never asked more than four things at once, in one batch or in several
(https://learn.microsoft.com/en-us/graph/throttling-limits).
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from shared.errors import HubError
from shared.graph.protocol import BATCH_SIZE, Answer, Call

WINDOW = 0.004  # seconds: far below one call's latency
LANES = 4  # batches under way at a time
PER_MAILBOX = 4  # https://learn.microsoft.com/en-us/graph/throttling-limits: concurrent requests per app and mailbox


@dataclass(frozen=True, slots=True)
class _Asked:
    """One call that waits for its answer."""

    call: Call
    target: str
    answer: Future[Answer] = field(default_factory=Future)


class Coalescer:
    """Gathers calls for *send*, which answers each in its place."""

    def __init__(self, send: Callable[[Sequence[Call]], list[Answer]], window: float = WINDOW) -> None:
        self._send = send
        self._window = window
        self._lock = threading.Lock()
        self._waiting: deque[_Asked] = deque()
        self._under_way: Counter[str] = Counter()  # by mailbox
        self._lanes = ThreadPoolExecutor(LANES, "graph-batch")  # its threads begin when they are needed
        self._coming = 0  # batches that will be made up as soon as a lane is free

    def ask(self, call: Call) -> Answer:
        """Return the answer to *call*, sent alone or in company.

        Raises: what *send* raises, for everybody in the same batch.
        """
        return self._asked([call])[0].result()

    def ask_all(self, calls: Sequence[Call]) -> list[Answer | HubError]:
        """Return, for each of *calls* in its place, the answer or why there is none."""
        return [_ended(answer) for answer in self._asked(calls)]

    def _asked(self, calls: Sequence[Call]) -> list[Future[Answer]]:
        asked = [_Asked(call, call.target) for call in calls]
        with self._lock:
            self._waiting.extend(asked)
            self._plan()
        return [one.answer for one in asked]

    def _plan(self) -> None:
        batches = -(-len(self._waiting) // BATCH_SIZE)
        while self._coming < batches:
            self._coming += 1
            self._lanes.submit(self._send_next)

    def _send_next(self) -> None:
        if len(self._waiting) < BATCH_SIZE:  # a full batch has no need of company
            time.sleep(self._window)
        with self._lock:
            self._coming -= 1
            batch = self._taken()
        if batch:
            self._answer(batch)
            with self._lock:
                self._under_way -= Counter(one.target for one in batch)
                self._plan()

    def _taken(self) -> list[_Asked]:
        """Take the oldest calls that may go now; who asks more of a mailbox than it takes waits for the next batch."""
        taken: list[_Asked] = []
        left: list[_Asked] = []
        while self._waiting and len(taken) < BATCH_SIZE:
            one = self._waiting.popleft()
            may_go = self._under_way[one.target] < PER_MAILBOX
            (taken if may_go else left).append(one)
            self._under_way[one.target] += may_go
        self._waiting.extendleft(reversed(left))
        return taken

    def _answer(self, batch: Sequence[_Asked]) -> None:
        try:
            answers = self._send([one.call for one in batch])
        except BaseException as error:  # noqa: BLE001 - everybody in the batch waits for this answer
            for one in batch:
                one.answer.set_exception(error)
            return
        for one, answer in zip(batch, answers, strict=True):
            one.answer.set_result(answer)


def _ended(answer: Future[Answer]) -> Answer | HubError:
    try:
        return answer.result()
    except HubError as error:
        return error
