"""Which automatic reply a mailbox should have: for which time, with which dates, and what it says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.timesync.domain.delegates import Delegate
from services.timesync.domain.replies import Reply, reply_for
from services.timesync.domain.rules import ReplyRules, Rules
from services.timesync.domain.timeline import Segment

from .builders import at, person, roster, segment, span
from .conftest import OFFICE

NOW = at("2026-11-12T07:05")
RULES = Rules(roster(), OFFICE)
LATER = segment("2026-11-26", "2026-11-28")


def silent(start: str, end: str) -> Segment:
    return segment(start, end, profile="afwezig_zonder_antwoord")


def half(start: str, end: str) -> Segment:
    return segment(start, end, whole=False)


def reply(*segments: Segment, employee: str = "000104", rules: Rules = RULES, now: str = "", **rest: object) -> Reply:
    made = reply_for(segments, person(employee), rules, at(now) if now else NOW, **rest)  # type: ignore[arg-type]  # the test says which
    assert made is not None
    return made


def test_the_reply_names_the_last_day_and_the_return_day_and_no_reason() -> None:
    external = reply(segment("2026-11-16", "2026-11-21")).external

    assert "tot en met vrijdag 20 november 2026" in external
    assert "maandag 23 november 2026" in external
    assert "onthaal@example.org of 053 00 00 00" in external
    assert "post@example.org" in external
    assert "Tuur Testman" in external
    assert "verlof" not in external.lower()


def test_colleagues_and_citizens_get_their_own_text() -> None:
    made = reply(segment("2026-11-16", "2026-11-21"))

    assert "je vraag" in made.internal
    assert "uw vraag" in made.external


@pytest.mark.parametrize(
    "absent",
    [
        [segment("2026-11-16", "2026-12-17")],
        [replace(segment("2026-11-16", "2026-11-23"), open_ended=True)],
        [segment("2026-11-16", "2026-11-19"), replace(segment("2026-11-19", "2026-11-23"), open_ended=True)],
    ],
    ids=["R11 longer than 30 days", "R18 open end", "R18 open end after leave"],
)
def test_long_and_open_absences_tell_no_date(absent: list[Segment]) -> None:
    made = reply(*absent)

    assert "2026" not in made.external + made.internal


def test_r17_an_absence_that_was_told_late_reads_like_any_other() -> None:
    in_time = reply(segment("2026-11-09", "2026-11-14"), now="2026-11-06T12:00")

    assert reply(segment("2026-11-09", "2026-11-14"), now="2026-11-12T07:05") == in_time


def test_the_part_before_today_counts_for_the_length_of_an_absence() -> None:
    assert "2026" not in reply(segment("2026-10-12", "2026-11-14")).external


@pytest.mark.parametrize(
    "absent",
    [
        half("2026-11-16T12:30", "2026-11-16T16:36"),
        segment("2026-11-16", "2026-11-17", profile="telewerk"),
        segment("2026-11-16", "2026-11-17", profile="opleiding"),
        silent("2026-11-16", "2026-11-17"),
        segment("2026-11-10", "2026-11-12"),
    ],
    ids=["half day", "telework", "training", "profile without reply", "over"],
)
def test_only_whole_days_away_get_a_reply(absent: Segment) -> None:
    assert reply_for([absent], person(), RULES, NOW) is None


def test_the_present_absence_goes_before_the_next() -> None:
    assert reply(segment("2026-11-12", "2026-11-13"), LATER).span == span("2026-11-12", "2026-11-13")


@pytest.mark.parametrize(
    ("segments", "joined", "last", "back"),
    [
        (
            [segment("2026-11-16", "2026-11-21"), segment("2026-11-23", "2026-11-25")],
            span("2026-11-16", "2026-11-25"), "dinsdag 24", "woensdag 25",
        ),
        (
            [half("2026-11-13T12:30", "2026-11-13T16:36"), segment("2026-11-16", "2026-11-18")],
            span("2026-11-13T12:30", "2026-11-18"), "dinsdag 17", "woensdag 18",
        ),
        (
            [segment("2026-11-16", "2026-11-18"), half("2026-11-18T08:30", "2026-11-18T12:00")],
            span("2026-11-16", "2026-11-18T12:00"), "dinsdag 17", "woensdag 18",
        ),
        (
            [segment("2026-11-16", "2026-11-18"), segment("2026-11-18", "2026-11-19", profile="opleiding")],
            span("2026-11-16", "2026-11-18"), "dinsdag 17", "woensdag 18",
        ),
        (
            [segment("2026-11-16", "2026-11-19"), silent("2026-11-19", "2026-11-21")],
            span("2026-11-16", "2026-11-19"), "vrijdag 20", "maandag 23",
        ),
        (
            [silent("2026-11-16", "2026-11-18"), segment("2026-11-18", "2026-11-21")],
            span("2026-11-18", "2026-11-21"), "vrijdag 20", "maandag 23",
        ),
        (
            [half("2026-11-13T08:30", "2026-11-13T12:00"), segment("2026-11-16", "2026-11-18")],
            span("2026-11-16", "2026-11-18"), "dinsdag 17", "woensdag 18",
        ),
    ],
    ids=[
        "a weekend between two absences", "an afternoon before", "a morning after", "training on the return day",
        "days without a reply after", "days without a reply before", "a morning before which he worked after",
    ],
)  # fmt: skip
def test_absences_without_working_time_between_are_one_with_one_return_day(
    segments: list[Segment], joined: object, last: str, back: str
) -> None:
    made = reply(*segments, LATER)

    assert made.span == joined
    assert f"tot en met {last} november 2026" in made.external
    assert f"Vanaf {back} november 2026" in made.external


def test_an_absence_whose_last_half_day_closes_the_week_is_over_on_monday() -> None:
    friday_morning = half("2026-11-20T08:30", "2026-11-20T12:00")
    mornings = replace(person(), week=tuple(day[:1] for day in person().week))

    made = reply_for([segment("2026-11-19", "2026-11-20"), friday_morning], mornings, RULES, NOW)

    assert made is not None
    assert "tot en met vrijdag 20 november 2026" in made.external
    assert "Vanaf maandag 23 november 2026" in made.external


def test_absences_that_together_are_long_tell_no_date() -> None:
    together = [segment("2026-11-16", "2026-12-05"), silent("2026-12-07", "2026-12-19")]

    assert "2026" not in reply(*together).external


def test_an_hour_away_within_an_absence_does_not_cut_it() -> None:
    evening = half("2026-11-17T20:00", "2026-11-17T21:00")

    made = reply(segment("2026-11-16", "2026-11-19"), evening, segment("2026-11-19", "2026-11-20"))

    assert made.span == span("2026-11-16", "2026-11-20")


def test_a_run_goes_on_until_its_last_part_is_over() -> None:
    made = reply(segment("2026-11-10", "2026-11-12"), half("2026-11-12T08:30", "2026-11-12T12:00"), LATER)

    assert made.span == span("2026-11-10", "2026-11-12T12:00")


def test_other_languages_stand_below_the_dutch_text() -> None:
    rules = replace(RULES, replies=ReplyRules(languages=("en", "nl", "fr")))

    parts = reply(segment("2026-11-16", "2026-11-21"), rules=rules).external.split("<hr>")

    assert ['<div lang="nl">' in parts[0], '<div lang="fr">' in parts[1], '<div lang="en">' in parts[2]] == [True] * 3
    assert "lundi 23 novembre 2026" in parts[1]


def test_the_audience_is_the_one_of_the_service() -> None:
    rules = replace(RULES, replies=ReplyRules(audiences={person().service: "contactsOnly"}))

    assert reply(segment("2026-11-16", "2026-11-17"), rules=rules).audience == "contactsOnly"
    assert reply(segment("2026-11-16", "2026-11-17")).audience == "all"


@pytest.mark.parametrize(
    ("his", "is_named"),
    [
        ((), True),
        ((segment("2026-11-16", "2026-11-17"),), False),
        ((segment("2026-11-17", "2026-11-18"),), True),
        ((half("2026-11-16T08:30", "2026-11-16T12:00"),), True),
        ((segment("2026-11-16", "2026-11-17", profile="telewerk"),), True),
    ],
    ids=["there", "away on the first day", "away later", "away for a morning", "at home"],
)
def test_the_delegate_is_named_unless_he_is_away_on_the_first_day(his: tuple[Segment, ...], is_named: bool) -> None:
    delegate = Delegate("Dora Demo", "dora@example.org", his)

    made = reply(segment("2026-11-16", "2026-11-19"), delegate=delegate)

    assert ("Dora Demo" in made.internal, "dora@example.org" in made.external) == (is_named, is_named)
