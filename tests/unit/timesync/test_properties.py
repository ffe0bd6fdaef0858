"""What holds of every timeline and every plan, whatever sources say and in whatever order they say it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.timesync.domain.difference import Difference, Written, difference, next_look
from services.timesync.domain.profiles import SHOWN
from services.timesync.domain.records import AbsenceRecord, Part, State, merge, skip_reason
from services.timesync.domain.roster import Person
from services.timesync.domain.spans import Span, days
from services.timesync.domain.timeline import Segment, timeline

from .reference import Period, periods
from .strategies import MIDNIGHT, NOW, TODAY, absences, applied, bounded, calendars, people, profiles, records

promise = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no bug
often = settings(promise, max_examples=300)  # there is most to go wrong


def bare(segments: Iterable[Segment]) -> list[tuple[str, Span, bool]]:
    """Return what can be seen of *segments*."""
    return [(each.profile, each.span, each.whole) for each in segments]


# --- the timeline


@often
@given(records, people, st.booleans())
def test_the_timeline_is_that_of_the_reference(found: list[AbsenceRecord], person: Person, requested: bool) -> None:
    shown = timeline(found, person, TODAY, requested=requested)

    as_periods = [
        Period(each.span.start, each.span.end, each.profile, each.whole, each.open_ended, frozenset(each.sources))
        for each in shown
    ]
    expected = periods(found, person, TODAY, requested=requested)
    assert sorted(as_periods, key=order) == sorted(expected, key=order)


def order(period: Period) -> tuple[datetime, datetime, str]:
    return period.start, period.end, period.profile


@promise
@given(records, people, st.data())
def test_r21_the_order_and_repetition_of_records_make_no_difference(
    found: list[AbsenceRecord], person: Person, data: st.DataObject
) -> None:
    repeated = found + (data.draw(st.lists(st.sampled_from(found), max_size=3)) if found else [])

    assert timeline(data.draw(st.permutations(repeated)), person, TODAY) == timeline(found, person, TODAY)


@promise
@given(bounded, people)
def test_r7_days_told_one_by_one_show_as_the_period_told_at_once(found: list[AbsenceRecord], person: Person) -> None:
    split = [each for record in found for each in day_by_day(record)]

    assert bare(timeline(split, person, TODAY)) == bare(timeline(found, person, TODAY))


def day_by_day(record: AbsenceRecord) -> list[AbsenceRecord]:
    if record.part is Part.INTERVAL or record.last is None:
        return [record]
    each_day = days(record.first, record.last)
    return [replace(record, first=day, last=day, source_id=f"{record.source_id}-{day}") for day in each_day]


@promise
@given(records, people)
def test_r19_two_periods_never_claim_the_same_working_time(found: list[AbsenceRecord], person: Person) -> None:
    shown = timeline(found, person, TODAY)

    for number, one in enumerate(shown):
        for other in shown[number + 1 :]:
            common = Span(max(one.span.start, other.span.start), min(one.span.end, other.span.end))
            assert not any(span.overlap(common) for day in days_of(common) for span in person.hours(day))


def days_of(span: Span) -> Iterable[date]:
    return days(span.start.date(), span.end.date()) if span.start < span.end else ()


# --- versions


@promise
@given(st.lists(st.lists(absences(), min_size=1, max_size=4), min_size=1, max_size=4), st.data())
def test_r13_whatever_the_order_of_delivery_the_newest_version_of_each_remains(
    histories: list[list[AbsenceRecord]], data: st.DataObject
) -> None:
    told = [
        replace(record, source="a", source_id=str(number), version=f"{version:03d}")
        for number, versions in enumerate(histories)
        for version, record in enumerate(versions)
    ]
    known: dict[str, AbsenceRecord] = {}

    for record in data.draw(st.permutations(told + data.draw(st.lists(st.sampled_from(told), max_size=4)))):
        known |= merge(known, [record])

    newest = {record.source_id: record for record in told}
    assert known == newest
    assert merge({}, told) == newest


# --- the plan


@promise
@given(records, people, calendars())
def test_r21_planning_again_after_applying_gives_nothing(
    found: list[AbsenceRecord], person: Person, before: list[Written]
) -> None:
    desired = timeline(found, person, TODAY)

    after = applied(difference(desired, before, NOW), before)

    assert not difference(desired, after, NOW)


@promise
@given(records, people, calendars())
def test_what_should_show_from_now_on_is_what_shows(
    found: list[AbsenceRecord], person: Person, before: list[Written]
) -> None:
    desired = timeline(found, person, TODAY)

    after = applied(difference(desired, before, NOW), before)

    assert ahead(after) == ahead(desired)


def ahead(shown: Iterable[Segment | Written]) -> list[tuple[str, datetime, datetime, bool]]:
    """Return what is not over, as it looks from today on."""
    left = [each for each in shown if each.span.end > NOW]
    return sorted((each.profile, max(each.span.start, MIDNIGHT), each.span.end, each.whole) for each in left)


@promise
@given(records, people, calendars())
def test_r14_r17_days_that_have_passed_are_not_rewritten(
    found: list[AbsenceRecord], person: Person, before: list[Written]
) -> None:
    plan = difference(timeline(found, person, TODAY), before, NOW)

    assert all(segment.span.start >= MIDNIGHT for segment in plan.create)
    assert all(each.span.start >= MIDNIGHT for each in plan.remove)
    for each, segment in plan.update:
        if each.span.start < MIDNIGHT:
            assert (segment.profile, segment.span.start, segment.whole) == (each.profile, each.span.start, each.whole)
            # R16: one that reaches into today may be the extension of one that was over
            assert segment.span.end <= each.span.end or segment.span.end > MIDNIGHT
        else:
            assert segment.span.start >= MIDNIGHT


@promise
@given(bounded, people, st.sampled_from(("a", "z")))
def test_r20_leave_that_becomes_illness_of_another_source_takes_no_call(
    found: list[AbsenceRecord], person: Person, source: str
) -> None:
    alone = [replace(record, source=source, version="9") for record in found]
    same_rank = replace(person, ranks={})
    written = shown_of(timeline(found, same_rank, TODAY))

    assert not difference(timeline(alone, same_rank, TODAY), written, NOW)


def shown_of(segments: Iterable[Segment]) -> list[Written]:
    """Return what is written once all of *segments* show."""
    return applied(difference(list(segments), [], NOW), [])


@promise
@given(records, people, st.sets(st.sampled_from(tuple(SHOWN))))
def test_new_words_change_the_events_that_are_not_over_and_nothing_else(
    found: list[AbsenceRecord], person: Person, renamed: set[str]
) -> None:
    desired = timeline(found, person, TODAY)
    written = shown_of(desired)

    plan = difference(desired, written, NOW, dict.fromkeys(renamed, "new"))

    assert (plan.create, plan.remove) == ((), ())
    assert {each.key for each, _ in plan.update} == {each.key for each in written if each.profile in renamed}
    assert all((each.profile, each.span) == (segment.profile, segment.span) for each, segment in plan.update)


@promise
@given(absences(st.just(State.APPROVED), open_ends=False), people, profiles)
def test_an_absence_ahead_that_gets_another_profile_keeps_its_event(
    record: AbsenceRecord, person: Person, profile: str
) -> None:
    ahead_of_us = moved(record, timedelta(days=14))
    desired = timeline([replace(ahead_of_us, profile=profile)], person, TODAY)
    written = shown_of(timeline([ahead_of_us], person, TODAY))

    plan = difference(desired, written, NOW)

    if desired and written:
        assert (plan.create, plan.remove) == ((), ())


def moved(record: AbsenceRecord, by: timedelta) -> AbsenceRecord:
    return replace(
        record,
        first=record.first + by,
        last=record.last and record.last + by,
        starts=record.starts and record.starts + by,
        ends=record.ends and record.ends + by,
    )


@promise
@given(records, people, calendars(), st.integers(0, 400), st.integers(1, 30 * 24))
def test_r18_r22_until_the_next_look_the_passing_of_time_changes_nothing(
    found: list[AbsenceRecord], person: Person, before: list[Written], far: int, hours: int
) -> None:
    told = [*found, *(moved(each, timedelta(days=far)) for each in found if each.last)]
    desired = timeline(told, person, TODAY)
    after = applied(difference(desired, before, NOW), before)
    look = next_look(desired, NOW)
    later = NOW + timedelta(hours=hours)

    shown = {name for each in desired if each.open_ended and each.span.end > NOW for name in each.sources}
    open_ended = {f"{each.source}/{each.source_id}" for each in told if each.open_ended and not skip_reason(each)}
    if open_ended <= shown and (look is None or later < look):  # an open end that is hidden waits for the night
        assert not difference(timeline(told, person, later.date()), after, later)


@promise
@given(bounded, people, st.sampled_from((0, 150, 180, 190, 400)))
def test_r22_what_lies_ahead_is_written_at_the_looks_that_reach_it(
    found: list[AbsenceRecord], person: Person, far: int
) -> None:
    told = [moved(record, timedelta(days=far)) for record in found]
    desired, now = timeline(told, person, TODAY), NOW
    written = applied(difference(desired, [], now), [])

    while look := next_look(desired, now):  # a new year brings the days of the next within reach
        assert look > now
        now, desired = look, timeline(told, person, look.date())
        written = applied(difference(desired, written, now), written)

    assert {(each.profile, each.span.end) for each in desired if each.span.end > NOW} == {
        (each.profile, each.span.end) for each in written
    }


@promise
@given(st.lists(st.tuples(st.lists(absences(), max_size=3), st.integers(0, 60)), max_size=5), people, st.data())
def test_whatever_was_told_when_what_shows_in_the_end_is_what_was_told_last(
    told: list[tuple[list[AbsenceRecord], int]], person: Person, data: st.DataObject
) -> None:
    known: dict[tuple[str, str], AbsenceRecord] = {}
    now, written = NOW, list[Written]()

    for news, hours in told:
        for record in data.draw(st.permutations([*news, *known.values()])):  # new ones, and all that was told before
            by_id = {key[1]: each for key, each in known.items() if key[0] == record.source}
            known |= {(each.source, each.source_id): each for each in merge(by_id, [record]).values()}
        now += timedelta(hours=hours)
        plan: Difference = difference(timeline(known.values(), person, now.date()), written, now)
        written = applied(plan, written)

    desired = timeline(known.values(), person, now.date())
    left = {(each.profile, each.span.end, each.whole) for each in written if each.span.end > now}
    assert left == {(each.profile, each.span.end, each.whole) for each in desired if each.span.end > now}
