"""The smallest change between what should show and what was written."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.timesync.domain.difference import Difference, Written, difference
from services.timesync.domain.spans import Span
from services.timesync.domain.timeline import Segment

from .builders import at, segment, written
from .strategies import applied

NOW = at("2026-11-18T10:15")  # a Wednesday
WEEK = written("2026-11-16", "2026-11-21")


def test_r14_cancelled_before_the_start_removes_the_event() -> None:
    plan = difference([], [written("2026-11-19", "2026-11-21")], NOW)

    assert plan == Difference(remove=(written("2026-11-19", "2026-11-21"),))


def test_r14_cancelled_after_the_start_ends_the_event_today_and_keeps_the_past() -> None:
    assert difference([], [WEEK], NOW).update == ((WEEK, segment("2026-11-16", "2026-11-18")),)


def test_r14_an_absence_cancelled_on_its_first_day_leaves_nothing() -> None:
    today = written("2026-11-18", "2026-11-20")

    assert difference([], [today], NOW) == Difference(remove=(today,))


def test_r14_an_interval_ends_at_the_minute_of_return() -> None:
    interval = written("2026-11-18T09:00", "2026-11-18T12:00", whole=False)

    ((_, cut),) = difference([], [interval], NOW).update
    assert cut.span.end == at("2026-11-18T10:15")


def test_r14_what_is_over_stays() -> None:
    assert not difference([], [written("2026-11-10", "2026-11-12")], NOW)


def test_r15_an_early_return_shortens_the_same_event() -> None:
    plan = difference([segment("2026-11-16", "2026-11-19")], [WEEK], NOW)

    assert plan == Difference(update=((WEEK, segment("2026-11-16", "2026-11-19")),))


def test_r15_who_returned_and_is_away_again_later_keeps_his_past() -> None:
    plan = difference([segment("2026-11-20", "2026-11-21")], [WEEK], NOW)

    assert plan.update == ((WEEK, segment("2026-11-16", "2026-11-18")),)
    assert plan.create == (segment("2026-11-20", "2026-11-21"),)


def test_r16_an_extension_changes_the_same_event() -> None:
    plan = difference([segment("2026-11-16", "2026-11-28")], [WEEK], NOW)

    assert plan == Difference(update=((WEEK, segment("2026-11-16", "2026-11-28")),))


def test_r17_what_is_wholly_in_the_past_is_not_written() -> None:
    past = segment("2026-11-16", "2026-11-18")

    assert difference([past], [], NOW) == Difference(past=(past,))


def test_r17_what_reaches_into_today_is_written_from_today() -> None:
    assert difference([segment("2026-11-16", "2026-11-20")], [], NOW).create == (segment("2026-11-18", "2026-11-20"),)


def test_r17_a_start_moved_back_does_not_grow_the_past() -> None:
    plan = difference([segment("2026-11-12", "2026-11-21")], [WEEK], NOW)

    assert not plan


def test_r20_nothing_changes_when_only_the_records_behind_it_do() -> None:
    ill = Segment("afwezig", WEEK.span, whole=True, sources=("other", "records"))

    assert not difference([ill], [WEEK], NOW)


def test_r22_what_starts_after_the_window_waits() -> None:
    assert not difference([segment("2027-06-01", "2027-06-05")], [], NOW)


def test_one_absence_split_in_two_keeps_its_event_for_the_longest_part() -> None:
    before = written("2026-11-23", "2026-11-28")

    plan = difference([segment("2026-11-23", "2026-11-24"), segment("2026-11-25", "2026-11-28")], [before], NOW)

    assert plan.update == ((before, segment("2026-11-25", "2026-11-28")),)
    assert plan.create == (segment("2026-11-23", "2026-11-24"),)


def test_a_future_event_takes_another_profile_in_place() -> None:
    before = written("2026-11-23", "2026-11-24", profile="telewerk")

    plan = difference([segment("2026-11-23", "2026-11-24")], [before], NOW)

    assert plan.update == ((before, segment("2026-11-23", "2026-11-24")),)
    assert not plan.create


def test_who_falls_ill_while_teleworking_keeps_the_days_he_worked() -> None:
    telework = written("2026-11-16", "2026-11-21", profile="telewerk")

    plan = difference([segment("2026-11-18", "2026-11-21")], [telework], NOW)

    assert plan.update == ((telework, segment("2026-11-16", "2026-11-18", profile="telewerk")),)
    assert plan.create == (segment("2026-11-18", "2026-11-21"),)


@st.composite
def rows(draw: st.DrawFn, low: int = -240, high: int = 360) -> list[Segment]:
    """Draw periods that do not overlap, around NOW."""
    edges = sorted(draw(st.sets(st.integers(low, high), max_size=10)))
    made: list[Segment] = []
    for start, end in zip(edges[::2], edges[1::2], strict=False):
        whole = draw(st.booleans())
        unit = timedelta(days=1) if whole else timedelta(hours=1)
        origin = datetime.combine(NOW.date(), datetime.min.time())
        first, last = origin + timedelta(hours=start), origin + timedelta(hours=end)
        if whole:
            first, last = (datetime.combine(each.date(), datetime.min.time()) for each in (first, last))
        if last - first >= unit and (not made or made[-1].span.end <= first):
            made.append(Segment(draw(st.sampled_from(["afwezig", "telewerk"])), Span(first, last), whole))
    return made


@settings(deadline=None)  # a busy machine is no bug
@given(rows(), rows())
def test_r21_planning_again_after_applying_gives_nothing(desired: list[Segment], earlier: list[Segment]) -> None:
    before = [Written(f"old{n}", each.profile, each.span, each.whole) for n, each in enumerate(earlier)]
    after = applied(difference(desired, before, NOW), before)

    assert not difference(desired, after, NOW)


@settings(deadline=None)  # a busy machine is no bug
@given(rows(), rows())
def test_what_should_show_from_now_on_is_what_shows(desired: list[Segment], earlier: list[Segment]) -> None:
    before = [Written(f"old{n}", each.profile, each.span, each.whole) for n, each in enumerate(earlier)]
    after = applied(difference(desired, before, NOW), before)
    future = {(each.profile, each.span.end) for each in after if each.span.end > NOW}

    assert future == {(each.profile, each.span.end) for each in desired if each.span.end > NOW}


@pytest.mark.parametrize("hours", [0, 9, 23])
def test_the_hour_of_the_day_does_not_change_the_plan_of_whole_days(hours: int) -> None:
    moment = at("2026-11-18") + timedelta(hours=hours)

    assert difference([], [WEEK], moment).update == ((WEEK, segment("2026-11-16", "2026-11-18")),)


@settings(deadline=None)  # a busy machine is no bug
@given(rows(), rows(), st.integers(1, 400))
def test_r21_the_passing_of_time_alone_changes_nothing(
    desired: list[Segment], earlier: list[Segment], hours: int
) -> None:
    before = [Written(f"old{n}", each.profile, each.span, each.whole) for n, each in enumerate(earlier)]
    after = applied(difference(desired, before, NOW), before)

    assert not difference(desired, after, NOW + timedelta(hours=hours))
