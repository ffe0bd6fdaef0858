"""A delivery of Protime is proven by the HMAC of its body, whatever its header is called and however it is written."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from services.webhooks.sources import SCHEMES
from services.webhooks.sources.base import Delivery, Malformed, NotAuthentic, Scheme, SchemeOptions
from services.webhooks.sources.system import System
from shared.errors import Invalid
from shared.events import AbsencesHinted

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
KEY, OLD_KEY = "the-private-key-of-the-webhook", "the-key-of-the-one-before"
CHANGE: dict[str, Any] = {
    "changeType": "InsertOrUpdate",
    "data": {"id": 5001, "changeVersion": "0000090200004BD0000A", "person": {"id": 101}},
}
DELETION: dict[str, Any] = {"changeType": "Delete", "data": {"id": 5003, "changeVersion": "0000090200004BD0000B"}}
BODY = orjson.dumps(CHANGE)


def in_base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def scheme(secrets: tuple[str, ...] = (), made: tuple[str, ...] = (KEY, OLD_KEY), **headers: str) -> Scheme:
    return SCHEMES["protime"](SchemeOptions(secrets, headers=headers, made=lambda: made))


def signed(
    body: bytes = BODY, key: str = KEY, write: Callable[[bytes], str] = in_base64, header: str = "x-hmac-signature"
) -> Delivery:
    """Sign by hand: this is the oracle."""
    return Delivery({header: write(hmac.new(key.encode(), body, hashlib.sha256).digest())}, body, NOW)


@pytest.mark.parametrize("header", ["x-hmac-signature", "hmac", "x-protime-hmac", "x-signature-256"])
@pytest.mark.parametrize(
    "write",
    [in_base64, bytes.hex, lambda digest: digest.hex().upper(), lambda digest: f"sha256={digest.hex()}"],
    ids=["base64", "hexadecimal", "capitals", "with a prefix"],
)
def test_a_signed_change_is_opened(header: str, write: Callable[[bytes], str]) -> None:
    (payload,) = scheme().open(signed(header=header, write=write))

    assert payload.document == CHANGE


@pytest.mark.parametrize("key", [KEY, OLD_KEY, "by-hand"], ids=["current", "previous", "of a setting"])
def test_each_key_that_is_good_proves(key: str) -> None:
    assert scheme(secrets=("by-hand",)).open(signed(key=key))


def test_keys_are_asked_anew_for_each_delivery() -> None:
    keys = [OLD_KEY]
    protime = SCHEMES["protime"](SchemeOptions((), made=lambda: keys))
    with pytest.raises(NotAuthentic):
        protime.open(signed())

    keys.append(KEY)

    assert protime.open(signed())


@pytest.mark.parametrize(
    "delivery",
    [
        Delivery({}, BODY, NOW),
        Delivery({"x-hmac-signature": ""}, BODY, NOW),
        Delivery({"x-hmac-signature": "é" * 44}, BODY, NOW),
        Delivery({"x-hmac-signature": "00" * 32}, BODY, NOW),
        Delivery({"x-hmac-signature": KEY}, BODY, NOW),
        Delivery(signed().headers, BODY + b" ", NOW),
        signed(key="guessed"),
        signed(key=""),
        signed(header="x-request-id"),
        signed(write=lambda digest: in_base64(digest[:16])),
    ],
    ids=[
        "no header", "empty", "no text of a signature", "zeros", "the key itself", "another body", "guessed key",
        "no key", "a header of another name", "half a signature",
    ],
)  # fmt: skip
def test_what_is_not_proven_is_refused(delivery: Delivery) -> None:
    with pytest.raises(NotAuthentic):
        scheme().open(delivery)


def test_without_any_key_nothing_is_authentic() -> None:
    with pytest.raises(NotAuthentic):
        scheme(made=()).open(signed(key=""))


def test_hub_toml_may_name_the_one_header_that_counts() -> None:
    narrow = scheme(signature="X-Protime-Proof")

    assert narrow.open(signed(header="x-protime-proof"))
    with pytest.raises(NotAuthentic):
        narrow.open(signed(header="x-hmac-signature"))


def test_hub_toml_may_not_name_a_header_that_proves_nothing() -> None:
    with pytest.raises(Invalid) as failure:
        scheme(timestamp="X-Time")

    assert list(failure.value.fields) == ["headers.timestamp"]


@pytest.mark.parametrize(
    "said", [[CHANGE, DELETION], {"value": [CHANGE, DELETION]}], ids=["a list", "as a page of a delta"]
)
def test_several_changes_in_one_delivery_are_several(said: Any) -> None:
    assert [payload.document for payload in scheme().open(signed(orjson.dumps(said)))] == [CHANGE, DELETION]


def test_the_same_change_told_by_two_webhooks_is_one() -> None:
    (first,), (second,) = scheme().open(signed()), scheme().open(signed(key=OLD_KEY))
    newer = orjson.dumps(CHANGE | {"data": CHANGE["data"] | {"changeVersion": "0000090200004BD0000C"}})
    (third,) = scheme().open(signed(newer))

    assert first.repeat_key == second.repeat_key != third.repeat_key


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"5", b"null", b"{}", b'{"value": 5}', b'[{"changeType": "Burnt", "data": {}}]',
     b'{"changeType": "Delete"}', b'{"changeType": {"a": 1}, "data": {}}'],
    ids=str,
)  # fmt: skip
def test_what_is_proven_and_no_change_is_refused_without_its_content(body: bytes) -> None:
    with pytest.raises(Malformed) as failure:
        scheme().open(signed(body))

    assert "Burnt" not in str(failure.value)


def test_a_change_that_is_deeper_than_can_be_written_is_refused() -> None:
    body = BODY.replace(b"101", b"[" * 900 + b"]" * 900)

    with pytest.raises(Malformed):
        scheme().open(signed(body))


def test_what_the_scheme_signs_it_opens() -> None:
    protime = scheme()

    assert protime.open(Delivery(protime.sign(BODY, NOW), BODY, NOW))


def test_without_a_key_of_its_own_it_signs_nothing() -> None:
    with pytest.raises(Invalid, match="secrets"):
        scheme(made=()).sign(BODY, NOW)


def test_a_change_is_a_hint_to_read_that_absence_system_and_nothing_more() -> None:
    (told,) = System("protime", scheme(), "tijd").read(signed())

    assert told.event == AbsencesHinted(source="tijd")
