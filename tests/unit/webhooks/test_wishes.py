"""What hub.toml asks Graph to tell of, and what it may not ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.webhooks.domain.subscriptions import Wanted
from services.webhooks.policy import WebhooksPolicy
from shared.config import Policy
from shared.errors import Invalid

PEOPLE = Wanted("people", "users", "updated,deleted")


def wanted(folder: Path, text: str) -> list[Wanted]:
    (folder / "hub.toml").write_text(text, encoding="utf-8")
    return Policy.read(folder / "hub.toml").section("webhooks", WebhooksPolicy).wanted


def test_accounts_are_watched_unless_hub_toml_says_no(tmp_path: Path) -> None:
    assert wanted(tmp_path, "") == [PEOPLE]
    assert wanted(tmp_path, "[webhooks]\npeople = false") == []


def test_mailboxes_and_drives_are_watched_by_a_word(tmp_path: Path) -> None:
    text = '[webhooks]\nmailboxes = ["post@example.org"]\ndrives = ["b!d1"]'

    assert [one.name for one in wanted(tmp_path, text)] == ["people", "mailbox-post@example.org", "drive-b!d1"]


def test_a_subscription_that_is_described_wins_from_the_default_of_its_name(tmp_path: Path) -> None:
    text = '[webhooks.subscriptions.people]\nresource = "users"\n[webhooks.subscriptions.g]\nresource = "groups"'

    assert wanted(tmp_path, text) == [Wanted("people", "users", "updated"), Wanted("g", "groups", "updated")]


@pytest.mark.parametrize(
    "resource", ["users/u1/events", "users('u1')/calendarView", "/Users/u1/calendars/c1/events", "users/u1/calendar"]
)
def test_nobodys_calendar_is_watched(tmp_path: Path, resource: str) -> None:
    """The hub would be told of private appointments."""
    text = f'[webhooks.subscriptions.fien]\nresource = "{resource}"'

    with pytest.raises(Invalid, match=r"hub\.toml:2 .*private appointments"):
        wanted(tmp_path, text)


def test_two_that_ask_for_the_same_are_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="people and accounts: expected one subscription to each resource"):
        wanted(tmp_path, '[webhooks.subscriptions.accounts]\nresource = "Users"')


@pytest.mark.parametrize(
    "text",
    [
        '[webhooks]\nmailboxes = ["a/b"]',
        '[webhooks]\ndrives = [""]',
        "[webhooks]\nrotate_days = 0",
        "[webhooks]\nrepair_hours = 0.1",
        f'[webhooks.subscriptions.{"n" * 59}]\nresource = "groups"',
    ],
    ids=["a path for a mailbox", "no drive", "no life", "a repair without a pause", "a name that no silence can carry"],
)
def test_what_cannot_be_is_named_by_its_place(tmp_path: Path, text: str) -> None:
    with pytest.raises(Invalid, match=r"hub\.toml:\d+ webhooks\."):
        wanted(tmp_path, text)
