"""Notices that a source is silent against its rhythm, and that it is heard again; says each once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from services.webhooks.domain.rhythm import WEEK, WEEKS, Heard, Rhythm, Watch
from services.webhooks.handlers.repairs import AWAKE
from services.webhooks.handlers.world import FrontDoor, router
from shared.clock import BRUSSELS
from shared.events import ClockStruck, Event, SourceHeard, SourceSilent


@router.on(ClockStruck)
def watch_sources(event: ClockStruck, door: FrontDoor) -> Iterator[Event]:
    """Compare what was heard of each source with its rhythm.

    A source is watched from its first tick on; the silence of one that hub.toml no longer watches is over.
    """
    if event.period != "tick":
        return
    known, last = door.watches.all(), door.watches.last_heard(door.rhythms)
    for source, rhythm in door.rhythms.items():
        watch = known.get(source)
        if watch is None:
            door.watches.keep(Watch(source, door.clock.now()))
        else:
            yield from _judged(watch, rhythm, max(last.get(source, watch.since), watch.since), door)
    for watch in (one for source, one in known.items() if source not in door.rhythms):
        door.watches.drop(watch.source)
        if watch.silent_since is not None:  # else it would be listed as silent for ever
            yield SourceHeard(source=watch.source, since=watch.silent_since, at=door.clock.now())


def _judged(watch: Watch, rhythm: Rhythm, last: datetime, door: FrontDoor) -> Iterator[Event]:
    if watch.silent_since is None:
        if _is_silent(watch, rhythm, last, door):
            door.watches.keep(replace(watch, silent_since=last))
            yield SourceSilent(source=watch.source, since=last)
    elif last > watch.silent_since:
        door.watches.keep(replace(watch, silent_since=None))
        yield SourceHeard(source=watch.source, since=watch.silent_since, at=last)


def _is_silent(watch: Watch, rhythm: Rhythm, last: datetime, door: FrontDoor) -> bool:
    now, awake = door.clock.now(), door.marks.at(AWAKE)
    if awake is not None and last < awake <= now:  # who knocked while the hub stood still found nobody
        last = awake
    if now - last <= rhythm.patience:  # most sources, most of the time: nothing to look up
        return False
    hours = door.watches.hours(watch.source, now - WEEK * (WEEKS + 1))
    since = min([watch.since, *hours])
    heard = Heard(_local(last), _local(since), frozenset(_local(hour) for hour in hours))
    return rhythm.is_silent(heard, _local(now))


def _local(moment: datetime) -> datetime:
    """Return the wall-clock time: a rhythm follows people's days, also when the clocks change."""
    return moment.astimezone(BRUSSELS).replace(tzinfo=None)
