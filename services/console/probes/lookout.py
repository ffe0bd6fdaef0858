"""Look everywhere at once, and wait for nobody longer than a person would."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from services.console.domain.post import MailroomView
from services.console.domain.sighting import ServiceState, Sighting
from services.console.probes.absences import AbsenceProbe
from services.console.probes.broker import BrokerProbe
from services.console.probes.health import HealthProbe
from services.console.probes.mailroom import MailroomProbe

T = TypeVar("T")

DEADLINE = 2.0  # seconds until who has not answered counts as unreachable
_THREADS = 16  # enough for a few refreshes of the page while a service hangs


class Lookout:
    """All probes together."""

    def __init__(
        self,
        services: Sequence[HealthProbe],
        broker: BrokerProbe,
        absences: AbsenceProbe,
        mailroom: MailroomProbe,
        deadline: float = DEADLINE,
    ) -> None:
        self._services = services
        self._broker = broker
        self._absences = absences
        self._mailroom = mailroom
        self._deadline = deadline
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="console-probe")

    def look(self) -> Sighting:
        """Return the hub as it is now; who does not answer in time is shown as such."""
        until = time.monotonic() + self._deadline
        asked = {probe.name: self._pool.submit(probe.look) for probe in self._services}
        queues = self._pool.submit(self._broker.look)
        stopped = self._pool.submit(self._absences.look)
        return Sighting(
            [_answer(future, until) or ServiceState(name, None) for name, future in asked.items()],
            _answer(queues, until),
            _answer(stopped, until),
        )

    def look_in_mailroom(self) -> MailroomView:
        """Return what mailroom says of what waits; what it does not say in time is left out."""
        until = time.monotonic() + self._deadline
        codes = self._pool.submit(self._mailroom.codes)
        mails = self._pool.submit(self._mailroom.mails)
        due = self._pool.submit(self._mailroom.due)
        return MailroomView(_answer(codes, until) or {}, _answer(mails, until) or {}, _answer(due, until))

    def close(self) -> None:
        """Let the threads go."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _answer(future: Future[T], until: float) -> T | None:
    try:
        return future.result(timeout=max(0.0, until - time.monotonic()))
    except TimeoutError:
        future.cancel()  # what never began need not begin any more
        return None
