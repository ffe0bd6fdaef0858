"""Rules R12–R22: what counts, which version of it, and what changes when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.timesync.domain.difference import WINDOW, Difference, Written, difference, next_look
from services.timesync.domain.profiles import NAMES, REQUESTED, SHOWN
from services.timesync.domain.records import AbsenceRecord, Part, State, is_newer, merge
from services.timesync.domain.roster import Person
from services.timesync.domain.spans import Span
from services.timesync.domain.timeline import timeline

from .builders import at, day, person, record, segment, span, written
from .conftest import Town

TODAY = day("2026-11-12")  # a Thursday
NOW = at("2026-11-18T10:15")  # a Wednesday
WEEK = written("2026-11-16", "2026-11-21")
RANKED = replace(person(), ranks={"hr": 0, "clock": 1})


def shown(
    records: list[AbsenceRecord], someone: Person | None = None, *, requested: bool = False
) -> list[tuple[str, Span]]:
    found = timeline(records, someone or person(), TODAY, requested=requested)
    return [(each.profile, each.span) for each in found]


# --- R12: what counts


def test_r12_what_is_asked_for_shows_as_tentative_when_the_organisation_wants_it() -> None:
    asked = record("2026-11-16", "2026-11-17", state=State.REQUESTED)

    (tentative,) = timeline([asked], person(), TODAY, requested=True)

    assert (tentative.profile, tentative.span) == (REQUESTED, span("2026-11-16", "2026-11-18"))
    assert SHOWN[REQUESTED].show_as == "tentative"
    assert SHOWN[REQUESTED].label == "Afwezig (aangevraagd)"
    assert not tentative.wants_reply


@pytest.mark.parametrize("profile", ["telewerk", "anderelocatie", "negeren", "feestdag"])
def test_r12_who_asks_to_work_elsewhere_asks_for_no_absence(profile: str) -> None:
    assert shown([record("2026-11-16", state=State.REQUESTED, profile=profile)], requested=True) == []


@pytest.mark.parametrize("state", [State.REJECTED, State.CANCELLED, State.DELETED])
def test_r12_what_is_refused_or_withdrawn_is_not_tentative(state: State) -> None:
    assert shown([record("2026-11-16", state=state)], requested=True) == []


def test_r12_no_code_leads_to_the_profile_of_what_is_asked_for() -> None:
    assert REQUESTED in SHOWN
    assert REQUESTED not in NAMES


def test_r12_what_is_asked_for_and_granted_keeps_its_event(town: Town) -> None:
    town.rulebook.change(requested=True)
    user = town.outlook.add("000104")
    town.read(record("2026-11-16", state=State.REQUESTED))
    asked = town.outlook.shown(user)

    town.read(record("2026-11-16", version="2"))

    assert asked == [("2026-11-16T00:00", "2026-11-17T00:00", "tentative")]
    assert town.outlook.shown(user) == [("2026-11-16T00:00", "2026-11-17T00:00", "oof")]
    assert [call for call in town.outlook.calls if call != "reply"] == ["create", "change"]


# --- R13: versions


def test_r13_without_versions_the_content_decides() -> None:
    known = record("2026-11-16", version="")

    assert is_newer(record("2026-11-17", version=""), known)
    assert not is_newer(record("2026-11-16", version=""), known)
    assert not is_newer(replace(known, place="file.csv:9 1"), known)


def test_r13_an_older_version_in_a_later_delivery_is_ignored() -> None:
    known = {"1": record("2026-11-16", version="5")}

    assert merge(known, [record("2026-11-20", version="4")]) == {}


# --- R14, R15: cancelled, and back early


@pytest.mark.parametrize(
    ("now", "end"),
    [("2026-11-18T00:00", "2026-11-18"), ("2026-11-18T23:59", "2026-11-18"), ("2026-11-19T00:00", "2026-11-19")],
)
def test_r15_whole_days_end_with_yesterday(now: str, end: str) -> None:
    ((_, cut),) = difference([], [WEEK], at(now)).update

    assert cut.span == span("2026-11-16", end)


def test_r15_an_interval_that_begins_this_very_minute_disappears() -> None:
    begun = written("2026-11-18T10:15", "2026-11-18T12:00", whole=False)

    assert difference([], [begun], at("2026-11-18T10:15:40")) == Difference(remove=(begun,))


def test_r15_a_night_shift_that_is_broken_off_ends_at_that_minute() -> None:
    night = written("2026-11-17T22:00", "2026-11-18T06:00", whole=False)

    ((_, cut),) = difference([], [night], at("2026-11-18T02:20:30")).update

    assert cut.span == span("2026-11-17T22:00", "2026-11-18T02:20")


def test_r14_a_correction_afterwards_shortens_what_is_over() -> None:
    over = written("2026-11-09", "2026-11-14")

    plan = difference([segment("2026-11-09", "2026-11-13")], [over], NOW)

    assert plan == Difference(update=((over, segment("2026-11-09", "2026-11-13")),))


def test_r14_an_absence_that_became_half_a_day_keeps_its_past_days() -> None:
    afternoon = segment("2026-11-18T12:30", "2026-11-18T16:36", whole=False)

    plan = difference([afternoon], [WEEK], NOW)

    assert plan == Difference(create=(afternoon,), update=((WEEK, segment("2026-11-16", "2026-11-18")),))


def test_r14_a_whole_day_told_of_an_interval_that_is_over_makes_no_impossible_event() -> None:
    over = written("2026-11-17T00:00", "2026-11-17T12:00", whole=False)

    plan = difference([segment("2026-11-17", "2026-11-19")], [over], NOW)

    assert plan == Difference(create=(segment("2026-11-18", "2026-11-19"),))


# --- R16, R17: longer, and told late


def test_r16_an_illness_that_goes_on_after_the_weekend_keeps_its_event() -> None:
    friday = written("2026-11-13", "2026-11-14")
    longer = timeline([record("2026-11-13"), record("2026-11-16", "2026-11-18", source_id="2")], person(), TODAY)

    plan = difference(longer, [friday], at("2026-11-16T08:00"))

    assert [(each.key, new.span) for each, new in plan.update] == [("k", span("2026-11-13", "2026-11-19"))]
    assert plan.create == ()


def test_r17_illness_told_on_its_second_day_is_written_from_today_and_stays_so() -> None:
    ill = timeline([record("2026-11-17", "2026-11-20")], person(), NOW.date())

    (made,) = difference(ill, [], NOW).create
    told = [Written("k", made.profile, made.span, made.whole)]

    assert made.span == span("2026-11-18", "2026-11-21")
    assert not difference(ill, told, NOW + timedelta(days=1))


def test_r17_what_is_over_does_not_grow() -> None:
    over = written("2026-11-09", "2026-11-12")

    assert not difference([segment("2026-11-09", "2026-11-14")], [over], NOW)


def test_r17_a_night_shift_told_after_midnight_is_written_from_midnight_and_stays_so() -> None:
    night = [segment("2026-11-17T22:00", "2026-11-18T12:00", whole=False)]

    (made,) = difference(night, [], NOW).create
    told = [Written("k", made.profile, made.span, made.whole)]

    assert made.span == span("2026-11-18T00:00", "2026-11-18T12:00")
    assert not difference(night, told, NOW + timedelta(hours=1))


# --- R18, R22: time itself


@pytest.mark.parametrize("part", [Part.WHOLE, Part.MORNING])
def test_r18_an_open_end_is_looked_at_again_when_the_week_is_over(part: Part) -> None:
    ill = timeline([record("2026-11-10", None, part=part)], person(), TODAY)

    assert next_look(ill, at("2026-11-12T09:00")) == at("2026-11-16")


def test_r18_an_open_end_that_begins_later_shows_its_own_week() -> None:
    assert shown([record("2026-11-24", None)]) == [("afwezig", span("2026-11-24", "2026-11-30"))]


def test_r18_an_open_end_wakes_its_employee_when_the_week_is_over(town: Town) -> None:
    town.outlook.add("000104")

    town.read(record("2026-11-10", None))

    moment = town.store.wakes.at("000104")
    assert moment is not None
    assert moment.isoformat() == "2026-11-15T23:00:00+00:00"


def test_r18_an_open_end_that_shows_nothing_this_week_is_left_to_the_comparison_of_each_night() -> None:
    from_saturday = [record("2026-11-14", None)]

    assert timeline(from_saturday, person(), TODAY) == []
    assert next_look([], NOW) is None
    assert [each.span for each in timeline(from_saturday, person(), day("2026-11-16"))] == [
        span("2026-11-16", "2026-11-23")
    ]


def test_r22_what_lies_beyond_the_window_is_looked_at_when_it_comes_within_reach() -> None:
    far = [segment("2027-06-01", "2027-06-05")]
    look = next_look(far, NOW)

    assert look == at("2027-06-01") - WINDOW
    assert not difference(far, [], look - timedelta(minutes=1))
    assert difference(far, [], look).create == (far[0],)
    assert next_look(far, look) is None


def test_r22_what_is_written_needs_no_other_look() -> None:
    assert next_look([segment("2026-11-16", "2026-11-21")], NOW) is None


def test_r22_an_event_beyond_the_window_is_changed_and_not_removed() -> None:
    far = written("2027-05-10", "2027-06-05")
    later = segment("2027-06-01", "2027-06-05")

    assert difference([later], [far], NOW) == Difference(update=((far, later),))


# --- R19: overlap, and more than one source


def test_r19_an_absence_without_reply_comes_after_one_with() -> None:
    both = [record("2026-11-16", profile="afwezig_zonder_antwoord"), record("2026-11-16", source_id="2")]

    assert shown(both) == [("afwezig", span("2026-11-16", "2026-11-17"))]


def test_r19_what_is_asked_for_shows_where_nothing_certain_does() -> None:
    both = [
        record("2026-11-16", "2026-11-17", state=State.REQUESTED),
        record("2026-11-16", part=Part.MORNING, source_id="2", profile="telewerk"),
    ]

    assert shown(both, requested=True) == [
        ("telewerk", span("2026-11-16T08:30", "2026-11-16T12:00")),
        (REQUESTED, span("2026-11-16T12:30", "2026-11-16T16:36")),
        (REQUESTED, span("2026-11-17", "2026-11-18")),
    ]


def test_r19_what_is_asked_for_in_the_first_source_hides_nothing_certain_of_the_second() -> None:
    both = [record("2026-11-16", source="hr", state=State.REQUESTED), record("2026-11-16", source="clock")]

    assert [profile for profile, _ in shown(both, RANKED, requested=True)] == ["afwezig"]


def test_r19_the_first_source_goes_before_the_second_whatever_the_profile() -> None:
    both = [record("2026-11-16", source="clock"), record("2026-11-16", source="hr", profile="telewerk")]

    assert shown(both, RANKED) == [("telewerk", span("2026-11-16", "2026-11-17"))]


def test_r19_the_second_source_shows_where_the_first_is_silent() -> None:
    both = [
        record("2026-11-16", "2026-11-17", source="clock"),
        record("2026-11-16", source="hr", profile="telewerk", part=Part.MORNING),
    ]

    assert shown(both, RANKED) == [
        ("telewerk", span("2026-11-16T08:30", "2026-11-16T12:00")),
        ("afwezig", span("2026-11-16T12:30", "2026-11-16T16:36")),
        ("afwezig", span("2026-11-17", "2026-11-18")),
    ]


def test_r19_a_source_without_a_place_comes_after_those_with_one() -> None:
    both = [record("2026-11-16", source="other"), record("2026-11-16", source="clock", profile="telewerk")]

    assert shown(both, RANKED) == [("telewerk", span("2026-11-16", "2026-11-17"))]


def test_r19_what_the_first_source_ignores_hides_nothing() -> None:
    both = [record("2026-11-16", source="clock"), record("2026-11-16", source="hr", profile="negeren")]

    assert shown(both, RANKED) == [("afwezig", span("2026-11-16", "2026-11-17"))]


def test_r19_two_sources_that_each_tell_half_make_a_whole_day() -> None:
    halves = [
        record("2026-11-16", source="hr", part=Part.MORNING),
        record("2026-11-16", source="clock", part=Part.AFTERNOON),
    ]

    (both,) = timeline(halves, RANKED, TODAY)

    assert (both.span, both.whole, both.sources) == (span("2026-11-16", "2026-11-17"), True, ("clock/1", "hr/1"))


def test_r19_what_fills_the_break_keeps_what_is_around_it_apart() -> None:
    around = [
        record("2026-11-16", profile="dienstverplaatsing", hours=("2026-11-16T09:00", "2026-11-16T12:00")),
        record(
            "2026-11-16", profile="dienstverplaatsing", hours=("2026-11-16T12:30", "2026-11-16T14:00"), source_id="2"
        ),
        record("2026-11-16", profile="bezet", hours=("2026-11-16T12:00", "2026-11-16T12:30"), source_id="3"),
    ]

    assert [period.start.hour for _, period in shown(around)] == [9, 12, 12]


def test_r19_a_period_names_the_records_behind_it_and_no_others() -> None:
    both = [record("2026-11-16", profile="telewerk", source_id="7"), record("2026-11-16", "2026-11-17", source_id="9")]

    (away,) = timeline(both, person(), TODAY)

    assert away.sources == ("file/9",)


def test_r19_a_record_that_another_hides_is_not_behind_what_shows() -> None:
    three = [
        record("2026-11-16", profile="telewerk", part=Part.MORNING, source_id="1"),
        record("2026-11-16", profile="telewerk", part=Part.AFTERNOON, source_id="2"),
        record("2026-11-16", part=Part.MORNING, source_id="3"),
    ]

    assert [each.sources for each in timeline(three, person(), TODAY)] == [("file/3",), ("file/2",)]


def test_r19_two_hours_of_training_with_work_between_stay_two() -> None:
    both = [
        record("2026-11-16", profile="opleiding", hours=("2026-11-16T09:00", "2026-11-16T10:00")),
        record("2026-11-16", profile="opleiding", hours=("2026-11-16T10:30", "2026-11-16T12:00"), source_id="2"),
    ]

    assert [period.start.hour for _, period in shown(both)] == [9, 10]


# --- R20, R21: no calls


def test_r20_two_absences_of_one_profile_that_overlap_are_one_period() -> None:
    leave, ill = record("2026-11-16", "2026-11-20"), record("2026-11-18", "2026-11-24", source_id="2", source="hr")

    assert shown([leave, ill]) == [("afwezig", span("2026-11-16", "2026-11-25"))]


def test_r21_an_event_stays_with_its_profile_though_another_takes_most_of_its_days() -> None:
    telework = written("2026-11-23", "2026-11-28", profile="telewerk")
    away, rest = segment("2026-11-23", "2026-11-26"), segment("2026-11-26", "2026-11-28", profile="telewerk")

    assert difference([away, rest], [telework], NOW) == Difference(create=(away,), update=((telework, rest),))


def test_r21_of_two_equal_events_one_stays() -> None:
    twin = replace(WEEK, key="twin")

    plan = difference([segment("2026-11-16", "2026-11-21")], [WEEK, twin], NOW)

    assert [each.key for each, _ in plan.update] == ["twin"]  # ended where today begins
    assert not plan.create


def test_new_words_do_not_change_what_is_over() -> None:
    over = written("2026-11-09", "2026-11-14")

    plan = difference([segment("2026-11-09", "2026-11-14")], [over], NOW, {"afwezig": "new words"})

    assert not plan
