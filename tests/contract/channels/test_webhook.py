"""What a receiver of webhooks gets, and when it is left alone."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from services.notifier.channels.webhook import WebhookChannel, address, signing_key
from services.notifier.templates import letter_filed, letter_protected
from shared.clock import FixedClock, SystemClock
from shared.errors import Invalid, Permanent
from shared.http import Http
from shared.outside import OutsideHttp
from tests.contract.channels.far_sides import SETTING, SIGNING_SECRET, FarSide, served
from tests.unit.notifier.builders import FILED, LETTER, NOW

PAGE = Path(__file__).parents[3] / "docs" / "howto" / "add-a-channel.md"
CARD = letter_filed.card("n-1", FILED, LETTER)
KEY = signing_key(SETTING, SIGNING_SECRET)


@pytest.fixture
def far() -> Iterator[FarSide]:
    with served(FarSide()) as running:
        yield running


def test_the_receiver_can_prove_who_said_it(far: FarSide) -> None:
    WebhookChannel(SETTING, far.url, KEY, Http(), SystemClock()).send(CARD)

    told = Webhook(SIGNING_SECRET).verify(far.raw[0], dict(far.received_headers[0]))
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + base64.b64encode(b"x" * 32).decode()).verify(far.raw[0], dict(far.received_headers[0]))

    assert told["id"] == "n-1"


def test_it_hears_no_more_than_the_card_says(far: FarSide) -> None:
    WebhookChannel(SETTING, far.url, KEY, Http(), FixedClock(NOW)).send(CARD)

    assert far.received == [
        {
            "id": "n-1",
            "type": "notice",
            "title": "Nieuwe post voor A40201 – Moderne digitale werkplaats",
            "lines": [],
            "link": "https://example.sharepoint.com/sites/projecten/brief.pdf",
            "about": {
                "Kenmerk": "2026/IN/001234",
                "Ontvangen op": "18/11/2026",
                "Onderwerp": "Offerte headsets",
                "Behandelaar": "Tuur Testman",
                "Antwoord tegen": "08/12/2026",
            },
        }
    ]


def test_the_page_shows_what_a_receiver_gets(far: FarSide) -> None:
    WebhookChannel(SETTING, far.url, KEY, Http(), FixedClock(NOW)).send(CARD)

    (shown,) = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert {name: type(value) for name, value in json.loads(shown).items()} == {
        name: type(value) for name, value in far.received[0].items()
    }


def test_a_card_without_a_link_says_so(far: FarSide) -> None:
    WebhookChannel(SETTING, far.url, KEY, Http(), FixedClock(NOW)).send(letter_protected.card("n-2", "2026/IN/001234"))

    assert far.received[0]["link"] is None
    assert far.received[0]["lines"]


def test_every_attempt_bears_the_same_id_and_its_own_moment(far: FarSide) -> None:
    clock = FixedClock(NOW)
    channel = WebhookChannel(SETTING, far.url, KEY, Http(), clock)

    channel.send(CARD)
    clock.advance(timedelta(minutes=5))
    channel.send(CARD)

    first, second = ({name.lower(): value for name, value in one.items()} for one in far.received_headers)
    assert first["webhook-id"] == second["webhook-id"] == "n-1"
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 300


@pytest.mark.parametrize("status", [301, 302, 307, 308, 410])
def test_who_wants_no_more_or_lives_elsewhere_is_left_alone(far: FarSide, status: int) -> None:
    far.status, far.headers = status, {"Location": f"{far.origin}/hook"}

    with pytest.raises(Permanent) as refused:
        WebhookChannel(SETTING, far.url, KEY, Http(), FixedClock(NOW)).send(CARD)

    assert refused.value.reason == "channel_refused"
    assert SETTING in str(refused.value)
    assert len(far.received) == 1


def test_an_address_within_the_network_is_not_spoken_to_unless_it_is_meant(far: FarSide) -> None:
    with pytest.raises(Permanent) as refused:
        WebhookChannel(SETTING, far.url, KEY, OutsideHttp(), FixedClock(NOW)).send(CARD)

    assert refused.value.reason == "private_address"
    assert far.received == []


@pytest.mark.parametrize(
    ("url", "allow_private"),
    [
        ("http://hooks.example.org/geheim", False),
        ("https:///geheim", False),
        ("hooks.example.org/geheim", False),
        ("https://hooks.example.org:port/geheim", False),
        ("https://[::1/geheim", True),
        ("ftp://hooks.example.org/geheim", True),
    ],
)
def test_an_address_that_is_none_is_refused_at_the_start_and_not_repeated(url: str, allow_private: bool) -> None:
    with pytest.raises(Invalid) as refused:
        address(SETTING, url, allow_private=allow_private)

    assert SETTING in refused.value.fields
    assert "geheim" not in str(refused.value)


def test_plain_http_is_for_the_own_network() -> None:
    assert address(SETTING, "http://10.0.0.5/hook", allow_private=True) == "http://10.0.0.5/hook"


@pytest.mark.parametrize(
    "secret",
    ["geheim", "whsec_geheim!", "whsec_", "whsec_" + base64.b64encode(b"k" * 23).decode(), "whsk_" + "k" * 44],
)
def test_a_secret_that_signs_nothing_is_refused_at_the_start_and_not_repeated(secret: str) -> None:
    with pytest.raises(Invalid) as refused:
        signing_key(SETTING, secret)

    assert SETTING in refused.value.fields
    assert secret not in str(refused.value).replace("whsec_ and", "")
