"""The events of an iCalendar feed, each of its occurrences with an id that stays. A bad one spoils only itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from typing import Any

from services.timesync.domain.records import AbsenceRecord
from services.timesync.systems.base import LONGEST_ID, LONGEST_PLACE, Held
from services.timesync.systems.feed_times import UnusableError, Window, has_unknown_zone, wall_clock, when_is
from services.timesync.systems.feed_words import Words, state_of, values, version_of
from shared.errors import Invalid

MOST_OCCURRENCES = 50_000  # of one feed: more is no list of absences
_OCCURRENCE = "/2026-11-18T0900"  # the longest that is put behind the id of a series
_TIMES = ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID")
_REPEATS = ("RRULE", "RDATE", "RECURRENCE-ID")
_TOO_OFTEN = {"SECONDLY", "MINUTELY", "HOURLY"}
_WITHIN_A_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")


@dataclass(frozen=True)
class Understood:
    """What a feed holds. *whole* False: of a series that is held nobody knows which occurrences it has."""

    records: tuple[AbsenceRecord, ...]
    held: tuple[Held, ...]
    whole: bool


@dataclass(frozen=True)
class FeedReader:
    """Turns the events of one feed into records of *source*, for the days of *window*."""

    source: str
    words: Words
    window: Window

    def understand(self, events: Sequence[Any]) -> Understood:
        """Return the absences in *events* (icalendar.Event).

        Raises: Invalid when there are more than a feed of absences can hold.
        """
        records, held, whole = list[AbsenceRecord](), list[Held](), True
        for uid, family in _families(events, held):
            try:
                newest, losers = _without_duplicates(uid, family)
                occurrences = list(self._occurrences(uid, newest))
            except UnusableError as bad:
                held.append(_held(uid, bad.reason))
                whole = whole and not _repeats(family)
                continue
            held += losers
            for source_id, event in occurrences:
                self._sort_in(source_id, event, records, held)
            _check_size(self.source, len(records) + len(held))
        return Understood(tuple(records), tuple(held), whole)

    def _occurrences(self, uid: str, events: Sequence[Any]) -> Iterator[tuple[str, Any]]:
        if not _repeats(events):
            yield from ((uid, event) for event in events)
            return
        seen = set[str]()
        for moment, event in sorted(self._expanded(events), key=lambda pair: str(pair[0])):
            day = f"{uid}/{moment:%Y-%m-%d}"
            source_id = f"{day}T{moment:%H%M}" if day in seen else day
            seen.add(source_id)
            yield source_id, event

    def _expanded(self, events: Sequence[Any]) -> list[tuple[Any, Any]]:
        import icalendar  # noqa: PLC0415 - heavy, and only a hub with such a feed needs it
        import recurring_ical_events  # type: ignore[import-untyped]  # noqa: PLC0415 - untyped as published; heavy

        family = icalendar.Calendar()
        for event in events:
            family.add_component(event)
        try:
            found = recurring_ical_events.of(family).between(self.window.first, self.window.last + timedelta(days=1))
        except (ValueError, TypeError, AttributeError, KeyError, IndexError, ArithmeticError) as error:
            raise UnusableError("impossible_date") from error
        return [(_local(event["RECURRENCE-ID"].dt), event) for event in found]

    def _sort_in(self, source_id: str, event: Any, records: list[AbsenceRecord], held: list[Held]) -> None:
        employee = None
        try:
            when = when_is(event)
            if not self.window.meets(when):
                return
            employee = self.words.employee_of(event)
            records.append(
                AbsenceRecord(
                    source=self.source,
                    source_id=source_id,
                    employee=employee,
                    first=when.first,
                    last=when.last,
                    part=when.part,
                    starts=when.starts,
                    ends=when.ends,
                    open_ended=when.last is None,
                    state=state_of(event),
                    profile=self.words.profile_of(event),
                    version=version_of(event),
                    place=_place(source_id),
                )
            )
        except UnusableError as bad:
            held.append(_held(source_id, bad.reason, employee))


def _families(events: Iterable[Any], held: list[Held]) -> Iterator[tuple[str, list[Any]]]:
    """Yield the events of each UID together; one without is held by where it stands."""
    named = list[tuple[str, Any]]()
    for number, event in enumerate(events, start=1):
        if uid := str(event.get("UID", "")).strip():
            named.append((_id(uid), event))
        else:
            held.append(Held(f"VEVENT {number}", "incomplete_row"))
    for uid, family in groupby(sorted(named, key=itemgetter(0)), key=itemgetter(0)):
        yield uid, [event for _, event in family]


def _without_duplicates(uid: str, events: Sequence[Any]) -> tuple[list[Any], list[Held]]:
    """Return one event of each occurrence: the highest SEQUENCE, the last changed, the last in the feed.

    Raises: UnusableError when one of them cannot be read.
    """
    for event in events:
        _check(event)
    newest, losers = dict[str, Any](), list[Held]()
    for event in sorted(events, key=version_of):
        occurrence = str(getattr(event.get("RECURRENCE-ID"), "dt", ""))
        if loser := newest.get(occurrence):
            reason = "duplicate_row" if version_of(loser) == version_of(event) else "superseded_row"
            losers.append(Held(_place(uid), reason, None, f"{uid}@{version_of(loser)}"[:LONGEST_ID]))
        newest[occurrence] = event
    return list(newest.values()), losers


def _check(event: Any) -> None:
    """Refuse what cannot be read, and what a clock of absences does not repeat. Raises: UnusableError."""
    broken = {name for name, _ in event.errors}  # None: a line that is no property; it may have been the end
    if None in broken:
        raise UnusableError("incomplete_row")
    times = [each for name in _TIMES for each in values(event, name)]
    if broken.intersection(_TIMES) or any(has_unknown_zone(each) for each in times):
        raise UnusableError("impossible_date")
    for rule in values(event, "RRULE"):
        often = _TOO_OFTEN.intersection(str(word).upper() for word in rule.get("FREQ", ()))
        if often or any(len(rule.get(name, ())) > 1 for name in _WITHIN_A_DAY):
            raise UnusableError("impossible_date")


def _repeats(events: Iterable[Any]) -> bool:
    return any(name in event for event in events for name in _REPEATS)


def _local(moment: Any) -> Any:
    return wall_clock(moment) if isinstance(moment, datetime) else moment


def _id(uid: str) -> str:
    """Return *uid*, or a digest when it is longer than tables can carry (those of Exchange are) or no plain text."""
    fits = len(uid) + len(_OCCURRENCE) <= LONGEST_ID and uid.isprintable()
    return uid if fits else sha256(uid.encode()).hexdigest()[:40]


def _place(source_id: str) -> str:
    return f"VEVENT {source_id}"[:LONGEST_PLACE]


def _held(source_id: str, reason: str, employee: str | None = None) -> Held:
    return Held(_place(source_id), reason, employee, source_id)


def _check_size(source: str, count: int) -> None:
    if count > MOST_OCCURRENCES:
        raise Invalid("feed_too_large", f"{source}: expected at most {MOST_OCCURRENCES} absences in the feed")
