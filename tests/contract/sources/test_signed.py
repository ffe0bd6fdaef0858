"""Schemes with an HMAC: that which hub.toml describes, and those of BambooHR and Frappe."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from services.webhooks.sources.bamboohr import bamboohr
from services.webhooks.sources.base import Delivery, NotAuthentic, SchemeOptions
from services.webhooks.sources.frappe import frappe
from services.webhooks.sources.signed import Signed
from shared.errors import Invalid
from tests.contract.sources.kit import NOW, SIGNED, delivery, recorded

BODY, KEY, TIME = b'{"kenmerk": "2026-IN-001234"}', "of-no-use", str(int(NOW.timestamp()))
SAMPLE_KEY = "testsleutel-geen-geheim"


def mac(text: bytes, key: str = KEY) -> bytes:
    return hmac.new(key.encode(), text, hashlib.sha256).digest()


def described(**changes: Any) -> Signed:
    return Signed(replace(SchemeOptions([KEY], headers={"signature": "X-Sign"}, signed="{body}"), **changes))


@pytest.mark.parametrize(
    ("changes", "headers"),
    [
        ({}, {"X-Sign": mac(BODY).hex()}),
        ({}, {"X-Sign": mac(BODY).hex().upper()}),
        ({"prefix": "sha256="}, {"X-Sign": f"sha256={mac(BODY).hex()}"}),
        ({"encoding": "base64"}, {"X-Sign": base64.b64encode(mac(BODY)).decode()}),
        (
            {"headers": {"signature": "X-Sign", "timestamp": "X-Time"}, "signed": "v0:{timestamp}:{body}"},
            {"X-Sign": mac(f"v0:{TIME}:".encode() + BODY).hex(), "X-Time": TIME},
        ),
        (
            {"headers": {"signature": "X-Sign", "timestamp": "X-Time"}, "signed": "{body}{timestamp}"},
            {"X-Sign": mac(BODY + b"2026-11-18T10:00:00+01:00").hex(), "X-Time": "2026-11-18T10:00:00+01:00"},
        ),
        (
            {"headers": {"signature": "X-Sign", "id": "X-Id"}, "signed": "{id}é{body}"},
            {"X-Sign": mac("é".encode("latin-1") + "é".encode() + BODY).hex(), "X-Id": "é"},
        ),
    ],
    ids=["hex", "capitals", "prefix", "base64", "words around", "ISO 8601", "id, as its bytes came"],
)
def test_the_text_of_hub_toml_is_what_is_signed(changes: dict[str, Any], headers: Mapping[str, str]) -> None:
    (payload,) = described(**changes).open(delivery(BODY, **headers))

    assert payload.document == {"kenmerk": "2026-IN-001234"}


@pytest.mark.parametrize(
    ("changes", "signature"),
    [
        ({}, base64.b64encode(mac(BODY)).decode()),
        ({"encoding": "base64"}, mac(BODY).hex()),
        ({"prefix": "sha256="}, mac(BODY).hex()),
        ({}, f"sha256={mac(BODY).hex()}"),
        ({}, mac(BODY).hex()[:-2]),
        ({"encoding": "base64"}, base64.b64encode(mac(BODY)).decode().lower()),
    ],
    ids=["base64 for hex", "hex for base64", "no prefix", "a prefix", "shorter", "small letters in base64"],
)
def test_a_signature_of_another_shape_is_refused(changes: dict[str, Any], signature: str) -> None:
    with pytest.raises(NotAuthentic):
        described(**changes).open(delivery(BODY, **{"X-Sign": signature}))


def test_a_signed_id_is_what_a_repeat_has_in_common() -> None:
    scheme = Signed(replace(SIGNED, secrets=[KEY]))
    text = f"m-1.{TIME}.".encode()

    keys = {
        scheme.open(
            delivery(
                body,
                **{
                    "X-Post-Id": "m-1",
                    "X-Post-Timestamp": TIME,
                    "X-Post-Signature": f"sha256={mac(text + body).hex()}",
                },
            )
        )[0].repeat_key
        for body in (b"{}", b"[]")
    }

    assert keys == {"m-1"}


def test_without_an_id_the_same_text_is_a_repeat_and_another_is_none() -> None:
    scheme = described()
    first, again, other = (
        scheme.open(delivery(body, **{"X-Sign": mac(body).hex()}))[0].repeat_key for body in (BODY, BODY, b"{}")
    )

    assert first == again != other


def test_bytes_that_move_from_the_body_to_a_header_make_no_new_delivery() -> None:
    """The signature of `{body}{timestamp}` is as good for the same bytes, cut elsewhere."""
    scheme = described(headers={"signature": "X-Sign", "timestamp": "X-Time"}, signed="{body}{timestamp}")
    sign = mac(b"1 2026-11-18T09:00:00Z").hex()

    first = scheme.open(delivery(b"1 ", **{"X-Sign": sign, "X-Time": "2026-11-18T09:00:00Z"}))[0]
    with pytest.raises(NotAuthentic):
        scheme.open(delivery(b"1", **{"X-Sign": sign, "X-Time": " 2026-11-18T09:00:00Z"}))
    assert (
        first.repeat_key
        == scheme.open(delivery(b"1 ", **{"X-Sign": sign.upper(), "X-Time": "2026-11-18T09:00:00Z"}))[0].repeat_key
    )


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"headers": {}}, "headers"),
        ({"signed": ""}, "signed"),
        ({"signed": "{timestamp}"}, "signed"),
        ({"signed": "{body}{body}"}, "signed"),
        ({"signed": "{tiemstamp}.{body}"}, "signed"),
        ({"signed": "{timestamp}.{body}"}, "headers.timestamp"),
        ({"signed": "{id}.{body}"}, "headers.id"),
        ({"headers": {"signature": "X", "timestamp": "Y"}}, "headers.timestamp"),
        ({"headers": {"signature": "X", "id": "Y"}}, "headers.id"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_description_that_proves_nothing_is_refused_by_its_key(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(Invalid) as failure:
        described(**changes)

    assert place in failure.value.fields


# -- as it was written down -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "name"), [(frappe, "frappe_leave.json"), (bamboohr, "bamboohr_employee.json")], ids=["frappe", "bamboohr"]
)
def test_the_recorded_delivery_is_accepted(build: Any, name: str) -> None:
    headers, body = recorded(name)

    (payload,) = build(SchemeOptions([SAMPLE_KEY])).open(delivery(body, **headers))

    assert payload.document


def test_bamboohr_may_write_its_time_in_words() -> None:
    said = "2026-11-18T09:00:00Z"
    headers = {"x-bamboohr-timestamp": said, "x-bamboohr-signature": mac(BODY + said.encode()).hex()}

    assert bamboohr(SchemeOptions([KEY])).open(Delivery(headers, BODY, NOW))


def test_frappe_has_no_window() -> None:
    """It signs no time: an old delivery is known by its body, for as long as the outbox remembers it."""
    headers, body = recorded("frappe_leave.json")
    scheme = frappe(SchemeOptions([SAMPLE_KEY]))
    first = scheme.open(delivery(body, **headers))

    later = scheme.open(replace(delivery(body, **headers), received_at=NOW.replace(year=2027)))

    assert later == first
