"""The front door is built from settings and policy alone, and a fault is named before it opens."""

from __future__ import annotations

from pathlib import Path

import pytest
from openapi_spec_validator import validate

from services.webhooks.handlers import FrontDoor
from services.webhooks.wiring import WebhooksPolicy, build
from shared.config import Policy, Settings
from shared.errors import Invalid
from shared.observability.openapi import describe
from shared.run import base_of
from tests.contract.sources.kit import SECRET, signed
from tests.unit.shared.builders import environ

TOML = """\
[webhooks.subscriptions.people]
resource = "users"
change_types = "updated,deleted"

[webhooks.subscriptions.archive]
resource = "drives/d1/root"

[webhooks.sources.protime]
scheme = "standard"
secrets = ["HUB_HOOK_PROTIME_SECRET"]
absences = "export"
"""


def policy(folder: Path, text: str) -> Policy:
    (folder / "hub.toml").write_text(text, encoding="utf-8")
    return Policy.read(folder / "hub.toml")


def test_an_empty_policy_is_enough(tmp_path: Path) -> None:
    assert policy(tmp_path, "").section("webhooks", WebhooksPolicy) == WebhooksPolicy()


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('resource = "users"', 'resource = ""', 2),
        ('scheme = "standard"', 'scheme = "plain"', 9),
        ('secrets = ["HUB_HOOK_PROTIME_SECRET"]', "secrets = []", 10),
        ('absences = "export"', 'absense = "export"', 11),
        ("[webhooks.subscriptions.archive]", "[webhooks.subscriptions.archive]\nspeed = 1", 6),
    ],
    ids=["resource", "scheme", "secrets", "unknown key", "unknown key of a subscription"],
)
def test_a_fault_in_the_policy_is_named_by_its_line(tmp_path: Path, old: str, new: str, line: int) -> None:
    assert old in TOML

    with pytest.raises(Invalid, match=rf"hub\.toml:{line} webhooks\."):
        policy(tmp_path, TOML.replace(old, new)).section("webhooks", WebhooksPolicy)


def test_a_resource_of_unknown_life_is_named_at_the_start(tmp_path: Path) -> None:
    """Not at the first tick, when nobody looks any more."""
    settings = Settings.load(environ(tmp_path, HUB_HOOK_PROTIME_SECRET=SECRET))
    policy(tmp_path, TOML.replace('"drives/d1/root"', '"chats"'))
    base = base_of("webhooks", settings)

    with pytest.raises(Invalid, match="chats"):
        build(base)


def test_a_secret_that_is_not_set_keeps_the_door_shut(tmp_path: Path) -> None:
    policy(tmp_path, TOML)

    with pytest.raises(Invalid, match="HUB_HOOK_PROTIME_SECRET"):
        build(base_of("webhooks", Settings.load(environ(tmp_path))))


def test_the_front_door_is_built_from_settings_and_policy_alone(tmp_path: Path) -> None:
    policy(tmp_path, TOML)
    base = base_of("webhooks", Settings.load(environ(tmp_path, HUB_HOOK_PROTIME_SECRET=SECRET)))

    service = build(base)

    assert isinstance(service.world, FrontDoor)
    wanted = [(one.name, one.resource, one.change_types) for one in service.world.wanted]
    assert wanted == [("people", "users", "updated,deleted"), ("archive", "drives/d1/root", "updated")]
    answer = service.app.test_client().post(
        "/hooks/protime", data=b"{}", headers=dict(signed(b'{"type": "x"}').headers)
    )
    assert answer.status_code == 401
    validate(describe(service.app, "webhooks"))


def test_every_answer_of_a_route_is_described(tmp_path: Path) -> None:
    policy(tmp_path, TOML)
    service = build(base_of("webhooks", Settings.load(environ(tmp_path, HUB_HOOK_PROTIME_SECRET=SECRET))))

    hook = describe(service.app, "webhooks")["paths"]["/hooks/{source}"]["post"]

    assert set(hook["responses"]) == {"202", "400", "401", "404", "413", "503"}
