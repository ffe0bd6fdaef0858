"""By when a letter must be answered, and on which days people hear of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from services.mailroom.domain.letter import Letter
from services.mailroom.domain.routing import Facts, Route

_LOCAL = ZoneInfo("Europe/Brussels")
_DAY = timedelta(days=1)
_WEEK, _WEEKEND = 7, 5  # days; from Saturday on
ANSWERED = ("beantwoord", "afgesloten", "geannuleerd")


class Start(StrEnum):
    """From which day the days are counted; that day itself is never one of them."""

    REGISTRATION = "registration"
    RECEIPT = "receipt"
    DOCUMENT = "document"


@dataclass(frozen=True, kw_only=True)
class TermRule:
    """A term of *days* for the letters that *conditions* fit (as those of a route).

    *working*: only working days count. *next_working_day*: a term that would end on a day off ends on the next working
    day. *extension_days*: by how many more it may be extended. *valid_from* and *valid_until* are days of registration,
    both included: a law changes, a running term does not.
    """

    name: str
    days: int
    extension_days: int = 0
    conditions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    start: Start = Start.REGISTRATION
    working: bool = False
    next_working_day: bool = False
    valid_from: date | None = None
    valid_until: date | None = None

    def holds(self, letter: Letter) -> bool:
        day = _registered_on(letter)
        is_valid = (self.valid_from or day) <= day <= (self.valid_until or day)
        return is_valid and Route(name=self.name, to="", conditions=self.conditions).misfit(Facts.of(letter)) is None


@dataclass(frozen=True)
class Due:
    """The last day on which the answer is in time, and what said so: the register, or the name of a rule.

    *latest* is the last day to which the letter's rule lets it be extended; None: no rule says so. The hub extends
    nothing: who does, writes a later day in the register.
    """

    day: date
    rule: str
    latest: date | None = None


REGISTER = "register"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The organisation's terms; *closing_days* are the days, beside weekends, on which nobody works.

    *reminders* are numbers of working days left on which people hear of an open letter. 0 is the last working day on
    which the answer is in time, -1 the first on which it is late.
    """

    rules: Sequence[TermRule] = ()
    closing_days: frozenset[date] = frozenset()
    reminders: Sequence[int] = (5, 1, 0, -1)

    def due(self, letter: Letter) -> Due | None:
        """Return by when *letter* must be answered; what the register says counts before any rule."""
        if letter.direction != "inkomend" or (letter.status or "").casefold() in ANSWERED:
            return None
        rule = next((rule for rule in self.rules if rule.holds(letter)), None)
        latest = self._end(rule, letter, rule.days + rule.extension_days) if rule and rule.extension_days else None
        if letter.reply_by:
            return Due(letter.reply_by, REGISTER, latest)
        if rule is None or not letter.needs_reply:
            return None
        return Due(self._end(rule, letter, rule.days), rule.name, latest)

    def step(self, due: date, today: date) -> int | None:
        """Return the reminder that stands on *today*: the one that was reached last; None: it is too early."""
        left = self.working_days_left(due, today)
        return min((each for each in self.reminders if left <= each), default=None)

    def working_days_left(self, due: date, today: date) -> int:
        """Return how many working days come after *today*, up to and with *due*; negative: how many came after it."""
        return self._working_days(due) - self._working_days(today)

    def horizon(self, today: date) -> date:
        """Return a day after which nothing can be due of which people hear on *today*."""
        day = today
        for _ in range(max(self.reminders, default=-1) + 1):
            day = self._next_working_day(day + _DAY)
        return day

    def is_working_day(self, day: date) -> bool:
        return day.weekday() < _WEEKEND and day not in self.closing_days

    def _end(self, rule: TermRule, letter: Letter, days: int) -> date:
        day = _start(rule.start, letter)
        for _ in range(days):
            day = self._next_working_day(day + _DAY) if rule.working else day + _DAY
        return self._next_working_day(day) if rule.next_working_day else day

    def _next_working_day(self, day: date) -> date:
        while not self.is_working_day(day):
            day += _DAY
        return day

    def _working_days(self, last: date) -> int:
        """Count the working days from the first of all Mondays until *last*, without going through them."""
        weeks, rest = divmod(last.toordinal(), _WEEK)  # date(1, 1, 1), which is 1, was a Monday
        closed = sum(day <= last and day.weekday() < _WEEKEND for day in self.closing_days)
        return weeks * _WEEKEND + min(rest, _WEEKEND) - closed


def _start(start: Start, letter: Letter) -> date:
    chosen = {Start.RECEIPT: letter.received_on, Start.DOCUMENT: letter.document_date}.get(start)
    return chosen or _registered_on(letter)


def _registered_on(letter: Letter) -> date:
    """Return the local day: a letter that was registered after midnight in Brussels is not of the day before."""
    moment: datetime = letter.registered_at
    return moment.astimezone(_LOCAL).date()
