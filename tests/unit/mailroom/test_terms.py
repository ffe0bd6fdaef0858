"""By when a letter must be answered: days of the calendar from the day after registration, unless a rule says more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count, islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mailroom.domain.terms import ANSWERED, REGISTER, Due, Start, TermRule, Terms
from tests.unit.mailroom.builders import sample_letter

BRUSSELS = ZoneInfo("Europe/Brussels")
CHRISTMAS = frozenset({date(2026, 12, 24), date(2026, 12, 25), date(2027, 1, 1)})
OPENNESS = TermRule(name="openbaarheid", days=20, extension_days=20)
DAY = timedelta(days=1)


def day(text: str) -> date:
    return date.fromisoformat(text)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BRUSSELS)


def term(registered: str = "2026-11-18T09:42", closing_days: frozenset[date] = frozenset(), **rule: Any) -> date:
    """Return by when a letter that was *registered* then must be answered by one rule."""
    letter = sample_letter(registered_at=at(registered), reply_by=None)
    due = Terms(rules=[replace(OPENNESS, **rule)], closing_days=closing_days).due(letter)
    assert due is not None
    return due.day


# --- which day it is


def test_twenty_days_are_counted_from_the_day_after_registration() -> None:
    assert term("2026-11-18T09:42") == day("2026-12-08")


def test_every_day_of_the_calendar_counts() -> None:
    assert term("2026-12-18T09:00", CHRISTMAS, days=10) == day("2026-12-28")


@pytest.mark.parametrize("registered", ["2026-11-15T09:00", "2026-11-21T09:00", "2026-12-04T09:00"])
def test_a_term_that_ends_on_a_day_off_stays_there(registered: str) -> None:
    assert term(registered, CHRISTMAS) == at(registered).date() + 20 * DAY


@pytest.mark.parametrize(
    ("registered", "due"),
    [
        pytest.param("2026-11-18T09:00", "2026-12-08", id="a working day stays"),
        pytest.param("2026-11-15T09:00", "2026-12-07", id="a Saturday becomes Monday"),
        pytest.param("2026-11-16T09:00", "2026-12-07", id="a Sunday becomes Monday"),
        pytest.param("2026-12-04T09:00", "2026-12-28", id="a closing day, another and a weekend"),
    ],
)
def test_a_rule_may_move_the_end_to_the_next_working_day(registered: str, due: str) -> None:
    assert term(registered, CHRISTMAS, next_working_day=True) == day(due)


def test_a_rule_may_count_working_days_only() -> None:
    assert term("2026-11-18T09:00", working=True, days=5) == day("2026-11-25")


def test_closing_days_are_no_working_days() -> None:
    assert term("2026-12-21T09:00", CHRISTMAS, working=True, days=5) == day("2026-12-30")


def test_registration_on_a_day_off_begins_on_the_first_working_day_when_these_count() -> None:
    assert term("2026-11-21T09:00", working=True, days=1) == day("2026-11-23")


def test_a_leap_day_is_a_day() -> None:
    assert term("2028-02-10T09:00") == day("2028-03-01")
    assert term("2027-02-10T09:00") == day("2027-03-02")


@pytest.mark.parametrize(
    ("registered", "due"),
    [("2026-10-24T23:30", "2026-11-13"), ("2026-10-25T00:30", "2026-11-14"), ("2027-03-28T03:15", "2027-04-17")],
    ids=["the evening before winter time", "the night itself", "summer time begins"],
)
def test_a_change_of_the_clocks_moves_no_term(registered: str, due: str) -> None:
    assert term(registered) == day(due)


def test_the_day_of_registration_is_that_of_brussels() -> None:
    letter = sample_letter(registered_at=datetime(2026, 11, 17, 23, 30, tzinfo=UTC), reply_by=None)

    assert Terms(rules=[OPENNESS]).due(letter) == Due(day("2026-12-08"), "openbaarheid", day("2026-12-28"))


@pytest.mark.parametrize(
    ("start", "due"),
    [(Start.REGISTRATION, "2026-12-08"), (Start.RECEIPT, "2026-12-06"), (Start.DOCUMENT, "2026-12-01")],
)
def test_a_rule_says_from_which_day_is_counted(start: Start, due: str) -> None:
    letter = sample_letter(received_on=day("2026-11-16"), document_date=day("2026-11-11"), reply_by=None)
    found = Terms(rules=[replace(OPENNESS, start=start)]).due(letter)

    assert found is not None
    assert found.day == day(due)


def test_a_letter_without_a_date_of_its_own_is_counted_from_registration() -> None:
    letter = sample_letter(document_date=None, reply_by=None)

    found = Terms(rules=[replace(OPENNESS, start=Start.DOCUMENT)]).due(letter)

    assert found is not None
    assert found.day == day("2026-12-08")


# --- which rule


OLD = TermRule(name="vroeger", days=15, valid_until=date(2018, 12, 31))
NEW = TermRule(name="nu", days=20, valid_from=date(2019, 1, 1))


@pytest.mark.parametrize(
    ("registered", "rule", "due"),
    [
        ("2018-12-31T23:59", "vroeger", "2019-01-15"),
        ("2019-01-01T00:00", "nu", "2019-01-21"),
    ],
)
def test_the_day_of_registration_chooses_the_law(registered: str, rule: str, due: str) -> None:
    letter = sample_letter(registered_at=at(registered), reply_by=None)

    assert Terms(rules=[OLD, NEW]).due(letter) == Due(day(due), rule)


def test_the_first_rule_that_fits_counts() -> None:
    klacht = TermRule(name="klacht", days=45, conditions={"document_type": ["klacht*"]})
    terms = Terms(rules=[klacht, OPENNESS])

    complaint = terms.due(sample_letter(document_type="Klacht over een dienst", reply_by=None))
    other = terms.due(sample_letter(reply_by=None))

    assert (complaint and complaint.rule, other and other.rule) == ("klacht", "openbaarheid")


def test_a_letter_that_no_rule_fits_has_no_term() -> None:
    assert (
        Terms(rules=[replace(OPENNESS, conditions={"channel": ["e-loket"]})]).due(sample_letter(reply_by=None)) is None
    )


def test_a_letter_that_needs_no_answer_has_no_term_by_a_rule() -> None:
    assert Terms(rules=[OPENNESS]).due(sample_letter(reply_by=None, needs_reply=False)) is None


@pytest.mark.parametrize("status", [*ANSWERED, "Beantwoord"])
def test_a_letter_that_is_done_with_has_no_term(status: str) -> None:
    assert Terms(rules=[OPENNESS]).due(sample_letter(status=status)) is None


@pytest.mark.parametrize("direction", ["uitgaand", "intern"])
def test_only_what_came_in_has_a_term(direction: str) -> None:
    assert Terms(rules=[OPENNESS]).due(sample_letter(direction=direction)) is None


# --- the register, and extensions


def test_what_the_register_says_counts_before_any_rule() -> None:
    letter = sample_letter(reply_by=day("2026-11-30"))

    assert Terms(rules=[replace(OPENNESS, extension_days=0)]).due(letter) == Due(day("2026-11-30"), REGISTER)


def test_an_extension_is_a_later_day_in_the_register() -> None:
    terms = Terms(rules=[OPENNESS])
    before = terms.due(sample_letter(reply_by=None))
    extended = terms.due(sample_letter(reply_by=day("2026-12-28"), version=2))

    assert before == Due(day("2026-12-08"), "openbaarheid", day("2026-12-28"))
    assert extended == Due(day("2026-12-28"), REGISTER, day("2026-12-28"))


def test_the_register_is_believed_beyond_what_the_rule_allows_and_the_difference_shows() -> None:
    assert Terms(rules=[OPENNESS]).due(sample_letter(reply_by=day("2027-01-15"))) == Due(
        day("2027-01-15"), REGISTER, day("2026-12-28")
    )


def test_an_extension_is_counted_as_its_rule_counts() -> None:
    rule = TermRule(name="vijf", days=5, extension_days=5, working=True)

    due = Terms(rules=[rule]).due(sample_letter(registered_at=at("2026-11-18T09:00"), reply_by=None))

    assert due == Due(day("2026-11-25"), "vijf", day("2026-12-02"))


def test_a_new_version_with_the_same_facts_has_the_same_term() -> None:
    letter = sample_letter(reply_by=None)
    terms = Terms(rules=[OPENNESS])

    assert terms.due(
        replace(letter, version=7, subject="Beter gescand", scanned_at=at("2026-12-01T10:00"))
    ) == terms.due(letter)


# --- whatever the letter


days = st.dates(min_value=date(1990, 1, 1), max_value=date(2060, 12, 31))
closings = st.frozensets(st.dates(min_value=date(2026, 1, 1), max_value=date(2026, 3, 31)), max_size=40)
near = st.dates(min_value=date(2025, 12, 1), max_value=date(2026, 4, 30))


@given(days, closings, st.integers(1, 90), st.booleans(), st.booleans())
def test_an_answer_is_never_due_before_its_letter_came(
    registered: date, closing_days: frozenset[date], length: int, working: bool, moved: bool
) -> None:
    rule = {"days": length, "working": working, "next_working_day": moved}
    due = term(registered.isoformat(), closing_days, **rule)

    assert due >= registered + length * DAY if working or moved else due == registered + length * DAY


@given(near, closings, st.integers(1, 60))
def test_working_days_are_counted_as_a_person_counts_them(
    registered: date, closing_days: frozenset[date], length: int
) -> None:
    terms = Terms(closing_days=closing_days)
    working_days = (each for n in count(1) if terms.is_working_day(each := registered + n * DAY))

    assert (
        term(registered.isoformat(), closing_days, working=True, days=length) == list(islice(working_days, length))[-1]
    )
