"""A rich notification counts when everything about it is proven, and what it brings along goes no further than the rules."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given, settings
from hypothesis import strategies as st

from services.webhooks.policy_rules import rules_of, unshown
from services.webhooks.sources import rich as rich_module
from services.webhooks.sources.base import NotAuthentic, Told
from services.webhooks.sources.graph import GraphNotifications
from services.webhooks.sources.meaning import meant
from shared.config import Policy
from shared.events import AbsencesHinted, GraphResourceChanged, NoticeRequested, RepairWanted
from tests.contract.sources.kit import ITEM, NOW, STATE, TENANT, Remembered, collection, delivery, known
from tests.contract.sources.rich_sender import (
    AUTHORITY,
    CHANGE_TRACKING,
    CLIENT,
    KID,
    MESSAGE,
    Keys,
    encrypted,
    receiver,
    rich_delivery,
    rich_item,
    rsa_key,
    sealed,
    token,
)

LATER = timedelta(minutes=6)  # more than clocks may differ


def refusal(*items: dict[str, Any], keys: Keys | None = None, at: datetime = NOW, **changes: Any) -> NotAuthentic:
    """Return why a delivery is refused."""
    with pytest.raises(NotAuthentic) as failure:
        receiver(keys).read(rich_delivery(*items, at=at, **changes))
    return failure.value


def touched(name: str, place: int, value: int | None = None) -> dict[str, Any]:
    """Return an encryptedContent of which one byte is another."""
    content = encrypted()
    raw = bytearray(base64.b64decode(content[name]))
    raw[place] = raw[place] ^ 1 if value is None else value
    return content | {name: base64.b64encode(raw).decode()}


# -- what is good -----------------------------------------------------------------------------------------------


def test_a_rich_notification_tells_what_a_basic_one_tells() -> None:
    basic = GraphNotifications(Remembered((known(),)), TENANT).read(delivery(collection(ITEM)))

    assert receiver().read(rich_delivery(rich_item())) == basic
    assert isinstance(basic[0].event, GraphResourceChanged)


def test_what_it_brings_along_is_on_no_event() -> None:
    told = receiver().read(rich_delivery(rich_item()))

    assert "Aanvraag" not in str([one.event.dump() for one in told])


RULE = """
[[rule]]
name = "post"
source = "graph.people"
makes = "notice"
privacy = "vertrouwelijk"
channel = "post"
title = "Nieuw bericht in de postbus"
"""


def heard(source: str, document: Any, repeat_key: str) -> list[Told]:
    """A rules engine with one rule."""
    assert (source, document) == ("graph.people", MESSAGE)
    assert repeat_key
    return [Told(AbsencesHinted(source="protime"), f"leave/{repeat_key}")]


def test_a_rule_of_hub_toml_may_be_about_what_a_rich_notification_brings_along(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text(RULE, encoding="utf-8")
    rules = rules_of(Policy.read(tmp_path / "hub.toml"), ["graph.people"], unshown)

    *_, ruled = receiver(rules=partial(meant, rules)).read(rich_delivery(rich_item(id="n1")))

    assert isinstance(ruled.event, NoticeRequested)
    assert (ruled.event.source, ruled.event.title) == ("graph.people", "Nieuw bericht in de postbus")
    assert ruled.repeat_key == "post/n1"


def test_the_rules_are_given_what_it_brings_along() -> None:
    changed, ruled = receiver(rules=heard).read(rich_delivery(rich_item(id="n1")))

    assert isinstance(changed.event, GraphResourceChanged)
    assert ruled == Told(AbsencesHinted(source="protime"), "leave/n1")


def test_a_repeat_is_the_same_to_the_rules_though_it_is_encrypted_anew() -> None:
    contents = [encrypted(), encrypted(key=bytes(range(1, 33)))]

    first, again = (receiver(rules=heard).read(rich_delivery(rich_item(one))) for one in contents)

    assert contents[0] != contents[1]
    assert first == again


def test_basic_and_rich_ones_may_travel_together() -> None:
    told = receiver().read(rich_delivery(ITEM, rich_item(), ITEM | {"lifecycleEvent": "missed"}))

    assert len(told) == 3


def test_basic_ones_need_no_token_and_cost_no_key() -> None:
    keys = Keys()

    receiver(keys).read(delivery(collection(ITEM, ITEM)))

    assert keys.asked == []


def test_a_token_of_the_second_version_is_good_too() -> None:
    other = token(appid=None, azp=CHANGE_TRACKING, iss=f"{AUTHORITY}/{TENANT}/v2.0", ver="2.0")

    assert receiver().read(rich_delivery(validationTokens=[other]))


def test_during_a_rotation_the_old_certificate_is_good_too() -> None:
    old, new = rich_item(encrypted(certificate="certificate-0")), rich_item()

    assert len(receiver().read(rich_delivery(old, new))) == 2


@pytest.mark.parametrize("minutes", [-4, 4], ids=["before", "after"])
def test_clocks_may_differ_a_little(minutes: int) -> None:
    edge = token(nbf=NOW, exp=NOW)

    assert receiver().read(rich_delivery(at=NOW + timedelta(minutes=minutes), validationTokens=[edge]))


# -- tokens -----------------------------------------------------------------------------------------------------


def unsigned(algorithm: str, key: bytes | None = None) -> str:
    """Return a token that is not signed by a private key at all."""

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")

    payload = jwt.decode(token(), options={"verify_signature": False})
    text = f"{part({'alg': algorithm, 'typ': 'JWT', 'kid': KID})}.{part(payload)}"
    signature = hmac.new(key, text.encode(), hashlib.sha256).digest() if key else b""
    return f"{text}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def public_pem() -> bytes:
    return (
        rsa_key(KID)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def with_touched_signature() -> str:
    head, payload, signature = token().split(".")
    return f"{head}.{payload}.{('B' if signature[0] == 'A' else 'A') + signature[1:]}"


def with_touched_payload() -> str:
    head, _, signature = token().split(".")
    return f"{head}.{token(tid='other').split('.')[1]}.{signature}"


BAD_TOKENS: dict[str, tuple[str, Any]] = {
    "expired": ("rich_expired_token", lambda: token(exp=NOW - LATER)),
    "not yet": ("rich_expired_token", lambda: token(nbf=NOW + LATER)),
    "no end": ("rich_bad_token", lambda: token(exp=None)),
    "no beginning": ("rich_bad_token", lambda: token(nbf=None)),
    "another tenant": ("rich_other_issuer", lambda: token(iss="https://sts.windows.net/other/")),
    "another tenant, second version": ("rich_other_issuer", lambda: token(iss=f"{AUTHORITY}/other/v2.0")),
    "the issuer without its slash": ("rich_other_issuer", lambda: token(iss=f"https://sts.windows.net/{TENANT}")),
    "another issuer": ("rich_other_issuer", lambda: token(iss=f"https://sts.example.org/{TENANT}/")),
    "no issuer": ("rich_bad_token", lambda: token(iss=None)),
    "another audience": ("rich_other_audience", lambda: token(aud="other")),
    "no audience": ("rich_bad_token", lambda: token(aud=None)),
    "another publisher": ("rich_other_publisher", lambda: token(appid=CLIENT)),
    "another publisher, second version": ("rich_other_publisher", lambda: token(appid=None, azp=CLIENT)),
    "two publishers": ("rich_other_publisher", lambda: token(azp=CLIENT)),
    "no publisher": ("rich_other_publisher", lambda: token(appid=None)),
    "a list of publishers": ("rich_other_publisher", lambda: token(appid=[CHANGE_TRACKING])),
    "the key of somebody else": ("rich_bad_token", lambda: token(key="a stranger")),
    "an unknown key": ("rich_unknown_key", lambda: token(key="a stranger", kid="a stranger")),
    "no kid": ("rich_bad_token", lambda: token(kid=None)),
    "RS512": ("rich_bad_token", lambda: token(algorithm="RS512")),
    "PS256": ("rich_bad_token", lambda: token(algorithm="PS256")),
    "none": ("rich_bad_token", lambda: unsigned("none")),
    "None": ("rich_bad_token", lambda: unsigned("None")),
    "HS256 with the public key": ("rich_bad_token", lambda: unsigned("HS256", public_pem())),
    "RS256 with an HMAC": ("rich_bad_token", lambda: unsigned("RS256", public_pem())),
    "touched signature": ("rich_bad_token", with_touched_signature),
    "touched payload": ("rich_bad_token", with_touched_payload),
    "no signature": ("rich_bad_token", lambda: token().rpartition(".")[0] + "."),
    "a text": ("rich_bad_token", lambda: "token"),
    "empty": ("rich_bad_token", lambda: ""),
    "no text": ("rich_bad_token", lambda: 5),
    "nothing": ("rich_bad_token", lambda: None),
}


@pytest.mark.parametrize("name", BAD_TOKENS)
@pytest.mark.parametrize("company", ["alone", "after a good one", "before a good one"])
def test_a_token_that_is_wrong_in_any_way_spoils_the_delivery(name: str, company: str) -> None:
    reason, make = BAD_TOKENS[name]
    tokens = {"alone": [make()], "after a good one": [token(), make()], "before a good one": [make(), token()]}

    assert refusal(validationTokens=tokens[company]).reason == reason


@pytest.mark.parametrize("tokens", [None, [], {}, "", "token", 5, False], ids=str)
def test_without_tokens_a_rich_item_is_refused(tokens: Any) -> None:
    assert refusal(validationTokens=tokens).reason == "rich_no_token"


def test_a_flood_of_tokens_is_refused_unread() -> None:
    keys = Keys()

    assert refusal(keys=keys, validationTokens=[token()] * 11).reason == "rich_bad_token"
    assert keys.asked == []


def test_the_time_that_counts_is_when_it_came() -> None:
    assert refusal(at=NOW + timedelta(hours=2)).reason == "rich_expired_token"


def test_an_unknown_key_asks_to_find_again_what_is_refused() -> None:
    failure = refusal(rich_item(), rich_item(), keys=Keys(published=()))

    assert failure.said == [RepairWanted(subscription="people", reason="unknown_signing_key")]


@pytest.mark.parametrize("name", [name for name, (reason, _) in BAD_TOKENS.items() if reason != "rich_unknown_key"])
def test_no_other_refusal_makes_work(name: str) -> None:
    assert refusal(validationTokens=[BAD_TOKENS[name][1]()]).said == ()


def test_who_does_not_know_the_client_state_is_not_even_asked_for_a_token() -> None:
    keys = Keys()

    assert refusal(rich_item(clientState="guessed"), keys=keys).reason == "unknown_client_state"
    assert keys.asked == []


def test_an_item_of_another_tenant_is_refused() -> None:
    assert refusal(rich_item(tenantId="other")).reason == "other_tenant"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40) | st.lists(st.text(max_size=20), min_size=3, max_size=3).map(".".join))
def test_no_text_is_a_token(text: str) -> None:
    assert refusal(validationTokens=[text]).reason.startswith("rich_")


# -- content ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [0, 1, 64, 128, 200, 254, 255])
def test_a_data_key_that_was_touched_is_refused(place: int) -> None:
    assert refusal(rich_item(touched("dataKey", place))).reason == "rich_undecryptable"


@pytest.mark.parametrize("place", [0, 15, 16, 31, 32, 47, -17, -16, -2, -1])
def test_a_ciphertext_that_was_touched_is_refused(place: int) -> None:
    assert refusal(rich_item(touched("data", place))).reason == "rich_bad_signature"


@pytest.mark.parametrize("place", [0, 1, 15, 16, 30, 31])
def test_a_signature_that_was_touched_is_refused(place: int) -> None:
    assert refusal(rich_item(touched("dataSignature", place))).reason == "rich_bad_signature"


def test_every_forged_ciphertext_is_refused_alike() -> None:
    """No padding oracle: the byte that decides the padding makes no difference to the answer."""
    good = base64.b64decode(encrypted()["data"])[-17]
    answers = {str(refusal(rich_item(touched("data", -17, value)))) for value in range(256) if value != good}

    assert answers == {"dataSignature is not that of data"}


def test_a_ciphertext_without_its_proof_is_never_decrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*_: object) -> None:
        raise AssertionError("AES was touched")

    monkeypatch.setattr(rich_module, "Cipher", explode)

    assert refusal(rich_item(touched("data", -1))).reason == "rich_bad_signature"
    with pytest.raises(AssertionError):
        receiver().read(rich_delivery())


@pytest.mark.parametrize("name", ["data", "dataSignature"])
@pytest.mark.parametrize(
    "change", [lambda text: text[:-4], lambda text: text + "AAAA", lambda _: ""], ids=["shorter", "longer", "empty"]
)
def test_a_part_of_another_length_is_refused(name: str, change: Any) -> None:
    content = encrypted()

    assert refusal(rich_item(content | {name: change(content[name])})).reason in (
        "rich_bad_signature",
        "rich_malformed",
    )


@pytest.mark.parametrize("name", ["data", "dataKey", "dataSignature", "encryptionCertificateId"])
@pytest.mark.parametrize("value", [None, 5, [], {}, "not base64!"], ids=str)
def test_a_part_of_another_kind_is_refused(name: str, value: Any) -> None:
    reasons = {"rich_malformed", "rich_unknown_certificate"}

    assert refusal(rich_item(encrypted() | {name: value})).reason in reasons


@pytest.mark.parametrize("content", [{}, [], "x", 5, True], ids=str)
def test_a_content_of_another_shape_is_refused(content: Any) -> None:
    assert refusal(ITEM | {"encryptedContent": content}).reason == "rich_malformed"


def test_a_certificate_that_is_not_ours_is_refused() -> None:
    assert refusal(rich_item(encrypted(certificate="another"))).reason == "rich_unknown_certificate"


def test_what_is_encrypted_for_another_certificate_than_it_names_is_refused() -> None:
    content = encrypted(certificate="another") | {
        name: encrypted()[name] for name in ("encryptionCertificateId", "encryptionCertificateThumbprint")
    }

    assert refusal(rich_item(content)).reason == "rich_undecryptable"


@pytest.mark.parametrize("thumbprint", ["", "00" * 20, "Ab"])
def test_a_thumbprint_of_another_certificate_is_refused(thumbprint: str) -> None:
    content = encrypted() | {"encryptionCertificateThumbprint": thumbprint}

    assert refusal(rich_item(content)).reason == "rich_other_thumbprint"


@pytest.mark.parametrize(
    ("close", "content"),
    [
        (sealed, b"x" * 15 + b"\x00"),
        (sealed, b"x" * 15 + b"\x11"),
        (sealed, b"x" * 14 + b"\x01\x02"),
        (encrypted, b"no JSON"),
        (encrypted, b'"\xff\xfe"'),
        (encrypted, b""),
        (sealed, b""),
    ],
    ids=["padding of 0", "padding of 17", "broken padding", "no JSON", "no UTF-8", "empty", "no block"],
)
def test_what_is_proven_and_makes_no_sense_is_refused(close: Callable[[bytes], dict[str, Any]], content: bytes) -> None:
    assert refusal(rich_item(close(content))).reason == "rich_undecryptable"


@pytest.mark.parametrize("place", [0, 10, 19])
@pytest.mark.parametrize(
    "make",
    [
        lambda: rich_item(touched("data", 0)),
        lambda: rich_item(encrypted(certificate="another")),
        lambda: ITEM | {"clientState": "guessed"},
    ],
    ids=["touched", "another certificate", "another secret"],
)
def test_one_bad_item_among_twenty_spoils_the_delivery(place: int, make: Callable[[], dict[str, Any]]) -> None:
    items = [rich_item(resource=f"Users/u{n}") for n in range(20)]
    items[place] = make()

    refusal(*items)


def test_who_wants_no_rich_ones_refuses_them() -> None:
    source = GraphNotifications(Remembered((known(),)), TENANT)

    with pytest.raises(NotAuthentic) as failure:
        source.read(rich_delivery())

    assert failure.value.reason == "rich_unwanted"


@pytest.mark.parametrize(
    "make",
    [lambda: touched("data", 0), lambda: touched("dataKey", 0), lambda: encrypted(b"Aanvraag")],
    ids=["data", "data key", "no JSON"],
)
def test_a_refusal_tells_nothing_of_the_content_or_the_token(make: Callable[[], dict[str, Any]]) -> None:
    content = make()

    failure = refusal(rich_item(content))

    assert not any(word in str(failure) for word in ("Aanvraag", content["data"], token(), STATE, CLIENT))
