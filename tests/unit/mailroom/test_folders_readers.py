"""What is not public stays out of folders where others read along."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.mailroom.filing.library import NoShelf, Shelf
from services.mailroom.folders import ProjectFolders
from services.mailroom.readers import ASKED_EVERY, Readers
from shared.clock import FixedClock
from shared.errors import Permanent
from shared.graph.errors import Refused

from .builders import NOW, FakeMailroom
from .tenants import A40201, CHANNEL, IN_TEAM, TEAM, Tenant, made, place


@pytest.fixture
def tenant() -> Tenant:
    made = Tenant()
    made.channel_folder = made.team.add("Algemeen")
    return made


@pytest.fixture
def folders(tenant: Tenant, room: FakeMailroom) -> ProjectFolders:
    return made(tenant, room)


@pytest.mark.parametrize(
    ("openness", "confidentiality", "is_taken"),
    [
        ("openbaar", "openbaar", True),
        ("openbaar", "intern", False),
        ("intern", "openbaar", True),
        ("intern", "intern", True),
        ("intern", "vertrouwelijk", False),
        ("intern", "geheim", False),
    ],
)
def test_a_folder_takes_nothing_more_secret_than_it_may_hold(
    tenant: Tenant, folders: ProjectFolders, openness: str, confidentiality: str, is_taken: bool
) -> None:
    tenant.projects.add("A40201")
    found = folders.of(replace(A40201, openness=openness), confidentiality)

    assert isinstance(found, Shelf) if is_taken else found == NoShelf("project_too_open")


@pytest.mark.parametrize(
    ("seen", "guests", "reason"),
    [
        ("public", False, "public_team"),
        ("private", True, "guests_in_team"),
        ("hiddenMembership", True, "guests_in_team"),
    ],
)
def test_what_is_not_public_stays_out_of_a_team_where_others_read_along(
    tenant: Tenant, folders: ProjectFolders, seen: str, guests: bool, reason: str
) -> None:
    folders.of(IN_TEAM, "openbaar")  # the folder is known already
    tenant.seen, tenant.guests = seen, guests

    assert folders.of(IN_TEAM, "intern") == NoShelf(reason)
    assert place(folders.of(IN_TEAM, "openbaar")) == ("drive-3", "Algemeen")


def test_guests_count_too_when_the_team_is_named_beside_a_path(tenant: Tenant, folders: ProjectFolders) -> None:
    tenant.projects.add("A40201")
    tenant.guests = True
    assert folders.of(replace(IN_TEAM, folder="A40201"), "intern") == NoShelf("guests_in_team")


def test_who_is_in_a_team_is_asked_once_in_ten_minutes(
    tenant: Tenant, folders: ProjectFolders, room: FakeMailroom
) -> None:
    for _ in range(3):
        folders.of(IN_TEAM, "intern")
    assert tenant.asked == 1

    tenant.guests = True
    room.clock.advance(ASKED_EVERY)
    assert folders.of(IN_TEAM, "intern") == NoShelf("guests_in_team")


def test_a_team_that_may_not_be_asked_stops_the_letter_and_names_the_permission(
    tenant: Tenant, folders: ProjectFolders
) -> None:
    tenant.refusal = Refused("graph_403", "GET answered 403", "Forbidden")
    with pytest.raises(Permanent, match=r"ChannelMember\.Read\.All") as failure:
        folders.of(IN_TEAM, "intern")
    assert failure.value.reason == "team_unreadable"


def test_a_team_that_is_not_there_is_a_missing_folder(tenant: Tenant, folders: ProjectFolders) -> None:
    tenant.refusal = Permanent("unknown_team", "no team team-1")
    assert folders.of(IN_TEAM, "intern") == NoShelf("folder_missing")


def test_what_failed_is_asked_again_at_once(tenant: Tenant) -> None:
    readers, tenant.refusal = Readers(tenant, FixedClock(NOW)), Permanent("unknown_team", "no team team-1")
    with pytest.raises(Permanent):
        readers.bar(TEAM, CHANNEL)
    tenant.refusal = None

    assert readers.bar(TEAM, CHANNEL) is None
