"""Standard Webhooks to the letter: shared secrets and pairs of keys, several of each, against the published library."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from services.webhooks.sources import standard as module
from services.webhooks.sources.base import Delivery, Malformed, NotAuthentic, SchemeOptions
from services.webhooks.sources.standard import StandardWebhooks
from shared.errors import Invalid
from tests.contract.sources.kit import NOW, OLD_SECRET, OTHER_SECRET, SECRET, delivery, signed

# The vectors of the reference implementations: one message, signed in both ways.
# https://github.com/standard-webhooks/standard-webhooks (libraries, and the headers shown in the specification)
BODY, AT = b'{"test": 2432232314}', datetime.fromtimestamp(1614265330, UTC)
SHARED = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PRIVATE = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
PUBLIC = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
V1 = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
V1A = "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="

SAMPLE = b'{"type": "absences.changed"}'


def vector(signature: str) -> Delivery:
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": signature,
    }
    return Delivery(headers, BODY, AT)


OTHER_PUBLIC = (
    "whpk_"
    + base64.b64encode(Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key().public_bytes_raw()).decode()
)  # of nobody here


def scheme(*secrets: str) -> StandardWebhooks:
    return StandardWebhooks(SchemeOptions(secrets))


def pair() -> tuple[str, str]:
    """Return a new private and its public key, as they are shown to people."""
    made = Ed25519PrivateKey.generate()
    public = made.public_key().public_bytes_raw()
    private = base64.b64encode(made.private_bytes_raw() + public).decode()
    return f"whsk_{private}", f"whpk_{base64.b64encode(public).decode()}"


@pytest.mark.parametrize(
    ("secret", "signature"),
    [
        (SHARED, V1),
        (SHARED.removeprefix("whsec_"), V1),
        (PUBLIC, V1A),
        (PRIVATE, V1A),
        (SHARED, f"{V1} {V1A}"),
        (PUBLIC, f"{V1} {V1A}"),
        (PUBLIC, f"v1a,AAAA v2,x v1a {V1A}"),
    ],
    ids=["shared", "without a prefix", "public", "private", "both, shared", "both, public", "among others"],
)
def test_the_vectors_of_the_specification_are_accepted(secret: str, signature: str) -> None:
    (payload,) = scheme(secret).open(vector(signature))

    assert (payload.document, payload.repeat_key) == ({"test": 2432232314}, "msg_p5jXN8AQM9LWM0D4loKWxJek")


@pytest.mark.parametrize(
    ("secret", "signature"),
    [
        (SHARED, V1A),
        (PUBLIC, V1),
        (PUBLIC, V1A.replace("v1a,", "v1,")),
        (SHARED, V1.replace("v1,", "v1a,")),
        (SHARED, V1.replace("v1,", "v2,")),
        (PUBLIC, V1A.replace("hnO3", "hnO4")),
        (SHARED, V1.replace("g0hM", "g0hN")),
        (SHARED, V1.rstrip("=")),
        (SHARED, f"{V1},{V1}"),
        (OTHER_PUBLIC, V1A),
        (PUBLIC, V1A.removeprefix("v1a,")),
        (SHARED, V1.removeprefix("v1,")),
        (SHARED, "v1," + base64.b64encode(b"").decode()),
        (SHARED, "v1"),
        (PUBLIC, "v1a,"),
        (PUBLIC, "v1a,not base64 at all!"),
    ],
    ids=lambda value: value[:24],
)
def test_a_signature_of_another_key_or_kind_is_refused(secret: str, signature: str) -> None:
    with pytest.raises(NotAuthentic):
        scheme(secret).open(vector(signature))


def test_what_the_private_key_signs_is_the_vector() -> None:
    key = module._key(1, PRIVATE)

    assert key.sign(b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330." + BODY) == V1A


@given(body=st.text(), id_=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
def test_what_the_library_signs_is_accepted_or_no_json(body: str, id_: str) -> None:
    try:
        (payload,) = scheme(SECRET).open(signed(body.encode(), id_=id_))
    except Malformed:
        return

    assert payload.repeat_key == id_


@pytest.mark.parametrize("body", [SAMPLE, '{"naam": "é€😀"}'.encode()], ids=["plain", "not ASCII"])
def test_what_is_signed_here_is_good_for_the_library(body: bytes) -> None:
    headers = scheme(SECRET).sign(body, datetime.now(UTC))  # the library reads its own clock

    Webhook(SECRET).verify(body, dict(headers))


@pytest.mark.parametrize("secrets", [pair()[:1], [pair()[1], SECRET]], ids=["private key", "public key and secret"])
def test_what_is_signed_here_is_accepted_here(secrets: list[str]) -> None:
    headers = scheme(*secrets).sign(SAMPLE, NOW)

    assert scheme(*secrets).open(delivery(SAMPLE, **headers))


def test_a_public_key_alone_cannot_sign() -> None:
    with pytest.raises(Invalid, match="whsk_"):
        scheme(pair()[1]).sign(SAMPLE, NOW)


def test_a_source_may_change_from_a_secret_to_a_pair_of_keys() -> None:
    private, public = pair()
    changing = scheme(public, SECRET)

    assert changing.open(delivery(SAMPLE, **scheme(private).sign(SAMPLE, NOW)))
    assert changing.open(signed(SAMPLE, SECRET))


def test_one_good_signature_among_several_is_enough() -> None:
    headers = [signed(SAMPLE, secret).headers["webhook-signature"] for secret in (OTHER_SECRET, OLD_SECRET)]
    good = signed(SAMPLE)

    several = {**good.headers, "webhook-signature": " ".join(headers)}

    assert scheme(SECRET, OLD_SECRET).open(replace(good, headers=several))


def test_a_header_full_of_signatures_is_not_gone_through() -> None:
    """Each costs a computation over the body: a forger would have us work for a second per request."""
    good = signed(SAMPLE)
    hidden = "v1a,x " * module.MOST_SIGNATURES + good.headers["webhook-signature"]

    with pytest.raises(NotAuthentic):
        scheme(SECRET).open(replace(good, headers={**good.headers, "webhook-signature": hidden}))


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook-id": "msg_2"},
        {"webhook-timestamp": "junk"},
        {"webhook-timestamp": "1e400"},
        {"webhook-timestamp": "nan"},
        {"webhook-timestamp": "٣"},
        {"webhook-timestamp": f"+{int(NOW.timestamp())}"},
        {"webhook-timestamp": f"{int(NOW.timestamp())}.0"},
        {"webhook-timestamp": "2026-11-18"},
    ],
    ids=str,
)
def test_a_header_that_was_touched_is_refused(changes: dict[str, str]) -> None:
    good = signed(SAMPLE)

    with pytest.raises(NotAuthentic):
        scheme(SECRET).open(replace(good, headers={**good.headers, **changes}))


def test_a_signed_message_without_an_id_is_refused() -> None:
    """All of them would be one."""
    with pytest.raises(NotAuthentic) as failure:
        scheme(SECRET).open(signed(SAMPLE, id_=""))

    assert failure.value.reason == "missing_header"


def test_the_clock_is_that_of_the_reception() -> None:
    later = replace(signed(SAMPLE), received_at=NOW + timedelta(days=400))

    with pytest.raises(NotAuthentic) as failure:
        scheme(SECRET).open(later)

    assert failure.value.reason == "late_or_early"


@pytest.mark.parametrize(
    "secret",
    [
        "whsec_",
        "whsec_%",
        "whsec_é",
        "whsc_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlaaaaaaaaaaAJ6p9lMicMFs6Kvg==",
    ],
    ids=["empty", "no base64", "no ASCII", "other prefix", "short public", "short private", "halves of two"],
)
def test_a_secret_of_another_shape_is_refused_by_its_place_and_never_told(secret: str) -> None:
    with pytest.raises(Invalid, match="Secret 2") as failure:
        scheme(SECRET, secret)

    assert "MfKQ" not in repr(failure.value)
    assert failure.value.__cause__ is None
    assert list(failure.value.fields) == ["secrets"]
