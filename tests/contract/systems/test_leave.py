"""What leave systems have in common, over every part of a day that a request may begin or end with."""

from __future__ import annotations

from datetime import date

import pytest

from services.timesync.systems.leave import RefusedError, between, employee_key

MONDAY, TUESDAY, FRIDAY = date(2026, 11, 16), date(2026, 11, 17), date(2026, 11, 20)


@pytest.mark.parametrize(
    ("last", "late", "early", "pieces"),
    [
        (FRIDAY, False, False, ["16-20 whole "]),
        (FRIDAY, True, False, ["16-16 afternoon /first", "17-20 whole "]),
        (FRIDAY, False, True, ["16-19 whole ", "20-20 morning /last"]),
        (FRIDAY, True, True, ["16-16 afternoon /first", "17-19 whole ", "20-20 morning /last"]),
        (TUESDAY, True, True, ["16-16 afternoon /first", "17-17 morning /last"]),
        (MONDAY, False, False, ["16-16 whole "]),
        (MONDAY, True, False, ["16-16 afternoon "]),
        (MONDAY, False, True, ["16-16 morning "]),
        (None, False, False, ["16- whole "]),
        (None, True, False, ["16-16 afternoon /first", "17- whole "]),
    ],
    ids=[
        "whole days",
        "from noon",
        "until noon",
        "from noon until noon",
        "two halves",
        "a day",
        "an afternoon",
        "a morning",
        "no end",
        "from noon without end",
    ],
)
def test_a_request_is_cut_where_a_day_is_not_whole(
    last: date | None, late: bool, early: bool, pieces: list[str]
) -> None:
    found = between(MONDAY, last, late=late, early=early)

    told = [f"{each.first.day}-{each.last.day if each.last else ''} {each.part} {each.suffix}" for each in found]
    assert sorted(told) == sorted(pieces)


@pytest.mark.parametrize(
    ("last", "late", "early"),
    [(date(2026, 11, 15), False, False), (MONDAY, True, True)],
    ids=["ends before it starts", "from noon until noon of one day"],
)
def test_a_request_of_nothing_is_refused(last: date, late: bool, early: bool) -> None:
    with pytest.raises(RefusedError, match="impossible_date"):
        between(MONDAY, last, late=late, early=early)


@pytest.mark.parametrize(
    ("candidates", "key"),
    [
        (["000104", "tuur@example.org"], "000104"),
        ([None, " Tuur@Example.org "], "tuur@example.org"),
        ([False, ""], None),
        (["t" * 60 + "@example.org"], None),
    ],
    ids=["a number with its zeros", "an address", "nobody", "longer than any number"],
)
def test_somebody_is_known_by_a_number_or_an_address_in_lower_case(candidates: list[object], key: str | None) -> None:
    assert employee_key(*candidates) == key
