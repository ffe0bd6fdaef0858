"""Protime: token, pages, delta, and what its fields mean."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.timesync.domain.records import AbsenceRecord, State
from services.timesync.systems import KINDS
from services.timesync.systems.base import Codes, Parts, Reading, System
from shared.clock import FixedClock
from shared.errors import Invalid, Permanent

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
