"""Protime: token, pages, delta, and what its fields mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from services.timesync.domain.records import AbsenceRecord, State
from services.timesync.systems import KINDS
from services.timesync.systems.base import Codes, Parts, Reading, System
from shared.clock import FixedClock
from shared.errors import Invalid, Permanent, Transient

from .kit import NOW, PROTIME_TABLE
from .recorded import CODES, RecordedProtime


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def protime() -> RecordedProtime:
    return RecordedProtime()


def system_of(protime: RecordedProtime, clock: FixedClock, codes: dict[str, str] | None = None) -> System:
    kind = next(kind for kind in KINDS if kind.name == "protime")
    parts = Parts(protime, clock, Codes(CODES if codes is None else codes), Path(), lambda name: f"secret of {name}")
    return kind.build("protime", kind.options.load(PROTIME_TABLE), parts)


def by_id(reading: Reading) -> dict[str, AbsenceRecord]:
    return {record.source_id: record for record in reading.records}


def first_rows(protime: RecordedProtime) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = protime.talk["initial_pages"][0]["body"]["value"]
    return rows


def test_an_empty_page_is_not_the_end(protime: RecordedProtime, clock: FixedClock) -> None:
    assert {"5001", "5017"} <= by_id(system_of(protime, clock).read(None)).keys()


def test_a_whole_read_asks_the_window_and_says_what_it_reaches(protime: RecordedProtime, clock: FixedClock) -> None:
    reading = system_of(protime, clock).read(None)

    assert "date%20ge%20%272026-11-11%27%20and%20date%20le%20%272027-05-11%27" in protime.requests[1]
    assert (str(reading.first), str(reading.last)) == ("2026-11-11", "2027-05-11")


def test_one_token_serves_many_calls_and_is_renewed_before_it_ends(protime: RecordedProtime, clock: FixedClock) -> None:
    system = system_of(protime, clock)
    system.read(None)
    assert protime.tokens == 1

    clock.advance(timedelta(seconds=1790))
    system.read(None)

    assert protime.tokens == 2


def test_a_withdrawn_token_is_replaced(protime: RecordedProtime, clock: FixedClock) -> None:
    protime.withdrawn.add("token-1")

    assert system_of(protime, clock).read(None).complete
    assert protime.tokens == 2


def test_every_request_says_who_asks(protime: RecordedProtime, clock: FixedClock) -> None:
    system_of(protime, clock).read(None)

    assert protime.agents == {"IntegrationHub/v1 (Voorbeeldegem)"}


def test_the_delta_tells_only_what_changed(protime: RecordedProtime, clock: FixedClock) -> None:
    system = system_of(protime, clock)

    reading = system.read(system.read(None).cursor)

    assert not reading.complete
    assert reading.deleted == {"5003": "0000090200000000044C"}
    assert by_id(reading).keys() == {"5010", "5011", "5012", "5016", "5004", "5020", "5021"}
    assert by_id(reading)["5016"].state is State.REJECTED


def test_a_delta_that_is_gone_is_replaced_by_a_whole_read(protime: RecordedProtime, clock: FixedClock) -> None:
    system = system_of(protime, clock)
    expired = system.read(system.read(None).cursor).cursor

    assert system.read(expired).complete


def test_everything_is_read_again_after_a_day_and_after_a_code_was_mapped(
    protime: RecordedProtime, clock: FixedClock
) -> None:
    cursor = system_of(protime, clock).read(None).cursor

    assert system_of(protime, clock, CODES | {"XQ": "afwezig"}).read(cursor).complete
    clock.advance(timedelta(hours=24))
    assert system_of(protime, clock).read(cursor).complete


def test_working_elsewhere_is_telework_without_being_mapped(protime: RecordedProtime, clock: FixedClock) -> None:
    assert by_id(system_of(protime, clock, {}).read(None))["5007"].profile == "telewerk"


def test_the_resulting_definition_counts_not_the_requested_one(protime: RecordedProtime, clock: FixedClock) -> None:
    first_rows(protime)[0]["requestedAbsenceDefinition"]["id"] = 999

    assert by_id(system_of(protime, clock).read(None))["5001"].profile == "afwezig"


def test_a_code_that_nobody_mapped_is_held(protime: RecordedProtime, clock: FixedClock) -> None:
    reading = system_of(protime, clock, {"JV": "afwezig"}).read(None)

    assert ("absences/5005", "unknown_code", "000103") in {(h.place, h.reason, h.employee) for h in reading.held}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"date": "2026-02-31"}, "impossible_date"),
        ({"person": {"id": 101}}, "unknown_person"),
        ({"approvalLevel": None}, "incomplete_row"),
    ],
    ids=["impossible date", "nobody", "no approval"],
)
def test_a_bad_record_spoils_nothing_but_itself(
    protime: RecordedProtime, clock: FixedClock, change: dict[str, Any], reason: str
) -> None:
    first_rows(protime)[0].update(change)

    reading = system_of(protime, clock).read(None)

    assert [(held.place, held.reason) for held in reading.held] == [("absences/5001", reason)]
    assert "5002" in by_id(reading)


def test_an_open_registration_is_open_ended(protime: RecordedProtime, clock: FixedClock) -> None:
    first_rows(protime)[0]["status"] = "BeginOpen"

    assert by_id(system_of(protime, clock).read(None))["5001"].open_ended


def test_links_may_be_complete_addresses(protime: RecordedProtime, clock: FixedClock) -> None:
    page = protime.talk["initial_pages"][0]["body"]
    page["nextLink"] = PROTIME_TABLE["base_url"] + page["nextLink"]

    assert system_of(protime, clock).read(None).complete


@pytest.mark.parametrize("link", ["https://elsewhere.example.net/v1/absences", "//elsewhere.example.net/v1/absences"])
def test_a_link_never_takes_the_token_to_another_host(protime: RecordedProtime, clock: FixedClock, link: str) -> None:
    protime.talk["initial_pages"][0]["body"]["nextLink"] = link

    with pytest.raises(Permanent, match=r"expected a link to voorbeeldegem\.example\.org"):
        system_of(protime, clock).read(None)

    assert not any("elsewhere" in url for url in protime.requests)


@pytest.mark.parametrize("value", [None, [5001], [{"date": "2026-11-16"}]], ids=["no list", "a number", "no id"])
def test_a_page_of_something_else_is_refused(protime: RecordedProtime, clock: FixedClock, value: object) -> None:
    protime.talk["initial_pages"][0]["body"]["value"] = value

    with pytest.raises(Invalid, match=r"expected an object with a list 'value'"):
        system_of(protime, clock).read(None)


def delta_items(protime: RecordedProtime) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = protime.talk["delta_pages"][0]["body"]["value"]
    return items


def paths(protime: RecordedProtime, since: int) -> list[str]:
    return [urlsplit(url).path.rpartition("/v1/")[2] for url in protime.requests[since:]]


def test_a_hint_with_one_change_costs_one_request(protime: RecordedProtime, clock: FixedClock) -> None:
    system = system_of(protime, clock)
    cursor, asked = system.read(None).cursor, len(protime.requests)
    del delta_items(protime)[1:]

    system.read(cursor)

    assert paths(protime, asked) == ["delta/absences"]


def test_a_hub_that_just_started_asks_the_definitions_once(protime: RecordedProtime, clock: FixedClock) -> None:
    cursor = system_of(protime, clock).read(None).cursor
    started, asked = system_of(protime, clock), len(protime.requests)

    started.read(cursor)
    started.read(cursor)

    assert paths(protime, asked)[1:] == ["delta/absences", "absence-definitions", "absence-groups", "delta/absences"]


def test_a_definition_that_is_new_is_asked_while_the_delta_is_read(protime: RecordedProtime, clock: FixedClock) -> None:
    system = system_of(protime, clock)
    cursor = system.read(None).cursor
    change = delta_items(protime)[1]
    change["data"]["resultingAbsenceDefinition"] = {"id": 77}
    protime.talk["absence_definitions"]["value"].append({"id": 77, "code": "JV", "absenceGroup": {"id": 1}})

    assert by_id(system.read(cursor))[str(change["data"]["id"])].profile == "afwezig"


def test_a_definition_that_nobody_mapped_is_not_asked_again(protime: RecordedProtime, clock: FixedClock) -> None:
    system = system_of(protime, clock, {})
    cursor, asked = system.read(None).cursor, len(protime.requests)

    system.read(cursor)

    assert paths(protime, asked) == ["delta/absences"]


def test_a_whole_read_asks_the_definitions_after_the_absences(protime: RecordedProtime, clock: FixedClock) -> None:
    system_of(protime, clock).read(None)

    assert paths(protime, 1)[-3:] == ["absences", "absence-definitions", "absence-groups"]


def test_a_definition_that_is_no_longer_used_still_counts(protime: RecordedProtime, clock: FixedClock) -> None:
    for definition in protime.talk["absence_definitions"]["value"]:
        definition["isEnabled"] = False

    assert by_id(system_of(protime, clock).read(None))["5001"].profile == "afwezig"


def test_a_deletion_may_hold_only_an_id(protime: RecordedProtime, clock: FixedClock) -> None:
    system = system_of(protime, clock)
    cursor = system.read(None).cursor
    delta_items(protime)[:] = [{"changeType": "Delete", "data": {"id": 5003}}]

    reading = system.read(cursor)

    assert (reading.deleted, reading.records, reading.held) == ({"5003": ""}, (), ())


@pytest.mark.parametrize(
    ("deletion", "exists"),
    [({"id": 5001}, True), ({"id": 5001, "changeVersion": "0000090200000000FFFF"}, False)],
    ids=["what came later counts", "the version counts"],
)
def test_a_delta_holds_one_word_on_each_day(
    protime: RecordedProtime, clock: FixedClock, deletion: dict[str, Any], exists: bool
) -> None:
    system = system_of(protime, clock)
    cursor = system.read(None).cursor
    again = {"changeType": "InsertOrUpdate", "data": dict(first_rows(protime)[0])}
    delta_items(protime)[:] = [{"changeType": "Delete", "data": deletion}, again]

    reading = system.read(cursor)

    assert ("5001" in by_id(reading), "5001" in reading.deleted) == (exists, not exists)


def test_a_deletion_without_a_version_comes_after_what_it_deletes(protime: RecordedProtime, clock: FixedClock) -> None:
    system = system_of(protime, clock)
    cursor = system.read(None).cursor
    change = {"changeType": "InsertOrUpdate", "data": dict(first_rows(protime)[0])}
    delta_items(protime)[:] = [change, {"changeType": "Delete", "data": {"id": 5001}}]

    reading = system.read(cursor)

    assert (reading.deleted, reading.records) == ({"5001": ""}, ())


def test_an_older_version_in_one_delta_does_not_undo_the_newer(protime: RecordedProtime, clock: FixedClock) -> None:
    system = system_of(protime, clock)
    cursor = system.read(None).cursor
    row = first_rows(protime)[0]
    newer = row | {"changeVersion": "0000090200000000000B", "approvalLevel": "NotApproved"}
    older = row | {"changeVersion": "0000090200000000000A"}
    delta_items(protime)[:] = [{"changeType": "InsertOrUpdate", "data": data} for data in (newer, older)]

    assert by_id(system.read(cursor))["5001"].state is State.REJECTED


@dataclass
class _Failing(RecordedProtime):
    """Breaks down at the second page of absences."""

    def _answer(self, path: str, query: dict[str, list[str]]) -> Any:
        if "continuationToken" in query:
            raise Transient("http_502", "GET answered 502")
        return super()._answer(path, query)


def test_a_page_that_fails_makes_the_whole_read_fail(clock: FixedClock) -> None:
    with pytest.raises(Transient):
        system_of(_Failing(), clock).read(None)


def test_an_absence_that_began_long_ago_and_is_open_is_known_by_its_day(
    protime: RecordedProtime, clock: FixedClock
) -> None:
    """Protime has a record for each day, so the window needs to reach no further back than yesterday (R22)."""
    first_rows(protime)[0].update({"date": "2026-11-12", "status": "Open"})

    record = by_id(system_of(protime, clock).read(None))["5001"]

    assert (record.first, record.open_ended) == (NOW.date(), True)


@pytest.mark.parametrize("cursor", ["export.csv|17|3|abc", "[]", '{"basis": "x"}', ""])
def test_the_cursor_of_another_kind_of_system_is_no_good(
    protime: RecordedProtime, clock: FixedClock, cursor: str
) -> None:
    assert system_of(protime, clock).read(cursor).complete


def test_a_token_that_is_refused_twice_is_a_fault_to_mend(protime: RecordedProtime, clock: FixedClock) -> None:
    protime.withdrawn.update({"token-1", "token-2"})

    with pytest.raises(Permanent) as refusal:
        system_of(protime, clock).read(None)

    assert refusal.value.reason == "http_401"
    assert protime.tokens == 2


def test_a_definition_that_is_no_reference_spoils_only_its_record(protime: RecordedProtime, clock: FixedClock) -> None:
    system = system_of(protime, clock)
    cursor = system.read(None).cursor
    delta_items(protime)[1]["data"]["resultingAbsenceDefinition"] = 11

    assert [held.reason for held in system.read(cursor).held] == ["incomplete_row"]


@pytest.mark.parametrize(
    "item",
    [{"changeType": "Delete", "id": 5003}, {"changeType": "Delete", "data": None}, {"data": {"version": "1"}}],
    ids=["the row itself", "nothing", "no id"],
)
def test_a_change_that_does_not_say_of_which_row_is_refused(
    protime: RecordedProtime, clock: FixedClock, item: dict[str, Any]
) -> None:
    system = system_of(protime, clock)
    cursor = system.read(None).cursor
    protime.talk["delta_pages"][0]["body"]["value"].append(item)

    with pytest.raises(Invalid, match="expected an object with a list 'value' of changes") as refused:
        system.read(cursor)

    assert refused.value.reason == "unexpected_answer"
