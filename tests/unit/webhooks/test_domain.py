"""When a subscription is made, renewed, rotated or let be; when a repair is due; what is wanted without saying."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.webhooks.domain.lifetimes import SAFETY, is_private_calendar, lifetime_of
from services.webhooks.domain.repairs import BEGUN, LONG_STOP, REGULAR, Repair, due_reason, was_stopped
from services.webhooks.domain.subscriptions import (
    CHALLENGED_AGAIN,
    LOOK_EVERY,
    REPEATS,
    URGENT,
    YOUNG,
    Kept,
    Step,
    Wanted,
    being_made,
    challenged,
    is_lost,
    must_look,
    must_renew,
    next_step,
    state_of,
)
from services.webhooks.domain.wishes import LONGEST_NAME, default_subscriptions, twice_wanted
from shared.errors import Invalid
from tests.unit.webhooks.builders import NOW, PEOPLE, REPAIR_EVERY, ROTATE_AFTER, kept

HALF = PEOPLE.lifetime / 2
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


# -- lifetimes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resource", "minutes"),
    [
        ("users", 41_760),
        ("/users", 41_760),
        ("groups/g1/members", 41_760),
        ("users/u1/messages", 10_080),
        ("users/u1/mailFolders('inbox')/messages", 10_080),
        ("users('u1')/events", 10_080),
        ("users/u1/contacts", 10_080),
        ("/drives/d1/root", 42_300),
        ("sites/s1/lists/l1", 42_300),
        ("teams/t1/channels/c1/messages", 4_320),
        ("chats/c1/messages", 4_320),
        ("users/u1/messages?$select=id", 10_080),
        ("Users", 41_760),
    ],
)
def test_the_longest_life_is_asked_for_that_graph_grants(resource: str, minutes: int) -> None:
    assert Wanted("x", resource, "updated").lifetime == timedelta(minutes=minutes) - SAFETY


@pytest.mark.parametrize(
    ("resource", "minutes"), [("users/u1/messages?$select=id", 1_440), ("teams/t1/channels/c1/messages", 4_320)]
)
def test_what_is_told_with_its_data_lives_shorter(resource: str, minutes: int) -> None:
    assert lifetime_of(resource, rich=True) == timedelta(minutes=minutes) - SAFETY


@pytest.mark.parametrize("resource", ["users", "drives/d1/root"])
def test_what_graph_never_tells_with_its_data_is_refused(resource: str) -> None:
    with pytest.raises(Invalid, match="no resource data"):
        lifetime_of(resource, rich=True)


@pytest.mark.parametrize("resource", ["", "print/printers", "communications/presences"])
def test_a_resource_of_unknown_life_is_refused_with_what_is_expected(resource: str) -> None:
    with pytest.raises(Invalid, match="expected one of chats, contacts, drives") as failure:
        lifetime_of(resource)

    assert failure.value.reason == "unknown_resource"


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("users/u1/events", True),
        ("users('u1')/events", True),
        ("Users/u1/Calendar/events", True),
        ("users/u1/calendarView", True),
        ("me/calendars/c1/events", True),
        ("users/u1/messages", False),
        ("users", False),
        ("groups/g1/events", False),
        ("users/events", True),
    ],
)
def test_a_persons_calendar_is_known_by_its_path(resource: str, expected: bool) -> None:
    assert is_private_calendar(resource) is expected


# -- the next step ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (None, Step.MAKE),
        (kept(), Step.LEAVE),
        (kept(subscription_id=None), Step.MAKE),
        (kept(expires_at=None), Step.MAKE),
        (kept(resource="groups"), Step.MAKE),
        (kept(change_types="updated,deleted"), Step.MAKE),
        (kept(certificate_id="c1"), Step.MAKE),
        (kept(expires_at=NOW - SECOND), Step.RENEW),
        (kept(renewed_at=None), Step.RENEW),
        (kept(renewed_at=NOW + PEOPLE.lifetime * 2), Step.RENEW),
        (kept(made_at=NOW - ROTATE_AFTER), Step.ROTATE),
        (kept(made_at=NOW - ROTATE_AFTER + SECOND), Step.LEAVE),
        (kept(made_at=NOW + DAY), Step.LEAVE),
    ],
    ids=[
        "never made",
        "alive",
        "being made when we crashed",
        "Graph has it no more",
        "another resource is wanted",
        "other changes are wanted",
        "told with its data, which nobody wants",
        "expired by our clock: Graph knows better",
        "Graph asked for a renewal",
        "renewed when the clock was far ahead",
        "an old clientState",
        "a clientState not quite old",
        "made when the clock was ahead",
    ],
)
def test_a_subscription_gets_what_it_needs(known: Kept | None, expected: Step) -> None:
    assert next_step(PEOPLE, known, NOW, ROTATE_AFTER) is expected


@pytest.mark.parametrize(
    ("expires_at", "expected"),
    [
        (NOW + PEOPLE.lifetime, False),
        (NOW + HALF + SECOND, False),
        (NOW + HALF - SECOND, True),
        (NOW - SECOND, True),
        (None, False),
    ],
    ids=["new", "just before half", "just after half", "expired", "unknown"],
)
def test_a_subscription_is_renewed_when_half_its_life_is_over(expires_at: datetime | None, expected: bool) -> None:
    renewed_at = expires_at and expires_at - PEOPLE.lifetime

    assert must_renew(kept(expires_at=expires_at, renewed_at=renewed_at), NOW) is expected


def test_a_life_shorter_than_asked_is_not_renewed_at_every_look() -> None:
    """Graph may grant less: half is then half of what it granted."""
    short = kept(renewed_at=NOW, expires_at=NOW + timedelta(days=3))

    assert not must_renew(short, NOW + timedelta(hours=1))
    assert must_renew(short, NOW + timedelta(days=2))


def test_challenges_that_come_in_bursts_ask_for_one_renewal() -> None:
    young, old = kept(renewed_at=NOW - MINUTE), kept(renewed_at=NOW - CHALLENGED_AGAIN)

    assert challenged(young, NOW) == young
    assert must_renew(challenged(old, NOW), NOW)


# -- the clientState that is replaced -----------------------------------------------------------------------------


def test_the_replaced_client_state_stays_good_as_long_as_graph_repeats_itself() -> None:
    making = being_made(PEOPLE, "new", kept(client_state_hash="old"), NOW)

    assert (making.previous_state_hash, making.previous_until) == ("old", NOW + REPEATS)
    assert timedelta(hours=4) < REPEATS
    assert (making.subscription_id, making.expires_at) == (None, None)


def test_an_attempt_that_failed_does_not_cost_the_client_state_before_it() -> None:
    failed = being_made(PEOPLE, "never lived", kept(client_state_hash="old"), NOW)

    assert being_made(PEOPLE, "new", failed, NOW + MINUTE).previous_state_hash == "old"


# -- what Graph has -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("looked_at", "known", "expected"),
    [
        (None, [], True),
        (NOW - LOOK_EVERY + SECOND, [], False),
        (NOW - LOOK_EVERY, [], True),
        (NOW + SECOND, [], True),
        (NOW - MINUTE, [kept(expires_at=NOW)], True),
        (NOW - MINUTE, [kept()], False),
    ],
    ids=["never looked", "looked just now", "looked long ago", "the clock was put back", "one expired", "all live"],
)
def test_graph_is_asked_what_it_has_when_there_may_be_a_difference(
    looked_at: datetime | None, known: list[Kept], expected: bool
) -> None:
    assert must_look(looked_at, known, NOW) is expected


def test_what_was_dropped_silently_is_found_within_a_quarter_of_an_hour() -> None:
    assert timedelta(minutes=15) >= LOOK_EVERY + 2 * MINUTE


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (kept(made_at=NOW - DAY), True),
        (kept(made_at=NOW - DAY, subscription_id="s2"), False),
        (kept(made_at=NOW - YOUNG + SECOND), False),
        (kept(made_at=NOW + DAY), True),
        (kept(subscription_id=None), False),
        (kept(made_at=NOW - DAY, expires_at=None), False),
    ],
    ids=[
        "gone",
        "there",
        "too young to be listed",
        "made when the clock was ahead",
        "in the making",
        "known to be gone",
    ],
)
def test_one_that_graph_does_not_list_is_lost(known: Kept, expected: bool) -> None:
    assert is_lost(known, ["s2", "s3"], NOW) is expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (kept(), "well"),
        (None, "missing"),
        (kept(subscription_id=None), "missing"),
        (kept(expires_at=NOW), "missing"),
        (kept(renewed_at=NOW - DAY * 20, expires_at=NOW + URGENT - SECOND), "expiring"),
        (kept(renewed_at=NOW - DAY * 20, expires_at=NOW + URGENT), "well"),
        (kept(renewed_at=NOW, expires_at=NOW + timedelta(hours=23)), "well"),
    ],
    ids=["alive", "never made", "in the making", "expired", "not renewed for long", "not urgent", "a short life"],
)
def test_the_state_is_well_unless_somebody_should_look(known: Kept | None, expected: str) -> None:
    assert state_of(known, NOW, is_wanted=True) == expected
    assert state_of(known, NOW, is_wanted=False) == "unwanted"


# -- wishes ---------------------------------------------------------------------------------------------------------


def test_accounts_inboxes_and_drives_are_wanted_by_a_word() -> None:
    wanted = list(default_subscriptions(people=True, mailboxes=["post@example.org"], drives=["d1"]))

    assert wanted == [
        Wanted("people", "users", "updated,deleted"),
        Wanted("mailbox-post@example.org", "users/post@example.org/mailFolders('inbox')/messages", "created,updated"),
        Wanted("drive-d1", "drives/d1/root", "updated"),
    ]
    assert list(default_subscriptions(people=False, mailboxes=[], drives=[])) == []


def test_long_ids_have_short_names_that_differ() -> None:
    ids = ["b!" + "x" * 80 + "1", "b!" + "x" * 80 + "2"]

    names = [one.name for one in default_subscriptions(people=False, mailboxes=[], drives=ids)]

    assert len(set(names)) == 2
    assert all(len(name) <= LONGEST_NAME for name in names)


def test_two_that_want_the_same_are_named() -> None:
    """They would drive each other out at every tick."""
    wanted = [PEOPLE, Wanted("archive", "drives/d1/root", "updated"), Wanted("twin", "/Users", "deleted")]

    assert twice_wanted(wanted) == "people and twin"
    assert twice_wanted(wanted[:2]) is None


# -- repairs --------------------------------------------------------------------------------------------------------


def repair(**changes: object) -> Repair:
    return Repair("people", "users", **changes)  # type: ignore[arg-type]  # a test changes any field


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (None, BEGUN),
        (repair(said_at=NOW), None),
        (repair(said_at=NOW - REPAIR_EVERY), REGULAR),
        (repair(said_at=NOW + DAY), REGULAR),
        (repair(said_at=NOW, asked_at=NOW, reason="made_anew"), "made_anew"),
    ],
    ids=["never", "just said", "said long ago", "the clock was put back", "asked"],
)
def test_a_repair_is_due_when_it_is_asked_and_from_time_to_time(known: Repair | None, expected: str | None) -> None:
    assert due_reason(known, NOW, REPAIR_EVERY) == expected


@pytest.mark.parametrize(
    ("ticked_at", "expected"),
    [
        (None, False),
        (NOW - MINUTE, False),
        (NOW - LONG_STOP, False),
        (NOW - LONG_STOP - SECOND, True),
        (NOW + DAY, False),
    ],
    ids=["the first of all", "a minute ago", "a quarter ago", "longer ago", "the clock was put back"],
)
def test_a_long_stop_is_known_by_the_tick_before_it(ticked_at: datetime | None, expected: bool) -> None:
    assert was_stopped(ticked_at, NOW) is expected
