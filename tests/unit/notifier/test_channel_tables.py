"""A table [notifier.channels.<name>] is read as its kind wants it, and refused with the line to mend."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from services.notifier.channels import KINDS
from services.notifier.channels.base import Parts
from services.notifier.policy_channels import channel_of
from services.notifier.wiring import NotifierPolicy
from shared.clock import FixedClock
from shared.config import Policy
from shared.errors import Invalid
from shared.graph.client import GraphClient
from shared.http import Http
from tests.contract.channels.far_sides import SIGNING_SECRET, Token
from tests.unit.notifier.builders import NOW

HEAD = '[notifier]\nunclassified = "post"\nict = "post"\n\n[notifier.channels.post]\n'
TABLES = {
    "teams": 'kind = "teams"\nurl = "HUB_CHANNEL_URL"\n',
    "mail": 'kind = "mail"\nfrom = "hub@example.org"\nto = ["dienst@example.org"]\n',
    "webhook": 'kind = "webhook"\nurl = "HUB_CHANNEL_URL"\nsecret = "HUB_CHANNEL_SECRET"\n',
    "apprise": 'kind = "apprise"\nurl = "HUB_CHANNEL_APPRISE"\nallow_private = true\n',
}
GOOD = {
    "HUB_CHANNEL_URL": "https://hooks.example.org/geheim",
    "HUB_CHANNEL_SECRET": SIGNING_SECRET,
    "HUB_CHANNEL_APPRISE": "json://127.0.0.1/geheim",
}


def load(table: str) -> NotifierPolicy:
    text = HEAD + table
    return Policy(Path("hub.toml"), text, tomllib.loads(text)).section("notifier", NotifierPolicy)


def parts(secrets: Mapping[str, str]) -> Parts:
    return Parts(FixedClock(NOW), secrets.__getitem__, Http(), GraphClient("https://graph.example.org", Token()))


def test_every_kind_has_its_table_here() -> None:
    assert {kind.name for kind in KINDS} == TABLES.keys()


@pytest.mark.parametrize("kind", TABLES)
def test_a_table_with_what_its_kind_needs_makes_a_channel(kind: str) -> None:
    (table,) = load(TABLES[kind]).channels.values()

    assert callable(channel_of("post", table, parts(GOOD)).send)


@pytest.mark.parametrize(
    ("table", "line", "told"),
    [
        ('kind = "webhok"\n', 6, "did you mean 'webhook'?"),
        ('kind = ["teams"]\n', 6, "expected one of teams, mail, webhook, apprise"),
        (TABLES["webhook"].replace("secret", "secrt"), 8, "did you mean 'secret'?"),
        (TABLES["webhook"] + 'allow_private = "yes"\n', 9, "boolean"),
        (TABLES["mail"].replace("hub@example.org", "hub"), 7, "mail address"),
        (TABLES["mail"].replace('"dienst@example.org"', ""), 8, "Length"),
        (TABLES["mail"] + 'url = "HUB_CHANNEL_URL"\n', 9, "Unknown field"),
        (TABLES["apprise"].replace("HUB_CHANNEL_APPRISE", "json://example.org"), 7, "HUB_"),
    ],
    ids=["kind", "no kind", "misspelt key", "no boolean", "no address", "nobody", "key of another", "no setting"],
)
def test_a_fault_is_named_by_its_line_with_what_was_meant(table: str, line: int, told: str) -> None:
    with pytest.raises(Invalid, match=rf"hub\.toml:{line} ") as refused:
        load(table)

    assert told in str(refused.value)


def test_a_table_without_a_kind_is_told_which_there_are() -> None:
    with pytest.raises(Invalid, match=r"expected one of teams, mail, webhook, apprise"):
        load('url = "HUB_CHANNEL_URL"\n')


@pytest.mark.parametrize(
    ("kind", "setting"),
    [("webhook", "HUB_CHANNEL_URL"), ("webhook", "HUB_CHANNEL_SECRET"), ("apprise", "HUB_CHANNEL_APPRISE")],
)
def test_a_setting_that_holds_something_else_is_named_and_not_repeated(kind: str, setting: str) -> None:
    (table,) = load(TABLES[kind]).channels.values()

    with pytest.raises(Invalid) as refused:
        channel_of("post", table, parts({**GOOD, setting: "iets anders"}))

    assert setting in str(refused.value)
    assert "iets anders" not in str(refused.value)
