"""Inbox → handler → outbox: claim a key, do the work, finish in one transaction."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from shared.clock import Clock
from shared.crashpoints import crashpoint
from shared.errors import HubError, Transient
from shared.events import Attempt, Event
from shared.messaging.retry import Again, reason_of, verdict, words_of
from shared.messaging.router import Result
from shared.observability import metrics
from shared.persistence.database import own_writes
from shared.persistence.ledger import LEASE, Finished, Ledger, LostLease, Task

COMPANY = 40  # messages that one worker handles together at most: well within a lease
IDLE = 1.0  # seconds an idle worker sleeps when nobody wakes it: time makes waiting messages due

log = structlog.get_logger()


@dataclass(frozen=True)
class Company:
    """The *types* of message that are handled several at a time, and by what."""

    types: frozenset[str]
    handle: Callable[[Sequence[Event]], Mapping[Event, Result]]


class Workers:
    """The threads of one service that handle its messages; each holds at most one key."""

    def __init__(
        self,
        ledger: Ledger,
        handle: Callable[[Event], list[Event]],
        clock: Clock,
        threads: int,
        company: Company | None = None,
    ) -> None:
        self._ledger = ledger
        self._handle = handle
        self._company = company or Company(frozenset(), lambda _: {})
        self._clock = clock
        self._wake = threading.Semaphore(0)
        self._stopping = threading.Event()
        self._working: dict[str, Task] = {}
        names = [f"{ledger.service}-worker-{n}" for n in range(threads)]
        self._threads = [threading.Thread(target=self._run, name=name, daemon=True) for name in names]
        self._threads.append(threading.Thread(target=self._hold, name=f"{ledger.service}-leases", daemon=True))
        ledger.wake_worker = self.wake

    @property
    def alive(self) -> bool:
        """Tell whether every worker, and whoever renews their leases, is at work."""
        return all(thread.is_alive() for thread in self._threads)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Tell a sleeping worker that there may be work."""
        self._wake.release()

    def stop(self, seconds: float) -> None:
        """Take no more work and finish what is in hand, for at most *seconds*."""
        self._stopping.set()
        for _ in self._threads:
            self._wake.release()
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(timeout=max(0.0, until - time.monotonic()))

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                if not self.step():
                    self._wake.acquire(timeout=IDLE)
            except (Transient, LostLease) as error:  # the lease ends by itself, and the message is handled again
                log.warning("ledger_unavailable", service=self._ledger.service, reason=error.reason)
                self._stopping.wait(IDLE)

    def _hold(self) -> None:
        while not self._stopping.wait(LEASE.total_seconds() / 3):
            try:
                self._ledger.renew(list(self._working.values()))
            except Transient as error:
                log.warning("lease_not_renewed", service=self._ledger.service, reason=error.reason)

    def step(self) -> bool:
        """Handle one message if there is one; False when nothing is due."""
        task = self._ledger.claim()
        if task is None:
            return False
        tasks = [task]
        if task.envelope.type in self._company.types:
            tasks += self._ledger.claim_like(task, COMPANY - 1)
        crashpoint("worker.after_claim")
        self._working |= {each.envelope.id: each for each in tasks}
        began = time.monotonic()
        try:
            outcomes = self._attempt_together(tasks) if len(tasks) > 1 else [self._attempt(task)]
        finally:
            for each in tasks:
                self._working.pop(each.envelope.id, None)
        seconds = (time.monotonic() - began) / len(tasks)
        for outcome in outcomes:
            metrics.HANDLED.labels(self._ledger.service, task.envelope.type, outcome).inc()
            metrics.HANDLING_SECONDS.labels(self._ledger.service, task.envelope.type).observe(seconds)
        return True

    def _attempt_together(self, tasks: Sequence[Task]) -> list[str]:
        """Handle *tasks* in company; one that fails gets a verdict of its own."""
        try:
            with own_writes() as own:
                opened = {each.envelope.open(): each for each in tasks}
                results = self._company.handle(list(opened))
                crashpoint("worker.before_done")
                well = [
                    Finished(opened[event], result)
                    for event, result in results.items()
                    if not isinstance(result, HubError)
                ]
                lost = self._ledger.done_together(well, own)
                crashpoint("worker.after_done")
        except Transient as failure:  # what all of them need is away
            return [self._decide(task, failure, self._context(task)) for task in tasks]
        except Exception:  # noqa: BLE001 - one of them may be the cause: alone, each gets the verdict it deserves
            return [self._attempt(task) for task in tasks]
        failed = [(opened[event], result) for event, result in results.items() if isinstance(result, HubError)]
        outcomes = [self._decide(task, failure, self._context(task)) for task, failure in failed]
        for each in lost:
            log.warning("message_lost_lease", **self._context(each), error=str(LostLease(each.envelope.id)))
        for done in well:
            if done.task not in lost:
                log.info("message_handled", **self._context(done.task), verdict="done", said=len(done.events))
        return [*outcomes, *("lost_lease" for _ in lost), *("done" for _ in range(len(well) - len(lost)))]

    def _attempt(self, task: Task) -> str:
        envelope, context = task.envelope, self._context(task)
        try:
            with structlog.contextvars.bound_contextvars(**context), own_writes() as own:
                events = self._handle(envelope.open())
                crashpoint("worker.before_done")
                self._ledger.done(task, events, own)
                crashpoint("worker.after_done")
        except LostLease as error:
            log.warning("message_lost_lease", **context, error=str(error))
            return "lost_lease"
        except Exception as failure:  # noqa: BLE001 - every failure gets a verdict here and nowhere else
            return self._decide(task, failure, context)
        log.info("message_handled", **context, verdict="done", said=len(events))
        return "done"

    def _context(self, task: Task) -> dict[str, object]:
        return {
            "service": self._ledger.service,
            "type": task.envelope.type,
            "id": task.envelope.id,
            "correlation_id": task.envelope.correlation_id,
            "attempt": task.attempts + 1,
        }

    def _decide(self, task: Task, failure: Exception, context: dict[str, object]) -> str:
        now = self._clock.now()
        reason = reason_of(failure)
        attempt = Attempt(at=now, reason=reason, error=words_of(failure))
        decision = verdict(failure, task.attempts, now, random.random())
        metrics.FAILED.labels(self._ledger.service, task.envelope.type, reason).inc()
        if isinstance(decision, Again):
            self._ledger.again(task, decision.at, attempt, counts=decision.counts)
            log.warning("message_handled", **context, verdict="again", reason=reason, at=decision.at.isoformat())
            return "again"
        self._ledger.park(task, attempt)
        log.error("message_handled", **context, verdict="parked", reason=reason, error=attempt.error)
        return "parked"
