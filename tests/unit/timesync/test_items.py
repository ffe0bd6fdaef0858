"""Each registration says what became of it and why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.timesync.app import create_app
from services.timesync.domain.records import State
from services.timesync.domain.rules import Scope
from services.timesync.items import Item, ItemState, Wishes, page_of
from services.timesync.operations import stop
from services.timesync.systems.base import Held
from shared.events import AbsencesHinted

from .builders import record
from .conftest import Town
from .test_guard import a_town_of, shifted


@pytest.fixture
def client(town: Town) -> FlaskClient:
    return create_app(town.world).test_client()


def items(town: Town, **wishes: str) -> list[Item]:
    return list(page_of(town.world, Wishes(**wishes), limit=1000).items)


def only(town: Town) -> tuple[ItemState, str]:
    (item,) = items(town)
    return item.state, item.reason


def test_what_is_shown_as_the_source_wants_is_synchronised(town: Town) -> None:
    town.outlook.add("000104")
    town.read(record("2026-11-16", "2026-11-18"))

    (item,) = items(town)

    assert (item.state, item.reason, item.place) == (ItemState.SYNCHRONISED, "", "file.csv:2 1")
    assert (str(item.first), str(item.last)) == ("2026-11-16", "2026-11-18")
    assert item.effects == {"calendar": "done", "reply": "done"}


def test_what_is_not_written_yet_waits(town: Town) -> None:
    town.outlook.add("000104")
    town.source.say(record("2026-11-16"))
    town.hear(AbsencesHinted(source="file"))

    (item,) = items(town)

    assert (item.state, item.effects) == (ItemState.WAITING, {"calendar": "waiting", "reply": "waiting"})


def test_an_event_that_its_owner_changed_is_detached(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    town.outlook.touch(user, subject="Mijn dag")
    town.read(record("2026-11-16", "2026-11-17", version="2"))

    assert only(town) == (ItemState.DETACHED, "changed_by_owner")


def test_an_event_that_its_owner_deleted_is_respected(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    town.outlook.events[user].clear()
    town.read(record("2026-11-16", "2026-11-17", version="2"))

    assert only(town) == (ItemState.RESPECTED, "deleted_by_owner")


def test_what_is_beyond_the_window_is_planned(town: Town) -> None:
    town.outlook.add("000104")
    town.read(record("2027-07-19", profile="telewerk"))

    assert only(town) == (ItemState.PLANNED, "beyond_window")


def test_what_is_over_is_past(town: Town) -> None:
    town.outlook.add("000104")
    town.read(record("2026-11-10"))

    assert only(town) == (ItemState.PAST, "")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"state": State.REQUESTED}, "not_approved", id="requested"),
        pytest.param({"state": State.CANCELLED}, "cancelled", id="cancelled"),
        pytest.param({"profile": "feestdag"}, "public_holiday", id="holiday"),
    ],
)
def test_what_is_not_to_be_shown_is_skipped(town: Town, changes: dict[str, Any], reason: str) -> None:
    town.outlook.add("000104")
    town.read(record("2026-11-16", **changes))

    assert only(town) == (ItemState.SKIPPED, reason)


def test_a_day_on_which_nobody_works_is_skipped(town: Town) -> None:
    town.outlook.add("000104")
    town.read(record("2026-11-15"))  # a Sunday

    assert only(town) == (ItemState.SKIPPED, "nothing_to_show")


def test_who_does_not_take_part_is_skipped(town: Town) -> None:
    town.outlook.add("000104")
    town.rulebook.change(scope=Scope(excluded=frozenset({"000104"})))
    town.read(record("2026-11-16"))

    assert only(town) == (ItemState.SKIPPED, "out_of_scope")


def test_while_the_hub_is_stopped_everything_is_skipped(town: Town) -> None:
    town.outlook.add("000104")
    town.read(record("2026-11-16"))
    town.settle(stop(town.world, "hub (ict)"))

    assert only(town) == (ItemState.SKIPPED, "stopped")


@pytest.mark.parametrize(
    ("mailbox", "state", "reason"),
    [
        pytest.param(False, ItemState.SKIPPED, "no_mailbox", id="a worker without a mailbox"),
        pytest.param(None, ItemState.HELD, "unknown_person", id="a number without an account"),
    ],
)
def test_who_cannot_be_shown_is_told_once_with_since_when(
    town: Town, mailbox: bool | None, state: ItemState, reason: str
) -> None:
    if mailbox is not None:
        town.outlook.add("000999", mailbox=mailbox)
    town.read(record("2026-11-16", employee="000999"))

    (item,) = items(town)

    assert (item.state, item.reason, item.since) == (state, reason, town.clock.now())


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("unknown_code", ItemState.HELD),
        ("impossible_date", ItemState.REFUSED),
        ("incomplete_row", ItemState.REFUSED),
        ("duplicate_row", ItemState.SKIPPED),
    ],
)
def test_what_never_became_a_registration_says_where_it_is(town: Town, reason: str, state: ItemState) -> None:
    town.read(held=(Held("file.csv:11 A-3008", reason, "000102", "A-3008"),))

    (item,) = items(town)

    assert (item.employee, item.place, item.state, item.reason) == ("000102", "file.csv:11 A-3008", state, reason)


def test_pages_hold_whole_employees_in_order_and_nothing_twice(town: Town) -> None:
    town.read(
        *(record("2026-11-16", source_id=f"{n}-{m}", employee=f"{n:06}") for n in range(7) for m in range(2)),
        held=(Held("file.csv:1", "incomplete_row"), Held("file.csv:9", "unknown_code", "000003", "9")),
    )
    found: list[Item] = []
    after: str | None = None
    pages = 0
    while pages == 0 or after is not None:
        page = page_of(town.world, Wishes(), after, limit=3)
        found, after, pages = [*found, *page.items], page.after, pages + 1

    assert pages > 3
    assert len(found) == 16
    assert [each.employee or "" for each in found] == sorted(each.employee or "" for each in found)
    assert len({(each.employee, each.place, each.reason, each.state) for each in found}) >= 9


def test_a_page_full_of_what_tells_no_employee_is_followed_by_the_employees(town: Town) -> None:
    town.read(record("2026-11-16"), held=tuple(Held(f"file.csv:{n}", "incomplete_row") for n in range(5)))

    first = page_of(town.world, Wishes(), limit=5)
    second = page_of(town.world, Wishes(), first.after, limit=5)

    assert [each.employee for each in first.items] == [None] * 5
    assert [each.employee for each in second.items] == ["000104"]
    assert second.after is None


# --- by HTTP


def test_items_explain_themselves_in_dutch_and_tell_no_name(town: Town, client: FlaskClient) -> None:
    town.outlook.add("000104")
    town.read(record("2026-11-16", state=State.REQUESTED))

    answer = client.get("/items").get_json()

    assert answer == {
        "items": [
            {
                "employee": "000104",
                "source": "file",
                "place": "file.csv:2 1",
                "first": "2026-11-16",
                "last": "2026-11-16",
                "state": "skipped",
                "reason": "not_approved",
                "explanation": "De afwezigheid is niet goedgekeurd.",
                "since": None,
                "effects": {},
            }
        ],
        "after": None,
    }


def test_items_are_filtered(town: Town, client: FlaskClient) -> None:
    town.outlook.add("000104")
    town.read(record("2026-11-16"), record("2026-11-17", source_id="2", employee="000105"))

    def numbers(query: str) -> list[str]:
        return [item["employee"] for item in client.get(f"/items?{query}").get_json()["items"]]

    assert numbers("state=synchronised") == ["000104"]
    assert numbers("state=held") == ["000105"]
    assert numbers("employee=000105") == ["000105"]
    assert numbers("source=file") == ["000104", "000105"]
    assert numbers("source=other") == []
    assert numbers("after=000104") == ["000105"]
    assert numbers("limit=1") == ["000104"]


@pytest.mark.parametrize("query", ["state=nonsense", "limit=many", "employee=%00", f"source={'x' * 65}"])
def test_a_wish_that_cannot_be_read_is_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/items?{query}").status_code == 400


def test_the_state_tells_who_stopped_the_hub_and_what_is_blocked(town: Town, client: FlaskClient) -> None:
    records = a_town_of(town, 12)
    town.read(*shifted(records))
    town.clock.advance(timedelta(hours=1))
    stop(town.world, "hub (ict)")

    state = client.get("/state").get_json()

    assert state["halted"] == {"by": "hub (ict)", "at": town.clock.now().isoformat()}
    (source,) = state["sources"]
    assert (source["name"], source["counted"], source["blocked"], source["losing"]) == ("file", 12, 12, 12)


def test_a_hub_that_is_going_on_is_not_halted(client: FlaskClient) -> None:
    assert client.get("/state").get_json()["halted"] is None
