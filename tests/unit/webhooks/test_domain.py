"""When a subscription is made, renewed or let be."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.webhooks.domain import SAFETY, Kept, Wanted, must_create, must_renew
from shared.errors import Invalid
from tests.unit.webhooks.builders import NOW, PEOPLE, kept

HALF = PEOPLE.lifetime / 2
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("resource", "minutes"),
    [
        ("users", 41_760),
        ("/users", 41_760),
        ("groups/g1/members", 41_760),
        ("users/u1/messages", 10_080),
        ("users('u1')/events", 10_080),
        ("/drives/d1/root", 42_300),
        ("sites/s1/lists/l1", 42_300),
        ("Users", 41_760),
    ],
)
def test_the_longest_life_is_asked_for_that_graph_grants(resource: str, minutes: int) -> None:
    assert Wanted("x", resource, "updated").lifetime == timedelta(minutes=minutes) - SAFETY


@pytest.mark.parametrize("resource", ["", "chats", "communications/presences"])
def test_a_resource_of_unknown_life_is_refused_with_what_is_expected(resource: str) -> None:
    with pytest.raises(Invalid, match="expected one of drives, events") as failure:
        _ = Wanted("x", resource, "updated").lifetime

    assert failure.value.reason == "unknown_resource"


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (None, True),
        (kept(), False),
        (kept(subscription_id=None), True),
        (kept(expires_at=None), True),
        (kept(expires_at=NOW), True),
        (kept(expires_at=NOW + SECOND), False),
        (kept(resource="groups"), True),
        (kept(change_types="updated,deleted"), True),
    ],
    ids=[
        "never made",
        "alive",
        "being made when we crashed",
        "expiry unknown",
        "just expired",
        "a second left",
        "the policy wants another resource",
        "the policy wants other changes",
    ],
)
def test_a_subscription_is_made_when_there_is_no_live_one(known: Kept | None, expected: bool) -> None:
    assert must_create(PEOPLE, known, NOW) is expected


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
    made_at = expires_at and expires_at - PEOPLE.lifetime

    assert must_renew(kept(expires_at=expires_at, made_at=made_at), NOW) is expected


def test_a_life_shorter_than_asked_is_not_renewed_at_every_look() -> None:
    """Graph may grant less: half is then half of what it granted."""
    short = kept(made_at=NOW, expires_at=NOW + timedelta(days=3))

    assert not must_renew(short, NOW + timedelta(hours=1))
    assert must_renew(short, NOW + timedelta(days=2))
