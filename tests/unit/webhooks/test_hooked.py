"""Sources whose webhook the hub makes itself are put together from hub.toml and settings alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.webhooks.domain.hooks import Wish
from services.webhooks.handlers import FrontDoor
from services.webhooks.policy import WebhooksPolicy
from services.webhooks.wiring import build
from shared.config import Policy, Settings
from shared.errors import Invalid
from shared.run import base_of
from tests.unit.shared.builders import environ

EXAMPLE = Path(__file__).parents[3] / "hub.example.toml"
SECRETS = {"HUB_VAULT_KEY": "a key of more than 24 letters", "HUB_PROTIME_SECRET": "pw"}
TOML = """\
[webhooks.sources.tijd]
scheme = "protime"
absences = "protime"

[webhooks.sources.tijd.api]
base_url = "https://voorbeeldegem.example.org"
token_url = "https://voorbeeldegem.example.org/connect/token"
client_id = "hub"
"""


def door_of(folder: Path, text: str = TOML, **settings: str) -> FrontDoor:
    (folder / "hub.toml").write_text(text, encoding="utf-8")
    world = build(base_of("webhooks", Settings.load(environ(folder, **settings)))).world
    assert isinstance(world, FrontDoor)
    return world


def test_a_source_with_an_api_is_kept(tmp_path: Path) -> None:
    hooked = door_of(tmp_path, HUB_PUBLIC_URL="https://hub.example.org/", **SECRETS).hooks["tijd"]

    assert hooked.wish == Wish("tijd", "https://hub.example.org/hooks/tijd", "absences")
    assert hooked.absences == "protime"


def test_without_one_there_is_nothing_to_keep_and_no_vault(tmp_path: Path) -> None:
    assert door_of(tmp_path, "").hooks == {}


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_that_is_not_set_keeps_the_door_shut(tmp_path: Path, name: str) -> None:
    given = {other: value for other, value in SECRETS.items() if other != name}

    with pytest.raises(Invalid, match=name):
        door_of(tmp_path, **given)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('scheme = "protime"', 'scheme = "standard"', "api"),
        (TOML[TOML.index("[webhooks.sources.tijd.api]") :], "", "secrets"),
        (
            "[webhooks.sources.tijd.api]",
            '[webhooks.sources.tijd.headers]\nid = "X-Id"\n[webhooks.sources.tijd.api]',
            "id",
        ),
    ],
    ids=["an api for a scheme without one", "neither secret nor api", "a header that proves nothing"],
)
def test_what_cannot_be_kept_is_named_by_its_line(tmp_path: Path, old: str, new: str, place: str) -> None:
    with pytest.raises(Invalid, match=rf"hub\.toml:\d+ webhooks\.sources\.tijd\.(headers\.)?{place}"):
        door_of(tmp_path, TOML.replace(old, new), **SECRETS)


def test_an_api_user_without_an_organisation_is_named_by_its_line(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"hub\.toml:9 webhooks\..*user_agent"):
        door_of(tmp_path, f'{TOML}user_agent = "hub"\n', **SECRETS)


def test_the_example_is_right() -> None:
    source = Policy.read(EXAMPLE).section("webhooks", WebhooksPolicy).sources["tijd"]

    assert source.secrets is None
    assert source.api is not None
    assert source.headers == {"signature": "X-Hmac-Signature"}
