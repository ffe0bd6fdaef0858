"""What every source promises: it takes what is proven, refuses the rest, and says what was expected."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from services.webhooks.sources.base import Malformed, NotAuthentic
from services.webhooks.sources.graph import GraphNotifications, hashed, is_plain
from services.webhooks.sources.standard import StandardWebhooks
from shared.events import AbsencesHinted, GraphResourceChanged, LifecycleSignalled
from tests.contract.sources.kit import (
    ITEM,
    KNOCKS,
    OLD_SECRET,
    SECRET,
    STATE,
    SUBSCRIPTION,
    Knock,
    collection,
    delivery,
    known,
    signed,
)

# -- every source -----------------------------------------------------------------------------------------------


@pytest.fixture(params=list(KNOCKS))
def knock(request: pytest.FixtureRequest) -> Knock:
    return KNOCKS[request.param]()


def test_its_own_sample_is_accepted(knock: Knock) -> None:
    told = knock.source.read(knock.sign(knock.sample))

    assert len(told) == 1


def test_what_is_not_proven_is_refused(knock: Knock) -> None:
    with pytest.raises(NotAuthentic):
        knock.source.read(knock.forge(knock.sample))


def test_its_own_repeat_is_recognised(knock: Knock) -> None:
    first, again = (knock.source.read(knock.sign(knock.sample)) for _ in range(2))

    assert first == again
    assert first[0].repeat_key is not None


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"null", b"5", b'"text"', b"{}"], ids=["cut", "list", "null", "number", "text", "empty"]
)
def test_proven_junk_is_refused_with_the_fields_expected(knock: Knock, body: bytes) -> None:
    with pytest.raises(Malformed) as failure:
        knock.source.read(knock.sign(body))

    assert failure.value.fields


def test_a_refusal_never_tells_a_secret(knock: Knock) -> None:
    with pytest.raises(NotAuthentic) as failure:
        knock.source.read(knock.forge(knock.sample))

    assert not any(secret in str(failure.value) for secret in (SECRET, STATE, hashed(STATE), "guessed"))


# -- standard webhooks ------------------------------------------------------------------------------------------


@pytest.fixture
def standard() -> Knock:
    return KNOCKS["standard"]()


def test_a_signed_notice_hints_at_the_system_that_it_speaks_for(standard: Knock) -> None:
    (told,) = standard.source.read(standard.sign(standard.sample))

    assert (told.event, told.repeat_key) == (AbsencesHinted(source="protime"), "msg_1")


def test_during_a_rotation_the_old_secret_is_good_too(standard: Knock) -> None:
    assert standard.source.read(signed(standard.sample, secret=OLD_SECRET))


def test_one_good_signature_among_several_is_enough(standard: Knock) -> None:
    good = signed(standard.sample)
    headers = dict(good.headers) | {"Webhook-Signature": f"v1a,x= v1,AAAA {good.headers['Webhook-Signature']}"}

    assert standard.source.read(delivery(good.body, **headers))


@pytest.mark.parametrize("minutes", [-6, 6], ids=["old", "from the future"])
def test_a_notice_of_another_time_is_refused(standard: Knock, minutes: int) -> None:
    late = signed(standard.sample, at=datetime.now(UTC) + timedelta(minutes=minutes))

    with pytest.raises(NotAuthentic):
        standard.source.read(late)


@pytest.mark.parametrize(
    "changes",
    [
        {"Webhook-Id": "msg_2"},
        {"Webhook-Id": ""},
        {"Webhook-Timestamp": "junk"},
        {"Webhook-Timestamp": "1e400"},
        {"Webhook-Timestamp": "nan"},
        {"Webhook-Signature": ""},
        {"Webhook-Signature": "v1"},
        {"Webhook-Signature": "v1,not base64 at all!"},
        {"Webhook-Signature": "v1,é"},
        {"Webhook-Signature": "v2,AAAA"},
    ],
    ids=str,
)
def test_a_header_that_was_touched_is_refused(standard: Knock, changes: dict[str, str]) -> None:
    good = signed(standard.sample)

    with pytest.raises(NotAuthentic):
        standard.source.read(delivery(good.body, **(dict(good.headers) | changes)))


@pytest.mark.parametrize(
    "body",
    [b'{"type":"absences.changed" }', b"", b"\xff\xfe"],
    ids=["a space more", "empty", "no UTF-8"],
)
def test_a_body_that_was_touched_is_refused(standard: Knock, body: bytes) -> None:
    with pytest.raises(NotAuthentic):
        standard.source.read(delivery(body, **dict(signed(standard.sample).headers)))


def test_without_any_header_nothing_is_accepted(standard: Knock) -> None:
    with pytest.raises(NotAuthentic):
        standard.source.read(delivery(standard.sample))


def test_a_notice_of_another_kind_is_told_apart(standard: Knock) -> None:
    with pytest.raises(Malformed) as failure:
        standard.source.read(signed(b'{"type": "salary.changed"}'))

    assert failure.value.fields == {"type": ["expected 'absences.changed', came 'salary.changed'"]}


def test_a_source_may_have_a_secret_without_prefix() -> None:
    source = StandardWebhooks("protime", [SECRET.removeprefix("whsec_")], "protime")

    assert source.read(signed(b'{"type": "absences.changed"}'))


# -- Microsoft Graph --------------------------------------------------------------------------------------------


KNOWN = (known(),)


def read(*items: dict[str, Any], knows: Any = KNOWN) -> list[Any]:
    return list(GraphNotifications(lambda: list(knows)).read(delivery(collection(*items))))


def test_a_change_names_its_subscription_and_its_resource() -> None:
    (told,) = read(ITEM)

    assert told.event == GraphResourceChanged(
        subscription_id=SUBSCRIPTION, resource="users/7f4a", change_type="updated"
    )


def test_a_batch_tells_of_each_of_its_items() -> None:
    told = read(*(ITEM | {"resource": f"users/u{n}"} for n in range(20)))

    assert [one.event.resource for one in told] == [f"users/u{n}" for n in range(20)]


def test_an_empty_batch_tells_nothing() -> None:
    assert read() == []


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(
    "changes",
    [{"clientState": "guessed"}, {"clientState": None}, {"subscriptionId": "another"}, {"subscriptionId": None}],
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


def test_without_subscriptions_nothing_is_authentic() -> None:
    with pytest.raises(NotAuthentic):
        read(ITEM, knows=())


def test_a_notification_may_overtake_the_answer_that_names_its_subscription() -> None:
    assert read(ITEM, knows=[known(subscription_id=None)])


def test_the_secret_of_one_subscription_does_not_speak_for_another() -> None:
    other = known(name="archive", subscription_id="s2", client_state_hash=hashed("another secret"))

    with pytest.raises(NotAuthentic):
        read(ITEM | {"subscriptionId": "s2"}, knows=[known(), other])


@pytest.mark.parametrize("signal", ["missed", "subscriptionRemoved", "reauthorizationRequired"])
def test_a_word_about_the_subscription_itself_has_no_resource(signal: str) -> None:
    item = {"subscriptionId": SUBSCRIPTION, "clientState": STATE, "lifecycleEvent": signal, "tenantId": "v"}

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
        ("Users('7f4a')/Messages('AAMk=')", "AAMk=", "users/7f4a/Messages/AAMk="),
        ("Users/7F4a/Events/AAMkADk", "AAMkADk", "users/7F4a/Events/AAMkADk"),
        ("drives/b!x/root", "01ABC", "drives/b!x/root"),
    ],
)
def test_a_resource_has_one_shape_whoever_writes_it(resource: str, id_: str | None, expected: str) -> None:
    (told,) = read(ITEM | {"resource": resource, "resourceData": {"id": id_} if id_ else None})

    assert told.event.resource == expected


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({}, {}, True),
        ({"id": "n1"}, {"id": "n1", "resourceData": None}, True),
        ({"id": "n1"}, {"id": "n2"}, False),
        ({}, {"resourceData": {"@odata.etag": 'W/"2"'}}, False),
        ({}, {"changeType": "deleted"}, False),
        ({}, {"resource": "users/other"}, False),
    ],
    ids=["the same", "same id", "other id", "other etag", "other change", "other resource"],
)
def test_a_repeat_shares_its_key(one: dict[str, Any], other: dict[str, Any], same: bool) -> None:
    (first,), (second,) = read(ITEM | one), read(ITEM | other)

    assert (first.repeat_key == second.repeat_key) is same


def test_two_changes_that_cannot_be_told_apart_are_two() -> None:
    (told,) = read({name: value for name, value in ITEM.items() if name != "resourceData"})

    assert told.repeat_key is None


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

    assert told.repeat_key in (None, "5")


@pytest.mark.parametrize("value", [5, "x", {"a": 1}, [5], [ITEM, None]], ids=str)
def test_a_collection_of_another_shape_is_refused(value: Any) -> None:
    with pytest.raises(Malformed) as failure:
        GraphNotifications(lambda: [known()]).read(delivery(orjson.dumps({"value": value})))

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
