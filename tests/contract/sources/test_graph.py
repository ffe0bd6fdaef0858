"""Microsoft Graph's notifications: a batch is proven as a whole, and each item has one shape whoever writes it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest

from services.webhooks.sources.base import Malformed, NotAuthentic, Told
from services.webhooks.sources.graph import GraphNotifications, hashed, is_plain
from shared.events import GraphResourceChanged, LifecycleSignalled
from tests.contract.sources.kit import (
    ITEM,
    NOW,
    STATE,
    SUBSCRIPTION,
    TENANT,
    Remembered,
    collection,
    delivery,
    known,
)

KNOWN = Remembered((known(),))
OLD_STATE = "the secret before"


def read(*items: dict[str, Any], knows: Remembered = KNOWN) -> list[Told]:
    return list(GraphNotifications(knows, TENANT).read(delivery(collection(*items))))


def changed(*items: dict[str, Any]) -> list[GraphResourceChanged]:
    return [event for one in read(*items) if isinstance(event := one.event, GraphResourceChanged)]


def test_a_change_names_its_subscription_its_resource_and_its_version() -> None:
    (told,) = read(ITEM)

    assert told.event == GraphResourceChanged(
        subscription_id=SUBSCRIPTION, resource="users/7f4a", change_type="updated", version='W/"1"'
    )


def test_a_batch_tells_of_each_of_its_items() -> None:
    told = changed(*(ITEM | {"resource": f"users/u{n}"} for n in range(20)))

    assert [one.resource for one in told] == [f"users/u{n}" for n in range(20)]


def test_an_empty_batch_tells_nothing() -> None:
    assert read() == []


# -- proven -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(
    "changes",
    [
        {"clientState": "guessed"},
        {"clientState": None},
        {"clientState": [STATE]},
        {"subscriptionId": "another"},
        {"subscriptionId": None},
        {"tenantId": "another"},
        {"tenantId": 5},
    ],
    ids=str,
)
def test_one_item_that_is_not_authentic_spoils_the_batch(place: int, changes: dict[str, Any]) -> None:
    items = [ITEM, ITEM, ITEM]
    items[place] = ITEM | changes

    with pytest.raises(NotAuthentic):
        read(*items)


def test_an_item_without_any_proof_is_refused() -> None:
    with pytest.raises(NotAuthentic):
        read({"resource": "users/7f4a", "changeType": "updated"})


@pytest.mark.parametrize("tenant", [TENANT.upper(), None], ids=["other case", "not said"])
def test_a_tenant_is_ours_in_any_case_and_when_it_is_not_said(tenant: str | None) -> None:
    assert read(ITEM | {"tenantId": tenant})


def test_without_subscriptions_nothing_is_authentic() -> None:
    with pytest.raises(NotAuthentic):
        read(ITEM, knows=Remembered(()))


def test_a_subscription_that_was_known_a_moment_ago_is_not_looked_up_again() -> None:
    assert read(ITEM, knows=Remembered((), a_moment_ago=(known(),)))


def test_a_notification_may_overtake_the_answer_that_names_its_subscription() -> None:
    assert read(ITEM, knows=Remembered((known(subscription_id=None),)))


@pytest.mark.parametrize(("seconds", "good"), [(1, True), (0, False), (-1, False)])
def test_the_state_before_is_good_until_its_time_is_over(seconds: int, good: bool) -> None:
    until = NOW + timedelta(seconds=seconds)
    replaced = known(subscription_id="new", previous_state_hash=hashed(OLD_STATE), previous_until=until)
    late = ITEM | {"clientState": OLD_STATE}

    if good:
        assert read(late, knows=Remembered((replaced,)))
        return
    with pytest.raises(NotAuthentic):
        read(late, knows=Remembered((replaced,)))


def test_the_secret_of_one_subscription_does_not_speak_for_another() -> None:
    other = known(name="archive", subscription_id="s2", client_state_hash=hashed("another secret"))

    with pytest.raises(NotAuthentic):
        read(ITEM | {"subscriptionId": "s2"}, knows=Remembered((known(), other)))


# -- what it says -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("signal", ["missed", "subscriptionRemoved", "reauthorizationRequired"])
def test_a_word_about_the_subscription_itself_has_no_resource(signal: str) -> None:
    item = {"subscriptionId": SUBSCRIPTION, "clientState": STATE, "lifecycleEvent": signal, "tenantId": TENANT}

    (told,) = read(item)

    assert told.event == LifecycleSignalled(subscription_id=SUBSCRIPTION, signal=signal)
    assert told.repeat_key is None


def test_changes_and_signals_may_travel_together() -> None:
    told = read(ITEM, ITEM | {"lifecycleEvent": "missed"})

    assert [type(one.event) for one in told] == [GraphResourceChanged, LifecycleSignalled]


@pytest.mark.parametrize(
    ("resource", "id_", "expected"),
    [
        ("Users/7f4a", "7f4a", "users/7f4a"),
        ("users/7f4a", None, "users/7f4a"),
        ("Users('7f4a')", "7f4a", "users/7f4a"),
        ("/users/7f4a/", "7f4a", "users/7f4a"),
        ("Users", "7f4a", "users/7f4a"),
        ("Users", None, "users"),
        ("Users('7f4a')/Messages('AAMk=')", "AAMk=", "users/7f4a/messages/AAMk="),
        ("Users/7F4a/Events/AAMkADk", "AAMkADk", "users/7F4a/events/AAMkADk"),
        ("drives/b!x/root", "01ABC", "drives/b!x/root"),
    ],
)
def test_a_resource_has_one_shape_whoever_writes_it(resource: str, id_: str | None, expected: str) -> None:
    (event,) = changed(ITEM | {"resource": resource, "resourceData": {"id": id_} if id_ else None})

    assert event.resource == expected


# -- repeats ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({}, {}, True),
        ({}, {"resource": "Users('7f4a')"}, True),
        ({}, {"changeType": "created"}, True),
        ({}, {"changeType": "deleted"}, False),
        ({}, {"resourceData": {"id": "7f4a", "@odata.etag": 'W/"2"'}}, False),
        ({}, {"resource": "users/other"}, False),
    ],
    ids=["the same", "other writing", "same state", "gone since", "other state", "other resource"],
)
def test_the_same_state_of_a_resource_is_one_event(one: dict[str, Any], other: dict[str, Any], same: bool) -> None:
    (first,), (second,) = changed(ITEM | one), changed(ITEM | other)

    assert first.identity is not None
    assert (first.identity == second.identity) is same


def test_changes_without_a_version_cannot_be_told_apart_and_are_all_heard() -> None:
    (told,) = read({name: value for name, value in ITEM.items() if name != "resourceData"})

    assert (told.event.identity, told.repeat_key) == (None, None)


def test_an_id_of_graphs_own_is_what_a_repeat_has_in_common() -> None:
    (told,) = read(ITEM | {"id": "n1", "resourceData": None})

    assert told.repeat_key == "n1"


# -- other shapes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"changeType": "burnt"},
        {"changeType": None},
        {"changeType": 5},
        {"resource": "", "resourceData": None},
        {"resource": "users/" + "x" * 1100},
        {"lifecycleEvent": "burnt"},
        {"lifecycleEvent": {"a": 1}},
        {"resource": None},
        {"resource": {"a": 1}},
        {"resource": "users/a\0b"},
        {"resourceData": "text"},
        {"resourceData": [1]},
        {"resourceData": {"@odata.etag": 5}},
    ],
    ids=lambda changes: str(changes)[:40],
)
def test_an_authentic_item_of_another_shape_is_refused_with_its_place(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as failure:
        read(ITEM, ITEM | changes)

    assert any("value[1]" in place for place in failure.value.fields)


def test_a_signal_with_an_id_of_another_kind_harms_nobody() -> None:
    (told,) = read(ITEM | {"lifecycleEvent": "missed", "id": 5})

    assert told.repeat_key == "5"


@pytest.mark.parametrize("body", [b"[]", b"null", b"5", b'"text"', b"{}"])
def test_what_is_no_collection_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed) as failure:
        GraphNotifications(KNOWN, TENANT).read(delivery(body))

    assert failure.value.fields


@pytest.mark.parametrize("value", [5, "x", {"a": 1}, [5], [ITEM, None]], ids=str)
def test_a_collection_of_another_shape_is_refused(value: Any) -> None:
    with pytest.raises(Malformed) as failure:
        GraphNotifications(KNOWN, TENANT).read(delivery(orjson.dumps({"value": value})))

    assert list(failure.value.fields) == ["value"]


@pytest.mark.parametrize(
    ("token", "plain"),
    [
        ("Validation: Testing client application reachability for subscription Request-Id: 1", True),
        ("a+b/c=", True),
        ("é", True),
        ("", True),
        ("x" * 4096, True),
        ("x" * 4097, False),
        ("<script>", False),
        ("a>b", False),
        ("a\r\nSet-Cookie: b", False),
        ("a\x00", False),
        ("\u202e", False),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_only_a_plain_token_may_be_echoed(token: str, plain: bool) -> None:
    assert is_plain(token) is plain
