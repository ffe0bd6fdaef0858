"""What Microsoft lets one app ask at a time and in a while; who asks more is told to wait."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.errors import GraphError

# https://learn.microsoft.com/en-us/graph/throttling-limits - per app and mailbox
_AT_A_TIME = 4
_MAILBOX = (10_000, timedelta(minutes=10))
# and per app and tenant
_PRESENCE = (1_500, timedelta(seconds=30))
_BRIEFLY = 1  # second; how long Exchange really asks to wait when too much is under way is not documented
_MOST_WINDOWS = 50_000  # so that what is remembered of a long run stays small


@dataclass
class _Window:
    began: datetime
    count: int = 0


class Limits:
    """What is under way and what was asked lately, by mailbox."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._busy: Counter[str] = Counter()
        self._windows: dict[str, _Window] = {}
        self._lock = threading.Lock()

    def spend_on_mailbox(self, mailbox: str) -> None:
        """Count a request to *mailbox*. Raises: GraphError 429 when it is one too many."""
        # the words of this one are not documented, its code and those of concurrency are seen in the wild
        self._spend(mailbox, *_MAILBOX, "Application is over its MailboxRequests limit.")

    def spend_on_presence(self) -> None:
        """Count a request about anybody's presence. Raises: GraphError 429 when it is one too many."""
        self._spend("presence", *_PRESENCE, "Too many requests.")

    def enter(self, mailbox: str) -> bool:
        """Begin a request to *mailbox*, unless as many are under way as may be."""
        with self._lock:
            if self._busy[mailbox] >= _AT_A_TIME:
                return False
            self._busy[mailbox] += 1
            return True

    def leave(self, mailbox: str) -> None:
        with self._lock:
            self._busy[mailbox] -= 1
            if not self._busy[mailbox]:
                del self._busy[mailbox]

    def _spend(self, scope: str, most: int, span: timedelta, message: str) -> None:
        now = self._now()
        with self._lock:
            window = self._windows.get(scope)
            if window is None or now >= window.began + span:
                if len(self._windows) >= _MOST_WINDOWS:
                    self._windows.clear()
                window = self._windows[scope] = _Window(now)
            window.count += 1  # also what is refused: who does not wait is not let in sooner
            if window.count > most:
                raise throttled(message, int((window.began + span - now).total_seconds()) + 1)


@dataclass
class Share:
    """What one batch has under way: Graph feeds Outlook four of its requests at a time, one when they are in order.

    The requests of the sandbox's batch run one after the other; those that Graph would run together hold their places
    until the batch is over. A place that is not to be had throttles each request that would have stood in it.
    """

    limits: Limits
    at_a_time: int = _AT_A_TIME
    asked: Counter[str] = field(default_factory=Counter)
    held: set[tuple[str, int]] = field(default_factory=set)

    def admits(self, mailbox: str) -> bool:
        """Tell whether the next request to *mailbox* has a place to run in."""
        number = self.asked[mailbox]
        self.asked[mailbox] += 1
        place = mailbox, number % self.at_a_time
        if number < self.at_a_time and self.limits.enter(mailbox):
            self.held.add(place)
        return place in self.held

    def release(self) -> None:
        for mailbox, _ in self.held:
            self.limits.leave(mailbox)


def over_concurrency() -> GraphError:
    return throttled("Application is over its MailboxConcurrency limit.", _BRIEFLY)


def throttled(message: str, seconds: int) -> GraphError:
    return GraphError(429, "ApplicationThrottled", message, {"Retry-After": str(seconds)})
