"""The hub's own clients of Graph and the sandbox mean the same: people, groups, presence and events of the hub."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sandbox.state import Tenant
from sandbox.voorbeeldegem import PILOT_GROUP_ID
from shared.errors import HubError, Unavailable
from shared.graph.calendar import Appointment, Calendar, Creation, Found
from shared.graph.client import GraphClient
from shared.graph.directory import Accounts, Directory
from shared.graph.errors import NotFound
from shared.graph.presence import Presence, Shown, StatusMessage
from tests.contract.sandbox.client import FIEN, TAG, Client
from tests.contract.sandbox.conftest import Clock

OTHER_TAG = TAG.replace("HubAbsenceId", "Other")


@pytest.fixture
def fien(tenant: Tenant) -> str:
    return str(tenant.user(FIEN)["id"])


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def whole_round(directory: Directory, link: str | None) -> list[Accounts]:
    read = [directory.delta(link)]
    while not read[-1].is_over:
        read.append(directory.delta(read[-1].link))
    return read


def add(tenant: Tenant, count: int) -> None:
    for number in range(count):
        tenant.add_user({"displayName": "x", "userPrincipalName": f"x{number}@example.org"})


# accounts and groups


def test_everybody_is_told_page_by_page_and_then_what_changed(graph: GraphClient, tenant: Tenant, fien: str) -> None:
    directory = Directory(graph)
    add(tenant, 120)
    first, second = whole_round(directory, None)
    tenant.update_user(FIEN, {"accountEnabled": False, "employeeId": "000999"})
    tenant.delete_user("x1@example.org")

    (changed,) = whole_round(directory, second.link)

    assert [(len(page.users), page.is_start, page.is_over) for page in (first, second)] == [
        (100, True, False),
        (27, False, True),
    ]
    assert [(user.id, user.employee, user.enabled) for user in changed.users] == [(fien, "000999", False)]
    assert (len(changed.removed), changed.is_start, changed.is_over) == (1, False, True)


def test_a_forgotten_link_brings_everybody_again(graph: GraphClient, tenant: Tenant) -> None:
    directory = Directory(graph)
    (everybody,) = whole_round(directory, None)
    tenant.rounds.expire()

    again = directory.delta(everybody.link)

    assert (len(again.users), again.is_start, again.is_over) == (7, True, True)


def test_members_of_a_group_are_people_only(graph: GraphClient, tenant: Tenant) -> None:
    assert list(Directory(graph).members(PILOT_GROUP_ID)) == list(tenant.users)[:3]


def test_an_unknown_group_is_not_found(graph: GraphClient) -> None:
    with pytest.raises(NotFound):
        list(Directory(graph).members("nowhere"))


# presence


def test_a_status_message_shows_until_it_ends_or_is_cleared(graph: GraphClient, fien: str, clock: Clock) -> None:
    presence = Presence(graph)
    presence.set_status_message(fien, "Terug op 10 mei", at("2027-05-07T13:00"))  # an hour of summer time ahead

    shown = Shown(fien, "available", "available", is_out_of_office=False, status=StatusMessage("Terug op 10 mei"))
    assert presence.read(fien) == shown
    clock.advance(hours=1)
    assert presence.read(fien).status is None  # type: ignore[union-attr]  # Fien has Teams
    presence.set_status_message(fien, "Tot straks")
    presence.clear_status_message(fien)
    assert presence.read(fien).status is None  # type: ignore[union-attr]  # Fien has Teams


def test_a_preference_shows_until_it_ends_or_is_cleared(graph: GraphClient, fien: str, clock: Clock) -> None:
    presence = Presence(graph)

    def seen() -> list[tuple[str, str]]:
        return [(shown.availability, shown.activity) for shown in presence.read_many([fien])]

    presence.prefer(fien, "Offline", "OffWork", timedelta(hours=8, seconds=1))
    clock.advance(hours=8)
    assert seen() == [("offline", "offwork")]
    clock.advance(minutes=1)
    assert seen() == [("available", "available")]
    presence.prefer(fien, "Busy", "Busy", timedelta(days=2))
    presence.clear_preference(fien)
    assert seen() == [("available", "available")]


def test_who_has_no_teams_shows_nothing(graph: GraphClient, tenant: Tenant) -> None:
    bare = tenant.add_user({"displayName": "x", "userPrincipalName": "x@example.org"}, purpose=None)["id"]

    assert Presence(graph).read(bare) is None
    assert list(Presence(graph).read_many([bare])) == []
    with pytest.raises(NotFound):
        Presence(graph).set_status_message(bare, "x")


# events of the hub


def appointment(start: str, end: str, *, all_day: bool = True) -> Appointment:
    return Appointment("Afwezig", at(start), at(end), all_day=all_day, show_as="oof", location="Thuis")


def make(calendar: Calendar, user_id: str, shapes: dict[str, Appointment]) -> None:
    made = calendar.apply([Creation(user_id, shape, key, transaction=key) for key, shape in shapes.items()])
    assert all(isinstance(each, Found) for each in made), made


def test_only_the_hubs_own_events_of_the_window_are_told(graph: GraphClient, fien: str) -> None:
    mine, other = Calendar(graph, TAG), Calendar(graph, OTHER_TAG)
    shown = {
        "before": appointment("2027-05-01", "2027-05-06"),  # its end, exclusive, is where the window begins
        "into": appointment("2027-05-05", "2027-05-07"),
        "hours": appointment("2027-05-08T13:00", "2027-05-08T17:00", all_day=False),
        "after": appointment("2027-05-10", "2027-05-11"),
    }
    make(mine, fien, shown)
    make(other, fien, {"x": shown["into"]})

    found = dict(mine.own_events(fien, at("2027-05-06"), at("2027-05-10")))

    assert {key: event.shown for key, event in found.items()} == {key: shown[key] for key in ("into", "hours")}
    assert mine.read(fien, found["into"].id) == found["into"]


def test_many_events_of_the_hub_come_in_pages(graph: GraphClient, fien: str, tenant: Tenant) -> None:
    calendar = Calendar(graph, TAG)
    make(calendar, fien, {str(number): appointment("2027-05-06", "2027-05-07") for number in range(101)})
    tenant.requests.clear()

    found = dict(calendar.own_events(fien, at("2027-05-06"), at("2027-05-07")))

    assert len(found) == 101
    assert [call.method for call in tenant.requests] == ["GET", "GET"]


def test_the_hubs_own_events_of_many_mailboxes_travel_together(graph: GraphClient, fien: str, tenant: Tenant) -> None:
    calendar = Calendar(graph, TAG)
    other = str(next(user for user in tenant.users if user != fien))
    day = appointment("2027-05-06", "2027-05-07")
    make(calendar, fien, {str(number): day for number in range(101)})
    make(calendar, other, {"his": day})
    tenant.requests.clear()

    found = calendar.own_events_many([fien, other, "nobody@example.org"], at("2027-05-06"), at("2027-05-10"))

    first, second, third = found
    assert isinstance(third, NotFound)
    assert not isinstance(first, HubError)
    assert not isinstance(second, HubError)
    assert [key for key, _ in second] == ["his"]
    assert sorted(int(key) for key, _ in first) == list(range(101))
    posts = [call.path for call in tenant.requests if call.path.endswith("$batch")]
    assert len(posts) == 1
    assert second[0][1].shown == day


def test_a_readable_event_is_no_secret_and_a_private_one_is(graph: GraphClient, fien: str, client: Client) -> None:
    shown = appointment("2027-05-06", "2027-05-07")
    make(Calendar(graph, TAG), fien, {"own": shown, "shared": replace(shown, private=False)})

    raws = client("GET", f"/users/{fien}/events").json()["value"]

    assert sorted(raw["sensitivity"] for raw in raws) == ["normal", "private"]


def test_a_mailbox_that_is_asked_too_much_tells_how_long_to_wait(graph: GraphClient, fien: str, tenant: Tenant) -> None:
    for _ in range(4):
        tenant.limits.enter(fien)

    with pytest.raises(Unavailable) as waits:
        list(Calendar(graph, TAG).own_events(fien, at("2027-05-06"), at("2027-05-07")))

    assert waits.value.retry_after == timedelta(seconds=1)
