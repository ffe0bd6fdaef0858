"""The stand-in takes a card as a Teams Workflow does, and refuses what that would refuse."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from sandbox.state import Tenant
from sandbox.workflows import CHANNELS, LARGEST_MESSAGE, webhook_path
from tests.contract.sandbox_systems.outside import Clock

HOOK = webhook_path("post-a40201")


def _message(**content: Any) -> dict[str, Any]:
    card = {"type": "AdaptiveCard", "version": "1.4", "body": [{"type": "TextBlock", "text": "Nieuwe post"}], **content}
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}],
    }


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_card_is_accepted_without_a_word_and_kept(client: FlaskClient, channel: str) -> None:
    answer = client.post(webhook_path(channel), json=_message())

    kept = client.get("/_sandbox/cards").get_json()
    assert (answer.status_code, answer.data) == (202, b"")
    assert [(card["channel"], card["card"]["body"][0]["text"]) for card in kept] == [(channel, "Nieuwe post")]


def test_the_ledger_knows_a_card_by_the_id_its_sender_gave(client: FlaskClient, tenant: Tenant) -> None:
    client.post(HOOK, json=_message(id="notice-7"))

    assert [(effect.key, effect.action) for effect in tenant.effects("card")] == [("notice-7", "created")]


@pytest.mark.parametrize("query", ["", "?sig=", "?sig=guess"])
def test_a_wrong_signature_posts_nothing(client: FlaskClient, query: str) -> None:
    answer = client.post(f"/workflows/post-a40201{query}", json=_message())

    assert answer.status_code == 401
    assert client.get("/_sandbox/cards").get_json() == []


def test_an_unknown_channel_does_not_exist(client: FlaskClient) -> None:
    assert client.post(webhook_path("elders"), json=_message()).status_code == 404


@pytest.mark.parametrize(
    "message",
    [
        pytest.param({}, id="empty"),
        pytest.param([], id="no object"),
        pytest.param({"type": "message", "attachments": []}, id="no attachment"),
        pytest.param({"text": "hallo"}, id="the older connector's form"),
        pytest.param(_message() | {"type": "event"}, id="other type"),
        pytest.param(_message(type="MessageCard"), id="no Adaptive Card"),
        pytest.param({"type": "AdaptiveCard", "body": []}, id="card without envelope"),
    ],
)
def test_anything_but_an_adaptive_card_in_its_envelope_is_refused(client: FlaskClient, message: object) -> None:
    assert client.post(HOOK, json=message).status_code == 400


def test_junk_is_refused(client: FlaskClient) -> None:
    assert client.post(HOOK, data=b"{not json").status_code == 400


def test_a_message_over_28_kilobytes_is_too_large(client: FlaskClient) -> None:
    assert client.post(HOOK, json=_message(speak="x" * LARGEST_MESSAGE)).status_code == 413


def test_a_fifth_message_within_a_second_waits_for_that_channel_only(client: FlaskClient, clock: Clock) -> None:
    statuses = [client.post(HOOK, json=_message()).status_code for _ in range(4)]

    fifth = client.post(HOOK, json=_message())

    assert statuses == [202] * 4
    assert (fifth.status_code, fifth.headers["Retry-After"]) == (429, "1")
    assert client.post(webhook_path("ict-meldingen"), json=_message()).status_code == 202
    clock.advance(timedelta(seconds=1))
    assert client.post(HOOK, json=_message()).status_code == 202
