"""Which time each record asks of a person, and who gets it where several ask the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from services.timesync.domain.profiles import ORDER, REQUESTED
from services.timesync.domain.records import AbsenceRecord, Part, State, skip_reason
from services.timesync.domain.roster import Person
from services.timesync.domain.spans import Span, midnight

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Claim:
    """The days of one record, both included. *layer* orders claims: the lowest takes its time first."""

    first: date
    last: date
    name: str
    layer: tuple[bool, int, int]
    profile: str
    record: AbsenceRecord

    @property
    def takes_whole_days(self) -> bool:
        return self.record.part is Part.WHOLE

    def time_on(self, day: date, person: Person) -> Sequence[Span]:
        """Return the time that it asks of *day*. On a day without working time there is none to take (R6)."""
        match self.record.part:
            case Part.WHOLE:
                return person.hours(day)
            case Part.MORNING:
                return person.morning(day)
            case Part.AFTERNOON:
                return person.afternoon(day)
            case Part.INTERVAL:
                return self._interval_on(day, person)

    def _interval_on(self, day: date, person: Person) -> Sequence[Span]:
        starts, ends = self.record.starts, self.record.ends
        if starts is None or ends is None or max(starts, midnight(day)) >= min(ends, midnight(day + _DAY)):
            return ()
        own = Span(max(starts, midnight(day)), min(ends, midnight(day + _DAY)))
        # R5: what begins on a working day is his shift, up to the next morning
        is_shift = person.works_on(self.first) and (day == self.first or day == self.last == self.first + _DAY)
        return (own,) if is_shift or any(own.meets(span) for span in person.hours(day)) else ()


@dataclass(frozen=True, slots=True)
class Share:
    """What one profile gets of a day: *pieces* in order, and the claims *behind* them."""

    profile: str
    pieces: Sequence[Span]
    behind: Sequence[Claim]


def claims_of(records: Iterable[AbsenceRecord], person: Person, today: date, *, requested: bool = False) -> list[Claim]:
    """Return what *records* ask, by their first day. *requested*: those that are only asked for too.

    A leave without end is looked at up to the end of next year, and so once a year again (R11).
    """
    horizon = date(today.year + 1, 12, 31)
    shown = (record for record in records if skip_reason(record, requested=requested) is None)
    claims = [_claim(record, person, min(_last_day(record, today), horizon)) for record in shown]
    return sorted((each for each in claims if each.first <= each.last), key=lambda each: (each.first, each.name))


def _claim(record: AbsenceRecord, person: Person, last: date) -> Claim:
    """Put what is only asked for behind all that is certain, then the source that counts most first (R19)."""
    profile = REQUESTED if record.state is State.REQUESTED else record.profile
    layer = (profile == REQUESTED, person.rank(record.source), ORDER[profile])
    return Claim(record.first, last, f"{record.source}/{record.source_id}", layer, profile, record)


def _last_day(record: AbsenceRecord, today: date) -> date:
    # R5: an interval across midnight reaches into the next day
    return record.ends.date() if record.ends else record.last_day(today)


def shares_of(day: date, claims: Iterable[Claim], person: Person) -> Iterator[Share]:
    """Divide *day*: the lowest layer first, the next in what that leaves free (R19)."""
    wanted = [(claim, claim.time_on(day, person)) for claim in claims]
    taken: list[Span] = []
    shares: dict[str, list[Span]] = {}
    for claim, spans in sorted(wanted, key=lambda each: each[0].layer):
        free = [piece for span in spans for piece in span.without(taken)]
        if free:
            shares.setdefault(claim.profile, []).extend(free)
            taken += free
    for profile, pieces in shares.items():
        behind = [claim for claim, spans in wanted if claim.profile == profile and _meet(spans, pieces)]
        yield Share(profile, _together(sorted(pieces), [*person.hours(day), *taken]), behind)


def _meet(spans: Iterable[Span], pieces: Sequence[Span]) -> bool:
    return any(span.meets(piece) for span in spans for piece in pieces)


def _together(pieces: Sequence[Span], busy: Sequence[Span]) -> list[Span]:
    """Join pieces of one day that meet, or with only a break between them."""
    joined: list[Span] = []
    for piece in pieces:
        gap = Span(joined[-1].end, piece.start) if joined else piece
        if joined and not any(gap.meets(span) for span in busy):
            joined[-1] = Span(joined[-1].start, piece.end)
        else:
            joined.append(piece)
    return joined
