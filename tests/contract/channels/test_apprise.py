"""What Apprise's receivers get, and what it keeps to itself."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest

from services.notifier.channels.apprise import LONGEST_TITLE, AppriseChannel
from services.notifier.templates import cards, letter_filed
from shared.errors import Invalid, Permanent, Transient, Unavailable
from tests.contract.channels.far_sides import SETTING, FarSide, apprise_http, apprise_smtp, served
from tests.unit.notifier.builders import FILED, LETTER

CARD = letter_filed.card("n-1", FILED, LETTER)


@pytest.fixture
def far() -> Iterator[FarSide]:
    with served(FarSide()) as running:
        yield running


def test_a_mail_reads_as_the_card_does(far: FarSide) -> None:
    apprise_smtp(far).send(CARD)

    (mail,) = far.received
    text = mail.get_content()
    assert mail["subject"] == "Nieuwe post voor A40201 – Moderne digitale werkplaats"
    assert mail["to"] == "dienst@example.org"
    assert "Kenmerk: 2026/IN/001234" in text
    assert f"Document 2026/IN/001234 openen: {LETTER.web_url}" in text


def test_a_receiver_over_http_hears_title_and_text(far: FarSide) -> None:
    apprise_http(far).send(CARD)

    (heard,) = far.received
    assert heard["title"] == CARD["fallbackText"]
    assert "Onderwerp: Offerte headsets" in heard["message"]


def test_a_long_title_stands_whole_in_the_text(far: FarSide) -> None:
    title = "Besluit over de weg " * 10

    apprise_http(far).send(cards.card("n-1", title.strip(), [cards.text("Goedgekeurd")]))

    (heard,) = far.received
    assert len(heard["title"]) <= LONGEST_TITLE
    assert heard["message"] == f"{title.strip()}\nGoedgekeurd"


def test_a_card_of_a_title_alone_is_told(far: FarSide) -> None:
    apprise_http(far).send(cards.card("n-1", "Proef", []))

    (heard,) = far.received
    assert (heard["title"], heard["message"]) == ("", "Proef")


@pytest.mark.parametrize("ask", ["", "?redirect=yes"])
def test_a_redirect_is_not_followed_whatever_the_address_asks(far: FarSide, ask: str) -> None:
    far.status, far.headers = 307, {"Location": f"{far.origin}/hook"}
    channel = AppriseChannel(SETTING, far.origin.replace("http", "json") + f"/hook{ask}", allow_private=True)

    with pytest.raises(Transient) as failed:
        channel.send(CARD)

    assert failed.value.reason == "channel_unreachable"
    assert len(far.received) == 1


def test_nothing_that_apprise_has_to_say_comes_in_a_log(far: FarSide, caplog: pytest.LogCaptureFixture) -> None:
    far.status = 500
    with caplog.at_level(logging.DEBUG):
        channel = apprise_http(far)
        with pytest.raises(Transient) as failed:
            channel.send(CARD)

    assert [record for record in caplog.records if record.name.startswith("apprise")] == []
    assert "geheim" not in caplog.text + str(failed.value)


@pytest.mark.parametrize(
    "address", ["", "geheim", "https://", "nobody://geheim", "mailtos://", "json://a/, json://b/", "discord://geheim"]
)
def test_an_address_that_apprise_cannot_use_is_refused_at_the_start(address: str) -> None:
    with pytest.raises(Invalid) as refused:
        AppriseChannel(SETTING, address, allow_private=True)

    assert SETTING in refused.value.fields
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize("scheme", ["json", "mailto"])
def test_a_host_within_the_network_is_not_spoken_to_unless_it_is_meant(far: FarSide, scheme: str) -> None:
    port = far.smtp_port if scheme == "mailto" else int(far.origin.rpartition(":")[2])
    address = f"{scheme}://127.0.0.1:{port}/hook?from=hub@example.org&to=dienst@example.org&mode=insecure"

    with pytest.raises(Permanent) as refused:
        AppriseChannel(SETTING, address, allow_private=False).send(CARD)

    assert refused.value.reason == "private_address"
    assert SETTING in str(refused.value)
    assert far.received == []


def test_of_a_mail_the_server_is_looked_at_and_not_the_domain() -> None:
    asked: list[str] = []

    def resolve(name: str) -> list[str]:
        asked.append(name)
        return ["10.0.0.1"]

    address = "mailtos://hub:geheim@example.org?smtp=smtp.example.net"
    with pytest.raises(Permanent):
        AppriseChannel(SETTING, address, allow_private=False, resolve=resolve).send(CARD)

    assert asked == ["smtp.example.net"]


def test_a_host_without_an_address_is_asked_again() -> None:
    def resolve(name: str) -> list[str]:
        raise Transient("http_unreachable", name)

    with pytest.raises(Transient) as failed:
        AppriseChannel(SETTING, "jsons://nothing.invalid/geheim", allow_private=False, resolve=resolve).send(CARD)

    assert failed.value.reason == "channel_unreachable"


def test_a_token_in_the_place_of_a_host_is_never_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def resolve(name: str) -> list[str]:
        asked.append(name)
        return []

    channel = AppriseChannel(SETTING, f"discord://{'1' * 18}/{'k' * 68}", allow_private=False, resolve=resolve)
    monkeypatch.setattr(channel._apprise, "notify", lambda **_: True)
    channel.send(CARD)

    assert asked == []


def test_a_service_that_wants_rest_between_two_notices_holds_up_no_worker(far: FarSide) -> None:
    address = f"mailto://127.0.0.1:{far.smtp_port}?from=hub@example.org&to=dienst@example.org&mode=insecure"
    channel = AppriseChannel(SETTING, address, allow_private=True, clock=lambda: 100.0)
    channel.send(CARD)

    with pytest.raises(Unavailable) as busy:
        channel.send(CARD)

    assert busy.value.reason == "channel_busy"
    assert len(far.received) == 1


def test_who_uses_no_apprise_does_not_carry_its_plugins() -> None:
    asked = "import sys, services.notifier.wiring; sys.exit('apprise' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0
