"""By when a letter must be answered, and on which days people hear of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from services.mailroom.domain.letter import Letter
from services.mailroom.domain.routing import Facts, Route

_LOCAL = ZoneInfo("Europe/Brussels")
_DAY = timedelta(days=1)
_WEEKEND = 5  # Saturday
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
    day. *valid_from* and *valid_until* are days of registration, both included: a law changes, a running term does not.
    """

    name: str
    days: int
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
    """The last day on which the answer is in time, and what said so: the register, or the name of a rule."""

    day: date
    rule: str


REGISTER = "register"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The organisation's terms; *closing_days* are the days, beside weekends, on which nobody works.

    *reminders* are numbers of days left on which people hear of an open letter (0: the day itself; -1: the day after).
    """

    rules: Sequence[TermRule] = ()
    closing_days: Collection[date] = frozenset()
    reminders: Sequence[int] = (7, 2, 0, -1)

    def due(self, letter: Letter) -> Due | None:
        """Return by when *letter* must be answered; what the register says counts before any rule."""
        if letter.direction != "inkomend" or letter.status in ANSWERED:
            return None
        if letter.reply_by:
            return Due(letter.reply_by, REGISTER)
        rule = next((rule for rule in self.rules if rule.holds(letter)), None)
        if rule is None or not letter.needs_reply:
            return None
        return Due(self._end(rule, letter), rule.name)

    def step(self, due: date, today: date) -> int | None:
        """Return the reminder that stands on *today*: the one that was reached last; None: it is too early."""
        left = (due - today).days
        return min((each for each in self.reminders if left <= each), default=None)

    def is_working_day(self, day: date) -> bool:
        return day.weekday() < _WEEKEND and day not in self.closing_days

    def _end(self, rule: TermRule, letter: Letter) -> date:
        day, left = _start(rule.start, letter), rule.days
        while left > 0:
            day += _DAY
            left -= not rule.working or self.is_working_day(day)
        while rule.next_working_day and not self.is_working_day(day):
            day += _DAY
        return day


def _start(start: Start, letter: Letter) -> date:
    chosen = {Start.RECEIPT: letter.received_on, Start.DOCUMENT: letter.document_date}.get(start)
    return chosen or _registered_on(letter)


def _registered_on(letter: Letter) -> date:
    """Return the local day: a letter that was registered after midnight in Brussels is not of the day before."""
    moment: datetime = letter.registered_at
    return moment.astimezone(_LOCAL).date()
