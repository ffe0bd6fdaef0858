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
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from shared.errors import HubError
from shared.graph.protocol import BATCH_SIZE, Answer, Call

WINDOW = 0.004  # seconds: far below one call's latency
LANES = 4  # batches under way at a time
PER_MAILBOX = 4  # https://learn.microsoft.com/en-us/graph/throttling-limits: concurrent requests per app and mailbox


@dataclass(slots=True)
class _Question:
    """What one caller asked, and waits for as a whole: being woken for every answer costs more than sending."""

    answers: list[Answer | BaseException | None]
    missing: int
    is_answered: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One call of a question."""

    call: Call
    target: str
    question: _Question
    place: int


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
        (answer,) = self._answers([call])
        if isinstance(answer, Answer):
            return answer
        raise answer

    def ask_all(self, calls: Sequence[Call]) -> list[Answer | HubError]:
        """Return, for each of *calls* in its place, the answer or why there is none."""
        answers = self._answers(calls) if calls else []
        for answer in answers:
            if not isinstance(answer, Answer | HubError):
                raise answer
        return [answer for answer in answers if isinstance(answer, Answer | HubError)]

    def _answers(self, calls: Sequence[Call]) -> list[Answer | BaseException]:
        question = _Question([None] * len(calls), len(calls))
        with self._lock:
            self._waiting.extend(_Asked(call, call.target, question, place) for place, call in enumerate(calls))
            self._plan()
        question.is_answered.wait()
        return [answer for answer in question.answers if answer is not None]

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
            answers = self._sent(batch)
            with self._lock:
                self._under_way -= Counter(one.target for one in batch)
                self._plan()
                for one, answer in zip(batch, answers, strict=True):
                    one.question.answers[one.place] = answer
                    one.question.missing -= 1
                    if not one.question.missing:
                        one.question.is_answered.set()

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

    def _sent(self, batch: Sequence[_Asked]) -> Sequence[Answer | BaseException]:
        try:
            return self._send([one.call for one in batch])
        except BaseException as error:  # noqa: BLE001 - everybody in the batch waits for this answer
            return [error] * len(batch)
