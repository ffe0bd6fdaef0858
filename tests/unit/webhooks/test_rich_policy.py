"""A rich subscription that Graph would refuse is refused when the hub starts, with the line to mend."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from services.webhooks.domain.lifetimes import SAFETY, lifetime_of, must_select
from services.webhooks.policy import WebhooksPolicy
from services.webhooks.wiring import build
from shared.config import Policy, Settings
from shared.errors import Invalid
from shared.run import base_of
from tests.unit.shared.builders import environ

TOML = """\
[webhooks.subscriptions.mail]
resource = "users/u1/messages"
rich = true
select = "subject,from"
"""


def policy(folder: Path, text: str) -> WebhooksPolicy:
    (folder / "hub.toml").write_text(text, encoding="utf-8")
    return Policy.read(folder / "hub.toml").section("webhooks", WebhooksPolicy)


def test_what_is_selected_is_asked_of_graph(tmp_path: Path) -> None:
    (mail,) = (one for one in policy(tmp_path, TOML).wanted if one.name == "mail")

    assert (mail.resource, mail.rich) == ("users/u1/messages?$select=subject,from", True)
    assert mail.lifetime == timedelta(minutes=1_440) - SAFETY


def test_teams_need_not_select(tmp_path: Path) -> None:
    text = TOML.replace("users/u1/messages", "teams/t1/channels/c1/messages").replace('select = "subject,from"', "")

    assert policy(tmp_path, text).subscriptions["mail"].watched == "teams/t1/channels/c1/messages"


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('select = "subject,from"\n', "", 1),
        ('"subject,from"', '""', 4),
        ('"subject,from"', '"subject, from"', 4),
        ('"subject,from"', '"subject&$expand=x"', 4),
        ('"subject,from"', '"subject,body"', 4),
        ('"subject,from"', f'"{",".join(["subject"] * 70)}"', 4),
        ("users/u1/messages", "users", 2),
        ("users/u1/messages", "drives/d1/root", 2),
        ("rich = true", "rich = false", 4),
        ("rich = true", 'rich = "perhaps"', 3),
    ],
    ids=[
        "no select",
        "empty",
        "a blank",
        "more than names",
        "body",
        "long",
        "people",
        "a drive",
        "basic",
        "no boolean",
    ],
)
def test_a_rich_subscription_that_graph_would_refuse_is_named_by_its_line(
    tmp_path: Path, old: str, new: str, line: int
) -> None:
    assert old in TOML

    with pytest.raises(Invalid, match=rf"hub\.toml:{line} webhooks\."):
        policy(tmp_path, TOML.replace(old, new))


def test_without_the_vaults_key_the_door_stays_shut(tmp_path: Path) -> None:
    policy(tmp_path, TOML)

    with pytest.raises(Invalid, match="HUB_VAULT_KEY"):
        build(base_of("webhooks", Settings.load(environ(tmp_path))))


def test_only_a_rich_subscription_needs_the_vault(tmp_path: Path) -> None:
    policy(tmp_path, TOML.replace("rich = true", "").replace('select = "subject,from"', ""))

    build(base_of("webhooks", Settings.load(environ(tmp_path))))


@pytest.mark.parametrize(
    ("resource", "minutes", "selects"),
    [
        ("users/u1/messages", 1_440, True),
        ("users/u1/mailFolders('inbox')/messages?$select=subject", 1_440, True),
        ("users/u1/contacts", 1_440, True),
        ("teams/t1/channels/c1/messages", 4_320, False),
        ("chats/c1/messages", 4_320, False),
    ],
)
def test_a_rich_subscription_lives_as_long_as_graph_allows(resource: str, minutes: int, selects: bool) -> None:
    assert lifetime_of(resource, rich=True) == timedelta(minutes=minutes) - SAFETY
    assert must_select(resource) is selects
