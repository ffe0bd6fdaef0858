"""A feed over HTTP or in a file: when it is read, what a part of it proves, and what it never tells."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from services.timesync.domain.records import State
from services.timesync.systems.base import Reading
from services.timesync.systems.icalendar import ICALENDAR
from shared.clock import FixedClock
from shared.errors import Invalid, Transient

from .feeds import ADDRESS, CLOCK, DAY, FeedServer, by_id, event, feed, file_system, held, read, sample, system
from .recorded import CODES


def test_the_sample_is_understood(tmp_path: Path) -> None:
    reading = file_system(tmp_path, sample()).read(None)

    records = by_id(reading)
    told = {number: (str(record.first), str(record.last), record.part.value) for number, record in records.items()}
    assert told == {
        "abs-9001@tijd.example.org": ("2026-10-23", "2026-10-27", "whole"),
        "abs-9002@tijd.example.org": ("2026-11-12", "2026-11-12", "interval"),
        "abs-9003@tijd.example.org": ("2026-11-13", "2026-11-13", "interval"),
        "abs-9004@tijd.example.org": ("2026-12-24", "2026-12-24", "whole"),
        "abs-9005@tijd.example.org": ("2026-11-16", "2026-11-16", "whole"),
        "abs-9007@tijd.example.org": ("2026-11-19", "2026-11-19", "whole"),
    }
    assert records["abs-9001@tijd.example.org"].employee == "fien.verzonnen@example.org"
    assert str(records["abs-9003@tijd.example.org"].starts) == "2026-11-13 10:00:00"
    assert records["abs-9005@tijd.example.org"].profile == "telewerk"
    assert records["abs-9007@tijd.example.org"].state is State.CANCELLED
    wednesdays = [f"pt-000102@tijd.example.org/2026-{day}" for day in ("11-04", "11-18", "12-02", "12-09", "12-30")]
    assert {(day, "unknown_code") for day in wednesdays} <= held(reading)


def test_a_complete_reading_reaches_the_window_that_the_feed_covers() -> None:
    reading = read(event(DAY), window_past_days=10, window_ahead_days=60)

    assert reading.complete
    assert (str(reading.first), str(reading.last)) == ("2026-11-02", "2027-01-11")


def test_what_left_the_feed_is_gone_only_within_the_window() -> None:
    (record,) = read(event(DAY)).records

    reading = read(window_past_days=10, window_ahead_days=60)

    assert reading.reaches(record)
    assert not reading.reaches(replace(record, first=record.first - timedelta(days=30)))
    assert not reading.reaches(replace(record, first=record.first + timedelta(days=90)))


def test_what_lies_outside_the_window_is_no_record() -> None:
    past = event("DTSTART;VALUE=DATE:20260901", uid="past")
    running = event("DTSTART;VALUE=DATE:20260901", "DTEND;VALUE=DATE:20261120", uid="running")
    far = event("DTSTART;VALUE=DATE:20271101", uid="far")

    assert by_id(read(past, running, far)).keys() == {"running"}


def test_an_unchanged_feed_costs_one_conditional_request() -> None:
    server = FeedServer(content=sample())
    feed_system = system(server)
    cursor = feed_system.read(None).cursor

    assert feed_system.read(cursor) == Reading(cursor=cursor)
    assert server.sent == ["", '"1"']


def test_a_server_without_validators_is_compared_by_content_whatever_its_dtstamp() -> None:
    server = FeedServer(content=sample(), etag="")
    feed_system = system(server)
    cursor = feed_system.read(None).cursor

    server.content = sample().replace(b"DTSTAMP:20261101T090000Z", b"DTSTAMP:20261112T060501Z")

    assert feed_system.read(cursor) == Reading(cursor=cursor)


def test_a_changed_feed_is_read_whole() -> None:
    server = FeedServer(content=feed(event(DAY)))
    feed_system = system(server)
    cursor = feed_system.read(None).cursor

    server.content, server.etag = feed(event(DAY, "STATUS:CANCELLED")), '"2"'
    reading = feed_system.read(cursor)

    assert reading.complete
    assert reading.cursor != cursor
    assert reading.records[0].state is State.CANCELLED


def test_the_next_day_the_same_feed_is_read_for_the_window_has_moved() -> None:
    clock, server = FixedClock(CLOCK), FeedServer(content=sample())
    cursor = system(server, clock).read(None).cursor

    clock.advance(timedelta(days=1))
    reading = system(server, clock).read(cursor)

    assert reading.complete
    assert str(reading.last) == "2027-05-12"
    assert server.sent == ["", ""]


@pytest.mark.parametrize(
    "table",
    [{"codes": CODES | {"DT": "negeren"}}, {"codes_from": "SUMMARY"}, {"busy_status": {"OOF": "afwezig"}}],
    ids=["a code was mapped", "another property", "busy words"],
)
def test_the_same_feed_is_read_again_when_it_means_something_else(table: dict[str, object]) -> None:
    server = FeedServer(content=sample())
    cursor = system(server).read(None).cursor

    assert system(server, **table).read(cursor).complete  # type: ignore[arg-type]  # options of hub.toml


@pytest.mark.parametrize("cursor", ["export.csv|17|3|abc", "[]", '{"link": "x"}', ""])
def test_the_cursor_of_another_kind_of_system_is_no_good(cursor: str) -> None:
    assert system(FeedServer(content=sample())).read(cursor).complete


@pytest.mark.parametrize(
    "content",
    [
        sample()[:2000],
        sample().replace(b"END:VCALENDAR", b""),
        feed(event(DAY), "BEGIN:VEVENT\r\nUID:half"),
        feed(event(DAY), "BEGIN:VEVENT\r\nUID:half", event(DAY, uid="inside")),
        feed("BEGIN:VTIMEZONE\r\nTZID:Half", event(DAY)),
    ],
    ids=["half of it", "no end", "an event without end", "an event inside an event", "an event inside a zone"],
)
def test_a_feed_that_was_cut_off_deletes_nothing(content: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        system(FeedServer(content=content)).read(None)

    assert refusal.value.reason == "feed_cut_off"
    assert "END:VEVENT" in str(refusal.value)


def test_a_page_that_asks_to_sign_in_is_refused_without_quoting_it() -> None:
    with pytest.raises(Invalid, match=r"expected a feed that starts with BEGIN:VCALENDAR") as refusal:
        system(FeedServer(content=b"<html>Dag Tuur</html>")).read(None)

    assert "Tuur" not in str(refusal.value)


def test_what_the_library_refuses_is_not_quoted() -> None:
    content = feed("BEGIN:VEVENT", "END:VEVENT").replace(b"VERSION:2.0", b"END:VTODO\r\nSUMMARY;Ziekte van Tuur")

    with pytest.raises(Invalid, match=r"expected a calendar as RFC 5545") as refusal:
        system(FeedServer(content=content)).read(None)

    assert "Tuur" not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__


def test_an_empty_calendar_is_a_complete_feed() -> None:
    reading = read()

    assert reading.complete
    assert not reading.records


def test_a_letter_that_is_folded_in_the_middle_is_whole_again() -> None:
    code = "CATEGORIES:Coördinatie".encode().replace(b"\xc3\xb6", b"\xc3\r\n \xb6")
    content = feed(event(DAY, code="CATEGORIES:X")).replace(b"CATEGORIES:X", code)

    assert system(FeedServer(content=content), codes={"COÖRDINATIE": "bezet"}).read(None).records[0].profile == "bezet"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_feed_may_be_cp1252_in_disguise(encoding: str) -> None:
    content = feed(event(DAY, code="CATEGORIES:Coördinatie")).decode().encode(encoding)

    reading = system(FeedServer(content=content), codes={"Coördinatie": "bezet"}).read(None)

    assert reading.records[0].profile == "bezet"


def test_escaped_text_is_one_code() -> None:
    record = read(event(DAY, code="SUMMARY:Verlof\\, half"), codes={"Verlof, half": "bezet"}, codes_from="SUMMARY")

    assert record.records[0].profile == "bezet"


def test_a_stream_may_hold_several_calendars() -> None:
    content = feed(event(DAY, uid="a")) + feed(event(DAY, uid="b"))

    assert by_id(system(FeedServer(content=content)).read(None)).keys() == {"a", "b"}


def test_a_file_that_is_not_there_can_be_read_later(tmp_path: Path) -> None:
    with pytest.raises(Transient, match=r"expected a feed at .*afwezigheden\.ics"):
        file_system(tmp_path, None).read(None)


def test_the_address_is_in_no_text(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    feed_system = system(FeedServer(content=sample()))

    reading = feed_system.read(None)

    assert "geheim" not in repr(feed_system) + repr(reading) + caplog.text
    assert "Verzonnen" not in repr(reading) + caplog.text


def test_a_webcal_address_is_asked_over_https() -> None:
    server = FeedServer(content=sample())

    assert system(server, address=ADDRESS.replace("https://", "webcal://")).read(None).complete


def test_an_address_of_another_sort_is_refused_without_naming_it() -> None:
    with pytest.raises(Invalid, match=r"expected an address that starts with https:// in HUB_TIMESYNC_FEED") as refusal:
        system(FeedServer(), address="file:///geheim")

    assert "geheim" not in str(refusal.value)


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ({}, "feed"),
        ({"feed": "a.ics", "employee": "summary"}, "employee"),
        ({"feed": "a.ics", "busy_status": {"OOF": "weg"}}, "busy_status.OOF.value"),
        ({"feed": "a.ics", "windows": 1}, "windows"),
    ],
    ids=["nothing", "a name is no key", "unknown profile", "unknown key"],
)
def test_a_table_that_makes_no_sense_is_refused_by_name(table: dict[str, object], name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        ICALENDAR.options.load(table)

    assert name in refusal.value.fields


def test_more_than_any_feed_of_absences_holds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.timesync.systems.feed_events.MOST_OCCURRENCES", 20)

    with pytest.raises(Invalid, match=r"expected at most 20 absences"):
        read(event(DAY, "RRULE:FREQ=DAILY"))
