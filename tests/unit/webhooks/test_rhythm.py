"""A source that stopped knocking is noticed, and one that is merely quiet for the night is not."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.webhooks.domain.rhythm import HOUR, WEEK, WEEKS, Declared, Heard, Learned

MONDAY = datetime(2026, 11, 16)  # noqa: DTZ001 - wall-clock time, as the rules want it
OFFICE = Declared(timedelta(hours=2), frozenset(range(5)), time(8), time(18))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a moment of the week; 0 is Monday."""
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute)


def busy(days: range, hours: range, weeks: int = WEEKS) -> frozenset[datetime]:
    """Return the hours in which a source was heard, in this week and those before."""
    return frozenset(at(day, hour) - WEEK * n for n in range(weeks + 1) for day in days for hour in hours)


@pytest.mark.parametrize(
    ("last", "now", "silent"),
    [
        (at(0, 9), at(0, 11), False),
        (at(0, 9), at(0, 11, 1), True),
        (at(0, 17), at(1, 8, 59), False),
        (at(0, 17), at(1, 9, 1), True),
        (at(4, 17, 30), at(7, 8), False),
        (at(4, 17, 30), at(7, 9, 31), True),
        (at(0, 3), at(0, 9), False),
        (at(0, 9), at(0, 9), False),
        (at(0, 9), at(0, 8), False),
    ],
    ids=[
        "just in time",
        "a minute too long",
        "over a night",
        "over a night and too long",
        "over a weekend",
        "over a weekend and too long",
        "before the office opens",
        "this instant",
        "a clock set back",
    ],
)
def test_a_declared_rhythm_counts_only_the_hours_that_it_names(last: datetime, now: datetime, silent: bool) -> None:
    assert OFFICE.is_silent(Heard(last, since=MONDAY - WEEK), now) is silent


def test_a_source_with_no_hours_named_is_watched_day_and_night() -> None:
    always = Declared(timedelta(hours=30))

    assert not always.is_silent(Heard(at(0, 9), since=MONDAY), at(1, 15))
    assert always.is_silent(Heard(at(0, 9), since=MONDAY), at(1, 15, 1))


@pytest.mark.parametrize(
    ("last", "now", "silent"),
    [
        (at(1, 8, 30), at(1, 10, 30), False),
        (at(1, 8, 30), at(1, 16), True),
        (at(0, 17, 30), at(1, 8), False),
        (at(4, 16, 59), at(7, 8, 30), False),
        (at(4, 16, 59), at(7, 15), True),
    ],
    ids=["a quiet hour", "a quiet day", "a night", "a weekend", "a Monday after a weekend"],
)
def test_a_learned_rhythm_knows_the_hours_of_the_week(last: datetime, now: datetime, silent: bool) -> None:
    hours = frozenset(hour for hour in busy(range(5), range(8, 17)) if hour <= last)
    heard = Heard(last, MONDAY - WEEK * 5, hours)

    assert Learned().is_silent(heard, now) is silent


def test_of_a_source_that_is_new_nothing_is_known_yet() -> None:
    heard = Heard(at(0, 9), MONDAY - WEEK, busy(range(1), range(24), weeks=1))

    assert not Learned().is_silent(heard, at(6, 0))


def test_a_source_that_is_heard_now_and_then_is_not_said_to_be_silent() -> None:
    once = frozenset({at(1, 10) - WEEK, at(3, 15) - WEEK * 2})

    assert not Learned().is_silent(Heard(at(0, 9), MONDAY - WEEK * 5, once), at(4, 9))


@given(
    hours=st.frozensets(st.integers(1, WEEKS * 168).map(lambda n: MONDAY - HOUR * n), max_size=400),
    quiet=st.integers(0, 400),
    more=st.integers(0, 100),
)
def test_who_is_silent_stays_so_until_it_is_heard(hours: frozenset[datetime], quiet: int, more: int) -> None:
    heard = Heard(MONDAY, MONDAY - WEEK * 5, hours)

    if Learned().is_silent(heard, MONDAY + HOUR * quiet):
        assert Learned().is_silent(heard, MONDAY + HOUR * (quiet + more))
