"""What one event of a feed means: when, whose, how far, which version, and how it repeats (RFC 5545)."""

from __future__ import annotations

import pytest

from services.timesync.domain.records import State

from .feeds import DAY, by_id, event, held, only, read

ZONE = """BEGIN:VTIMEZONE
TZID:Kantoor Lissabon
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0000
TZOFFSETTO:+0000
END:STANDARD
END:VTIMEZONE""".replace("\n", "\r\n")
WEDNESDAYS = ("DTSTART;VALUE=DATE:20261104", "RRULE:FREQ=WEEKLY;BYDAY=WE;UNTIL=20261202")
NIGHTS = "DTSTART;TZID=Europe/Brussels:20261116T220000", "DTEND;TZID=Europe/Brussels:20261117T060000"


@pytest.mark.parametrize(
    ("lines", "days"),
    [
        (("DTEND;VALUE=DATE:20261119",), ("2026-11-16", "2026-11-18")),
        ((), ("2026-11-16", "2026-11-16")),
        (("DURATION:P2D",), ("2026-11-16", "2026-11-17")),
        (("DURATION:P1W",), ("2026-11-16", "2026-11-22")),
        (("DTEND;VALUE=DATE:20261116",), ("2026-11-16", "2026-11-16")),
    ],
    ids=["the end is exclusive", "no end is one day", "duration", "a week", "ends on the day itself"],
)
def test_whole_days(lines: tuple[str, ...], days: tuple[str, str]) -> None:
    record = only(event(DAY, *lines))

    assert (str(record.first), str(record.last), record.part.value) == (*days, "whole")


@pytest.mark.parametrize(
    ("lines", "wall"),
    [
        (("DTSTART:20261116T090000Z", "DURATION:PT1H30M"), ("10:00", "11:30")),
        (("DTSTART:20261116T090000", "DTEND:20261116T103000"), ("09:00", "10:30")),
        (
            ("DTSTART;TZID=Europe/Brussels:20261116T090000", "DTEND;TZID=Europe/Brussels:20261116T103000"),
            ("09:00", "10:30"),
        ),
        (("DTSTART;TZID=Romance Standard Time:20261116T090000", "DURATION:PT1H"), ("09:00", "10:00")),
        (("DTSTART;TZID=GMT Standard Time:20261116T090000", "DURATION:PT1H"), ("10:00", "11:00")),
        (("DTSTART;TZID=Kantoor Lissabon:20261116T090000", "DURATION:PT1H"), ("10:00", "11:00")),
    ],
    ids=["UTC", "floating", "zone", "Windows name", "another Windows name", "a zone that the feed explains"],
)
def test_hours_are_as_a_clock_in_brussels_shows_them(lines: tuple[str, ...], wall: tuple[str, str]) -> None:
    record = only(event(*lines), ZONE)

    assert record.starts is not None
    assert record.ends is not None
    assert (f"{record.starts:%H:%M}", f"{record.ends:%H:%M}") == wall
    assert record.starts.tzinfo is None


def test_a_summer_hour_is_two_hours_from_utc() -> None:
    record = only(event("DTSTART:20261024T090000Z", "DTEND:20261024T100000Z"))

    assert str(record.starts) == "2026-10-24 11:00:00"


def test_a_duration_in_hours_is_exact_across_the_change_of_the_clock() -> None:
    record = only(event("DTSTART;TZID=Europe/Brussels:20261024T220000", "DURATION:PT8H"))

    assert str(record.ends) == "2026-10-25 05:00:00"  # the hour from two to three is there twice


def test_a_night_is_one_interval() -> None:
    record = only(event(*NIGHTS))

    assert (str(record.starts), str(record.ends)) == ("2026-11-16 22:00:00", "2026-11-17 06:00:00")
    assert (str(record.first), str(record.last)) == ("2026-11-16", "2026-11-17")


@pytest.mark.parametrize("end", ["20261118T000000", "20261117T235900", "20261117T235959"])
def test_hours_that_cover_whole_days_are_whole_days(end: str) -> None:
    record = only(event("DTSTART:20261116T000000", f"DTEND:{end}"))

    assert (str(record.first), str(record.last), record.part.value) == ("2026-11-16", "2026-11-17", "whole")
    assert record.starts is None


def test_an_end_that_nobody_will_see_is_an_open_end() -> None:
    record = only(event(DAY, "DTEND;VALUE=DATE:99991231"))

    assert record.last is None
    assert record.open_ended


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (("DTSTART;VALUE=DATE:20260231",), "impossible_date"),
        (("DTSTART:gisteren",), "impossible_date"),
        ((), "impossible_date"),
        ((DAY, DAY), "impossible_date"),
        ((DAY, "DTEND;VALUE=DATE:20261110"), "impossible_date"),
        ((DAY, "DTEND:20261117T100000"), "impossible_date"),
        (("DTSTART:20261116T100000",), "impossible_date"),
        (("DTSTART:20261116T100000", "DTEND:20261116T090000"), "impossible_date"),
        (("DTSTART;TZID=Nergens/Land:20261116T100000", "DURATION:PT1H"), "impossible_date"),
        ((DAY, "een regel zonder eigenschap"), "incomplete_row"),
        ((DAY, "STATUS:IN BERAAD"), "unknown_status"),
    ],
    ids=[
        "31 February",
        "words",
        "no start",
        "two starts",
        "ends before it starts",
        "a day until an hour",
        "takes no time",
        "hours backwards",
        "an unknown zone",
        "a line that is none",
        "status",
    ],
)
def test_an_event_that_makes_no_sense_is_held_and_spoils_no_other(lines: tuple[str, ...], reason: str) -> None:
    reading = read(event(*lines), event(DAY, uid="abs-2"))

    assert held(reading) == {("abs-1", reason)}
    assert by_id(reading).keys() == {"abs-2"}
    assert reading.complete


def test_an_event_without_an_id_is_held_by_where_it_stands() -> None:
    reading = read(event(DAY), event(DAY, uid="").replace("UID:\r\n", ""))

    assert [(each.place, each.reason) for each in reading.held] == [("VEVENT 2", "incomplete_row")]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("", State.APPROVED),
        ("STATUS:CONFIRMED", State.APPROVED),
        ("STATUS:TENTATIVE", State.REQUESTED),
        ("STATUS:cancelled", State.CANCELLED),
    ],
)
def test_how_far_it_is(status: str, state: State) -> None:
    assert only(event(DAY, status)).state is state


def test_what_is_cancelled_needs_no_code() -> None:
    assert only(event(DAY, "STATUS:CANCELLED", code="")).state is State.CANCELLED


@pytest.mark.parametrize(
    ("who", "table", "employee"),
    [
        ("ATTENDEE:MAILTO:Fien.Verzonnen@Example.org", {}, "fien.verzonnen@example.org"),
        ("ORGANIZER:mailto:joris@example.org", {"employee": "organizer"}, "joris@example.org"),
        ("X-EMPLOYEE-NUMBER:000101", {"employee": "X-EMPLOYEE-NUMBER"}, "000101"),
        (
            "ATTENDEE;CUTYPE=ROOM:mailto:zaal@example.org\r\nATTENDEE:mailto:fien@example.org",
            {},
            "fien@example.org",
        ),
    ],
    ids=["attendee", "organizer", "number", "a room is nobody"],
)
def test_whose_it_is(who: str, table: dict[str, object], employee: str) -> None:
    assert only(event(DAY, who=who), **table).employee == employee


@pytest.mark.parametrize(
    "who",
    [
        "",
        "ATTENDEE:mailto:a@example.org\r\nATTENDEE:mailto:b@example.org",
        "ATTENDEE:urn:uuid:1",
        f"ATTENDEE:mailto:{'a' * 60}@example.org",
    ],
    ids=["nobody", "two people", "no address", "too long"],
)
def test_an_event_of_nobody_in_particular_is_held(who: str) -> None:
    assert held(read(event(DAY, who=who))) == {("abs-1", "unknown_person")}


@pytest.mark.parametrize(
    ("lines", "profile"),
    [
        (("X-MICROSOFT-CDO-BUSYSTATUS:OOF",), "afwezig"),
        (("X-MICROSOFT-CDO-BUSYSTATUS:WorkingElsewhere", "TRANSP:TRANSPARENT"), "telewerk"),
        (("TRANSP:TRANSPARENT",), "negeren"),
        ((), "bezet"),
    ],
    ids=["out of office", "elsewhere", "transparent", "opaque"],
)
def test_busy_words_count_when_the_organisation_mapped_them(lines: tuple[str, ...], profile: str) -> None:
    words = {"OOF": "afwezig", "WORKINGELSEWHERE": "telewerk", "BUSY": "bezet", "FREE": "negeren"}

    assert only(event(DAY, *lines, code=""), busy_status=words).profile == profile


def test_a_code_goes_before_a_busy_word() -> None:
    assert only(event(DAY, code="CATEGORIES:TW"), busy_status={"BUSY": "bezet"}).profile == "telewerk"


@pytest.mark.parametrize(
    "code",
    ["CATEGORIES:XQ", "", "CATEGORIES:JV,TW", "X-MICROSOFT-CDO-BUSYSTATUS:OOF"],
    ids=["unknown", "none", "two that contradict", "a busy word that nobody mapped"],
)
def test_what_nobody_mapped_is_held(code: str) -> None:
    reading = read(event(DAY, code=code))

    assert [(each.reason, each.employee) for each in reading.held] == [("unknown_code", "fien.verzonnen@example.org")]


def test_a_category_that_is_no_code_does_no_harm() -> None:
    assert only(event(DAY, code="CATEGORIES:Belangrijk,JV")).profile == "afwezig"


def test_versions_compare_by_sequence_and_then_by_time() -> None:
    older = only(event(DAY, "SEQUENCE:9", "LAST-MODIFIED:20261112T080000Z")).version
    later = only(event(DAY, "SEQUENCE:9", "LAST-MODIFIED:20261112T090000Z")).version
    newer = only(event(DAY, "SEQUENCE:10", "LAST-MODIFIED:20261101T080000Z")).version

    assert older < later < newer
    assert only(event(DAY)).version == "0000000000 2026-11-01T09:00:00Z"  # the time of DTSTAMP, without a better one


@pytest.mark.parametrize("line", ["SEQUENCE:abc", "SEQUENCE:-4", "LAST-MODIFIED:gisteren"])
def test_a_version_that_makes_no_sense_is_the_lowest(line: str) -> None:
    assert only(event(DAY, line)).version.startswith("0000000000")


def test_of_two_events_with_one_id_the_highest_sequence_counts_whatever_the_order() -> None:
    old, new = event(DAY, "SEQUENCE:2"), event("DTSTART;VALUE=DATE:20261118", "SEQUENCE:10")

    readings = [read(old, new), read(new, old)]

    assert {str(reading.records[0].first) for reading in readings} == {"2026-11-18"}
    assert {each.reason for reading in readings for each in reading.held} == {"superseded_row"}


def test_an_id_of_exchange_is_too_long_to_keep_and_stays_the_same() -> None:
    long = "040000008200E00074C5B7101A82E008" * 4

    first, second = only(event(DAY, uid=long)), only(event(DAY, uid=long))

    assert first.source_id == second.source_id
    assert len(first.source_id) == 40
    assert only(event(DAY, uid=long + "0")).source_id != first.source_id


def test_a_series_is_one_record_per_day_without_the_days_that_were_taken_out() -> None:
    reading = read(event(*WEDNESDAYS, "EXDATE;VALUE=DATE:20261111,20261125", "RDATE;VALUE=DATE:20261120"))

    assert list(by_id(reading)) == [f"abs-1/2026-{day}" for day in ("11-04", "11-18", "11-20", "12-02")]


def test_a_day_that_was_moved_keeps_the_id_of_its_place_in_the_series() -> None:
    moved = event("RECURRENCE-ID;VALUE=DATE:20261118", "DTSTART;VALUE=DATE:20261119", "SEQUENCE:3")

    records = by_id(read(event(*WEDNESDAYS), moved))

    assert str(records["abs-1/2026-11-18"].first) == "2026-11-19"
    assert records["abs-1/2026-11-18"].version.startswith("0000000003")
    assert str(records["abs-1/2026-11-25"].first) == "2026-11-25"
    assert len(records) == 5


def test_one_day_of_a_series_can_be_cancelled() -> None:
    cancelled = event("RECURRENCE-ID;VALUE=DATE:20261118", "DTSTART;VALUE=DATE:20261118", "STATUS:CANCELLED")

    records = by_id(read(event(*WEDNESDAYS), cancelled))

    assert [number for number, each in records.items() if each.state is State.CANCELLED] == ["abs-1/2026-11-18"]


def test_a_day_of_a_series_whose_master_is_not_in_the_feed_is_read() -> None:
    lone = event("RECURRENCE-ID;VALUE=DATE:20261118", "DTSTART;VALUE=DATE:20261118")

    assert by_id(read(lone)).keys() == {"abs-1/2026-11-18"}


def test_a_series_without_end_stops_at_the_window() -> None:
    records = read(event(*NIGHTS, "RRULE:FREQ=DAILY"), window_ahead_days=10).records

    assert [str(record.first) for record in records] == [f"2026-11-{day}" for day in range(16, 23)]
    assert {f"{record.starts:%H:%M}" for record in records} == {"22:00"}


def test_a_series_keeps_its_hour_when_the_clock_changes() -> None:
    series = event("DTSTART;TZID=Europe/Brussels:20261020T090000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=3")

    assert {f"{record.starts:%H:%M}" for record in read(series).records} == {"09:00"}


def test_two_times_on_one_day_of_a_series_have_two_ids() -> None:
    series = event("DTSTART:20261116T090000", "DURATION:PT1H", "RDATE:20261116T140000")

    assert by_id(read(series)).keys() == {"abs-1/2026-11-16", "abs-1/2026-11-16T1400"}


@pytest.mark.parametrize(
    "rule",
    ["FREQ=NOOIT", "FREQ=SECONDLY", "FREQ=HOURLY;COUNT=9", "FREQ=DAILY;BYHOUR=1,2,3"],
    ids=["no rule", "seconds", "hours", "within a day"],
)
def test_a_series_that_no_absence_has_is_held_and_nothing_is_said_to_be_gone(rule: str) -> None:
    reading = read(event("DTSTART:20261116T090000", "DURATION:PT1H", f"RRULE:{rule}"), event(DAY, uid="abs-2"))

    assert held(reading) == {("abs-1", "impossible_date")}
    assert by_id(reading).keys() == {"abs-2"}
    assert not reading.complete
