"""On which working day people hear what of a term."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mailroom.domain.terms import Terms

DUE = date(2026, 12, 8)  # a Tuesday
CLOSED = frozenset({date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 31), date(2027, 1, 1)})


def steps(due: date, first: date, days: int, terms: Terms) -> list[int | None]:
    """Return the step of each working day, *days* of the calendar long."""
    every = (first + timedelta(days=number) for number in range(days))
    return [terms.step(due, day) for day in every if terms.is_working_day(day)]


def test_people_hear_five_and_one_working_days_before_on_the_day_and_the_day_after() -> None:
    assert steps(DUE, date(2026, 11, 30), 12, Terms()) == [None, 5, 5, 5, 5, 1, 0, -1, -1, -1]


@pytest.mark.parametrize("due", [date(2026, 12, 12), date(2026, 12, 13)], ids=["Saturday", "Sunday"])
def test_a_term_that_ends_in_a_weekend_is_last_spoken_of_in_time_on_friday(due: date) -> None:
    assert steps(due, date(2026, 12, 10), 6, Terms()) == [1, 0, -1, -1]


def test_a_term_that_ends_while_all_is_closed_is_spoken_of_before() -> None:
    assert steps(date(2026, 12, 27), date(2026, 12, 21), 9, Terms(closing_days=CLOSED)) == [5, 1, 0, -1, -1]


def test_a_term_in_the_past_is_late_and_nothing_more() -> None:
    assert Terms().step(date(2020, 1, 1), DUE) == -1


@pytest.mark.parametrize(
    ("reminders", "said"),
    [((), [None] * 4), ((0,), [None, 0, 0, 0]), ((-1, 10), [10, 10, -1, -1]), ((-2,), [None, None, None, -2])],
)
def test_the_organisation_says_when(reminders: Sequence[int], said: list[int | None]) -> None:
    assert steps(DUE, date(2026, 12, 7), 4, Terms(reminders=reminders)) == said


# --- whatever the days


near = st.dates(min_value=date(2025, 12, 1), max_value=date(2026, 4, 30))
closings = st.frozensets(st.dates(min_value=date(2026, 1, 1), max_value=date(2026, 3, 31)), max_size=40)


@given(near, near, closings)
def test_the_working_days_that_are_left_are_those_on_the_wall(
    due: date, today: date, closing_days: frozenset[date]
) -> None:
    terms = Terms(closing_days=closing_days)
    first, last = min(due, today), max(due, today)
    between = [first + n * timedelta(days=1) for n in range(1, (last - first).days + 1)]
    working = sum(terms.is_working_day(each) for each in between)

    assert terms.working_days_left(due, today) == (working if due >= today else -working)


@given(near, closings, st.lists(st.integers(-3, 5), min_size=1, max_size=3))
def test_nothing_beyond_the_horizon_is_reminded_of(
    today: date, closing_days: frozenset[date], reminders: list[int]
) -> None:
    terms = Terms(closing_days=closing_days, reminders=reminders)
    every = (today + n * timedelta(days=1) for n in range(-5, 60))

    assert [due for due in every if terms.step(due, today) is not None and due > terms.horizon(today)] == []
