"""The authority's keys are here before a notification needs them, and one that was missing is here soon."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from jwt.algorithms import RSAAlgorithm

from services.webhooks.domain.signing_keys import must_fetch
from services.webhooks.handlers.keys import MISSED as MARK
from services.webhooks.store.signing_keys import SigningKeys
from shared.errors import Transient
from shared.events import RepairWanted
from shared.graph.authority import Authority
from shared.http import Http
from shared.persistence.database import Database
from tests.contract.sources.rich_sender import rsa_key
from tests.unit.webhooks.builders import NOW, PEOPLE, TICK, FakeDoor
from tests.unit.webhooks.rich import RichDoor

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MISSED = RepairWanted(subscription="mail", reason="unknown_signing_key")


def jwk(kid: str, /, **changes: Any) -> dict[str, Any]:
    """Return a key as the authority publishes it."""
    made = RSAAlgorithm.to_jwk(rsa_key(kid).public_key(), as_dict=True)
    return {"kty": "RSA", "use": "sig", "kid": kid, "n": made["n"], "e": made["e"]} | changes


# -- rule -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fetched", "missed", "expected"),
    [
        (None, None, True),
        (NOW, None, False),
        (NOW - HOUR + MINUTE, None, False),
        (NOW - HOUR, None, True),
        (NOW - MINUTE, NOW, True),
        (NOW - MINUTE, NOW - 2 * MINUTE, False),
        (NOW + 40 * 24 * HOUR, None, True),
    ],
    ids=[
        "never",
        "just now",
        "not yet an hour",
        "an hour",
        "one was missing",
        "one was missing before",
        "clock put back",
    ],
)
def test_keys_are_fetched_hourly_and_when_one_is_missing(
    fetched: datetime | None, missed: datetime | None, expected: bool
) -> None:
    assert must_fetch(fetched, missed, NOW) is expected


# -- keeper -----------------------------------------------------------------------------------------------------


def test_the_first_tick_fetches_the_keys() -> None:
    door = RichDoor()

    door.hear(TICK)
    door.hear(TICK)

    assert (door.keys.kids, door.authority.asked) == (["k1"], 1)


def test_a_missing_key_is_there_after_the_next_tick() -> None:
    door = RichDoor()
    door.hear(TICK)
    door.authority.kids = ["k1", "k2"]

    door.clock.advance(MINUTE)
    door.hear(MISSED)
    door.hear(TICK)

    assert door.keys.kids == ["k1", "k2"]


def test_however_often_a_key_is_missing_a_tick_asks_once() -> None:
    door = RichDoor()
    door.hear(TICK)

    door.clock.advance(MINUTE)
    for _ in range(5):
        door.hear(MISSED)
    for _ in range(3):
        door.hear(TICK)

    assert door.authority.asked == 2


def test_another_repair_is_no_reason_to_fetch() -> None:
    door = RichDoor()
    door.hear(TICK)

    door.clock.advance(MINUTE)
    door.hear(RepairWanted(subscription="mail", reason="missed"))
    door.hear(TICK)

    assert door.authority.asked == 1


def test_an_authority_that_does_not_answer_stops_no_other_work_and_is_asked_again() -> None:
    door = RichDoor(PEOPLE)
    door.authority.failure = Transient("http_unreachable", "GET")

    door.hear(TICK)
    door.authority.failure = None
    door.hear(TICK)

    assert door.is_well()
    assert door.keys.kids == ["k1"]


def test_without_rich_subscriptions_the_authority_is_left_alone() -> None:
    door = FakeDoor()

    door.hear(TICK)
    door.hear(MISSED)

    assert MARK not in door.marks.moments


# -- store ------------------------------------------------------------------------------------------------------


@pytest.fixture
def keys(database: Database) -> SigningKeys:
    return SigningKeys(database)


def test_a_key_is_found_by_its_name(keys: SigningKeys) -> None:
    keys.keep([jwk("one"), jwk("two")], NOW)

    assert keys.find("two") == rsa_key("two").public_key()
    assert keys.find("three") is None
    assert keys.fetched_at() == NOW


def test_a_key_that_another_process_fetched_is_found_at_once(database: Database, keys: SigningKeys) -> None:
    keys.keep([jwk("one")], NOW)
    assert keys.find("two") is None

    SigningKeys(database).keep([jwk("one"), jwk("two")], NOW)

    assert keys.find("two") is not None


def test_a_key_that_was_withdrawn_is_good_no_more(database: Database, keys: SigningKeys) -> None:
    keys.keep([jwk("one")], NOW)

    keys.keep([jwk("two")], NOW + HOUR)

    assert SigningKeys(database).find("one") is None
    assert keys.fetched_at() == NOW + HOUR


def test_before_anything_was_fetched_there_is_nothing(keys: SigningKeys) -> None:
    assert keys.fetched_at() is None
    assert keys.find("one") is None


@pytest.mark.parametrize(
    "published",
    [
        [],
        [{}],
        [jwk("one", kty="oct", k="c2VjcmV0")],
        [jwk("one", use="enc")],
        [jwk("one", kid=5)],
        [jwk("one", kid="x" * 129)],
        [jwk("one", n="!")],
        [{"kty": "RSA", "kid": "one"}],
    ],
    ids=["none", "empty", "a shared secret", "for encryption", "no name", "a long name", "no number", "half"],
)
def test_what_is_no_key_to_sign_with_takes_nothing_away(keys: SigningKeys, published: list[dict[str, Any]]) -> None:
    keys.keep([jwk("one")], NOW)

    with pytest.raises(Transient):
        keys.keep(published, NOW + HOUR)

    assert keys.find("one") is not None
    assert keys.fetched_at() == NOW


def test_an_odd_key_among_good_ones_is_passed_over(keys: SigningKeys) -> None:
    keys.keep([jwk("one"), jwk("two", kty="EC", crv="P-256"), jwk("one")], NOW)

    assert keys.find("one") is not None
    assert keys.find("two") is None


# -- authority --------------------------------------------------------------------------------------------------


@dataclass
class FakeHttp(Http):
    """Answers by address."""

    answers: dict[str, Any] = field(default_factory=dict)

    def get_json(self, url: str, **_: Any) -> Any:
        return self.answers[url]


METADATA = "https://login.example.org/common/.well-known/openid-configuration"


def test_the_authority_is_asked_where_its_keys_are() -> None:
    http = FakeHttp({METADATA: {"jwks_uri": "https://keys.example.org"}, "https://keys.example.org": {"keys": [{}, 5]}})

    assert Authority("https://login.example.org", http).signing_keys() == [{}]


@pytest.mark.parametrize("metadata", [{}, [], None, {"jwks_uri": 5}, {"jwks_uri": "k"}], ids=str)
def test_metadata_of_another_shape_is_read_again_later(metadata: Any) -> None:
    http = FakeHttp({METADATA: metadata, "k": {"keys": "x"}})

    with pytest.raises(Transient):
        Authority("https://login.example.org", http).signing_keys()
