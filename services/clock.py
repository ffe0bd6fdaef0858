"""The clock: says `clock.struck` to everybody. Two of them do no harm: a tick has the same id from each."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import structlog

from shared.clock import BRUSSELS
from shared.config import Settings
from shared.events import ClockStruck
from shared.events.envelope import Envelope, Outgoing, first, stable_id
from shared.messaging.broker import Outbound

LOOK_SECONDS = 1.0  # between two looks at the time, at most

log = structlog.get_logger()


def struck(before: datetime, now: datetime, tick: timedelta) -> Iterator[ClockStruck]:
    """Yield what began after *before* and not after *now*: per period only the last, as the others are past."""
    starts = {
        "tick": datetime.fromtimestamp(now.timestamp() // tick.total_seconds() * tick.total_seconds(), UTC),
        "hour": now.replace(minute=0, second=0, microsecond=0),
        "day": now.astimezone(BRUSSELS).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC),
    }
    for period, start in starts.items():
        if before < start <= now:
            yield ClockStruck(at=start, period=period)


def outgoing(event: ClockStruck, now: datetime) -> Outgoing:
    """Wrap a tick under the id that every clock gives it."""
    id_ = stable_id("clock", event.period, event.at.isoformat())
    envelope: Envelope = first(event, "clock", now, id_=id_)
    return Outgoing(int(event.at.timestamp()), id_, event.TYPE, envelope.to_json())


def run(settings: Settings, outbound: Outbound, is_heard: Callable[[], bool]) -> None:
    """Say the time until a signal says stop. What the broker did not confirm is said again at the next look.

    Nothing is said before *is_heard*: a tick for nobody would look like a lost message.
    """
    stopping = threading.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: stopping.set())
    while not is_heard() and not stopping.wait(LOOK_SECONDS):
        pass
    tick = timedelta(seconds=settings.clock_tick_seconds)
    outbound.start()
    log.info("started", service="clock", tick_seconds=settings.clock_tick_seconds)
    # What began while no clock ran is said now; who heard it from a clock before knows its id.
    said = datetime.now(UTC) - timedelta(days=1)
    while not stopping.is_set():
        now = datetime.now(UTC)
        due = list(struck(said, now, tick))
        if len(outbound.publish([outgoing(event, now) for event in due])) == len(due):
            said = now
        stopping.wait(min(tick.total_seconds() / 2, LOOK_SECONDS))
    outbound.stop()
