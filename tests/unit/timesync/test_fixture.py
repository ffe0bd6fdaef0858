"""The recorded Protime conversation gives exactly the periods that were worked out by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.timesync.domain.difference import Written, difference
from services.timesync.domain.records import AbsenceRecord, State, is_newer, merge, skip_reason
from services.timesync.domain.replies import return_day
from services.timesync.domain.timeline import Segment, timeline
from services.timesync.handlers import Scheduled
from services.timesync.systems import KINDS
from services.timesync.systems.base import Codes, Parts, Reading
from shared.clock import BRUSSELS
from shared.events import AbsencesHinted, AbsencesShown
from tests.contract.systems.kit import PROTIME_TABLE
from tests.contract.systems.recorded import CODES, RecordedProtime

from .builders import SAMPLES, at, roster
from .conftest import Town

EXPECTED: dict[str, Any] = json.loads((SAMPLES / "expected_protime_segments.json").read_text(encoding="utf-8"))
EMPLOYEES = [f"00010{number}" for number in range(1, 8)]
# the file's words for what we call otherwise
SLUGS = {
    "public_holiday_from_closure_calendar": "public_holiday",
    "stale_change_version": "stale_version",
    "approval_withdrawn": "not_approved",
}


@pytest.fixture
def protime_town(town: Town) -> Town:
    """The seven people of the sample, of whom one has no mailbox, and Protime as their source."""
    for employee in EMPLOYEES:
        town.outlook.add(employee, mailbox=employee != "000107")
    kind = next(kind for kind in KINDS if kind.name == "protime")
    parts = Parts(RecordedProtime(), town.clock, Codes(CODES), Path(), lambda name: name)
    system = kind.build("protime", kind.options.load(PROTIME_TABLE | {"full_read_hours": 1000}), parts)
    town.rulebook.systems = {"protime": Scheduled(system, timedelta(minutes=15))}
    return town


def wanted(name: str) -> list[tuple[str, str, str, str]]:
    return sorted((e["employee_number"], e["start_local"], e["end_local"], e["show_as"]) for e in EXPECTED[name])


def shown(town: Town) -> list[tuple[str, str, str, str]]:
    boxes = zip(EMPLOYEES, town.outlook.users, strict=True)
    return sorted(
        (who, *event) for who, user in boxes if user.id in town.outlook.events for event in town.outlook.shown(user.id)
    )


def initial(town: Town) -> None:
    town.move_to("2026-10-20T06:00")
    town.settle(AbsencesHinted(source="protime"))


def delta(town: Town) -> list[AbsencesShown]:
    town.move_to("2026-11-12T07:05")
    return [each for each in town.settle(AbsencesHinted(source="protime")) if isinstance(each, AbsencesShown)]


def test_outlook_shows_the_expected_periods_after_the_first_read(protime_town: Town) -> None:
    initial(protime_town)

    assert shown(protime_town) == wanted("after_initial")


def test_outlook_shows_the_expected_periods_after_the_delta(protime_town: Town) -> None:
    initial(protime_town)

    delta(protime_town)

    assert shown(protime_town) == wanted("after_delta")


def test_r20_ill_during_leave_takes_no_call_at_all(protime_town: Town) -> None:
    initial(protime_town)

    calls = {each.employee: each.calls for each in delta(protime_town)}

    assert calls["000104"] == 0


def test_a_whole_read_after_the_delta_expired_changes_nothing(protime_town: Town) -> None:
    initial(protime_town)
    delta(protime_town)
    before = shown(protime_town)
    protime_town.clock.advance(timedelta(minutes=15))
    # the recording's whole read is the old one: older versions of what the delta corrected
    protime_town.settle(AbsencesHinted(source="protime"))

    assert shown(protime_town) == before


def test_the_periods_have_the_expected_records_replies_and_return_days(protime_town: Town) -> None:
    segments = after_initial(protime_town)

    found = [
        {
            "employee_number": employee,
            "start_local": each.span.start.isoformat(timespec="minutes"),
            "end_local": each.span.end.isoformat(timespec="minutes"),
            "source_ids": [int(name.removeprefix("protime/")) for name in each.sources],
            "auto_reply": each.wants_reply,
            "return_date": str(return_day(each, roster().person(employee))) if each.wants_reply else None,
        }
        for employee, of_employee in segments.items()
        for each in of_employee
    ]
    expected = [{key: each[key] for key in found[0]} for each in EXPECTED["after_initial"]]
    assert found == expected


def test_the_utc_moments_of_the_first_period_are_the_expected_ones(protime_town: Town) -> None:
    (fien,) = after_initial(protime_town)["000101"]

    assert (utc(fien.span.start), utc(fien.span.end)) == (
        EXPECTED["after_initial"][0]["start_utc"],
        EXPECTED["after_initial"][0]["end_utc"],
    )


def test_what_is_skipped_at_the_first_read_is_skipped_for_the_expected_reason(protime_town: Town) -> None:
    initial(protime_town)

    records = protime_town.store.records.all()
    skipped = {record.source_id: reason for record in records if (reason := skip_reason(record))}
    skipped |= {row.place.removeprefix("absences/"): row.reason for row in protime_town.store.held.all()}
    assert skipped == reasons("skipped_initial")


def test_what_is_skipped_of_the_delta_is_skipped_for_the_expected_reason(protime_town: Town) -> None:
    (_, known), (second, later) = readings(protime_town)
    now = at("2026-11-12T07:05")

    skipped = {
        record.source_id: "stale_version"
        for record in second.records
        if not is_newer(record, known.get(record.source_id))
    }
    for employee in EMPLOYEES:
        person, before, after = roster().person(employee), _of(employee, known), _of(employee, later)
        skipped |= {
            each.source_id: "not_approved" for each in after if each.state is State.REJECTED and each not in before
        }
        earlier = enumerate(timeline(before, person, now.date()))
        written = [Written(str(number), each.profile, each.span, each.whole) for number, each in earlier]
        past = difference(timeline(after, person, now.date()), written, now).past
        skipped |= {name.removeprefix("protime/"): "wholly_in_the_past" for each in past for name in each.sources}
    assert skipped == reasons("skipped_delta")


def after_initial(town: Town) -> dict[str, list[Segment]]:
    town.move_to("2026-10-20T06:00")
    (_, known), _ = readings(town)
    today = town.world.local_now().date()
    return {e: timeline(_of(e, known), roster().person(e), today) for e in EMPLOYEES if roster().person(e).upn}


def _of(employee: str, records: dict[str, AbsenceRecord]) -> list[AbsenceRecord]:
    return [record for record in records.values() if record.employee == employee]


def readings(town: Town) -> tuple[tuple[Reading, dict[str, AbsenceRecord]], tuple[Reading, dict[str, AbsenceRecord]]]:
    """Return both readings, each with what is known after it."""
    system = town.world.systems["protime"].system
    first = system.read(None)
    known = merge({}, first.records)
    second = system.read(first.cursor)
    return (first, known), (second, known | merge(known, second.records))


def reasons(name: str) -> dict[str, str]:
    return {str(each["source_id"]): SLUGS.get(each["reason"], each["reason"]) for each in EXPECTED[name]}


def utc(local: datetime) -> str:
    return local.replace(tzinfo=BRUSSELS).astimezone(UTC).isoformat().replace("+00:00", "Z")
