"""The front door is built from settings and policy alone, and a fault is named before it opens."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from services.webhooks.handlers import FrontDoor
from services.webhooks.policy import WebhooksPolicy
from services.webhooks.wiring import build
from shared.config import Policy, Settings
from shared.errors import Invalid
from shared.events import LetterReported, ProjectReported
from shared.events.envelope import Envelope
from shared.observability.openapi import describe
from shared.persistence.migrate import migrate
from shared.run import base_of
from shared.vault import Vault
from tests.contract.sources.kit import SECRET, signed
from tests.unit.shared.builders import environ
from tests.unit.webhooks.conftest import MIGRATIONS

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
    policy(tmp_path, TOML.replace('"drives/d1/root"', '"printers"'))
    base = base_of("webhooks", settings)

    with pytest.raises(Invalid, match="printers"):
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
    answer = service.app.test_client().post("/hooks/protime", json={}, headers=dict(signed(b'{"type": "x"}').headers))
    assert answer.status_code == 401
    validate(describe(service.app, "webhooks"))


def test_every_answer_of_a_route_is_described(tmp_path: Path) -> None:
    policy(tmp_path, TOML)
    service = build(base_of("webhooks", Settings.load(environ(tmp_path, HUB_HOOK_PROTIME_SECRET=SECRET))))

    hook = describe(service.app, "webhooks")["paths"]["/hooks/{source}"]["post"]

    assert set(hook["responses"]) == {"202", "400", "401", "404", "413", "415", "429", "503"}


RULES = """\
[webhooks.sources.notulen]
scheme = "standard"
secrets = ["HUB_HOOK_NOTULEN_SECRET"]

[webhooks.sources.loket]
scheme = "standard"
secrets = ["HUB_HOOK_NOTULEN_SECRET"]

[[rule]]
name = "besluit"
source = "notulen"
makes = "project"
[rule.fields]
code = "actie"
status = "stand"
"""


def test_a_rule_is_asked_about_the_deliveries_of_its_source_only(tmp_path: Path) -> None:
    policy(tmp_path, RULES)
    base = base_of("webhooks", Settings.load(environ(tmp_path, HUB_HOOK_NOTULEN_SECRET=SECRET)))
    migrate(base.settings.database("webhooks"), "webhooks", MIGRATIONS)
    now = datetime.now(UTC)
    knock = signed(b'{"actie": "A40201", "stand": "afgerond"}', at=now)
    headers = {**knock.headers, "content-type": "application/json"}
    client = build(base).app.test_client()

    own = client.post("/hooks/notulen", data=knock.body, headers=headers)
    others = client.post("/hooks/loket", data=knock.body, headers=headers)

    assert (own.json, others.json) == ({"outcome": "accepted", "events": 1}, {"outcome": "filtered", "events": 0})
    (row,) = base.ledger.unsent(10)
    assert Envelope.parse(row.body).open() == ProjectReported(
        source="notulen", rule="besluit", code="A40201", status="afgerond"
    )


def test_a_rule_about_nobody_keeps_the_door_shut(tmp_path: Path) -> None:
    policy(tmp_path, RULES.replace('source = "notulen"', 'source = "notulne"'))

    with pytest.raises(Invalid, match=r"hub\.toml:11 rule\.0\.source"):
        build(base_of("webhooks", Settings.load(environ(tmp_path, HUB_HOOK_NOTULEN_SECRET=SECRET))))


LETTERS = (
    RULES
    + """\

[[rule]]
name = "poststuk"
source = "notulen"
makes = "letter"
privacy = "intern"
fields = { kenmerk = "kenmerk", record = "@" }
"""
)
KEY = "a key for the tests of the wiring"


def test_a_record_that_nothing_can_seal_keeps_the_door_shut(tmp_path: Path) -> None:
    policy(tmp_path, LETTERS)

    with pytest.raises(Invalid, match=r"hub\.toml:22 rule\.1\.fields\.record: expected HUB_VAULT_KEY"):
        build(base_of("webhooks", Settings.load(environ(tmp_path, HUB_HOOK_NOTULEN_SECRET=SECRET))))


def test_a_record_is_nowhere_in_the_clear_and_opens_with_the_key_of_the_settings(tmp_path: Path) -> None:
    policy(tmp_path, LETTERS.replace("@", "brief").replace('source = "notulen"', 'source = "loket"', 1))
    base = base_of("webhooks", Settings.load(environ(tmp_path, HUB_HOOK_NOTULEN_SECRET=SECRET, HUB_VAULT_KEY=KEY)))
    migrate(base.settings.database("webhooks"), "webhooks", MIGRATIONS)
    knock = signed(b'{"kenmerk": "2026/IN/1", "brief": {"onderwerp": "Losse tegel"}}', at=datetime.now(UTC))

    answer = (
        build(base)
        .app.test_client()
        .post("/hooks/notulen", data=knock.body, headers={**knock.headers, "content-type": "application/json"})
    )

    assert answer.json == {"outcome": "accepted", "events": 1}
    (row,) = base.ledger.unsent(10)
    event = Envelope.parse(row.body).open()
    assert isinstance(event, LetterReported)
    assert Vault([KEY]).open(event.record or "") == '{"onderwerp":"Losse tegel"}'
    assert not [path.name for path in tmp_path.rglob("*") if path.is_file() and b"Losse tegel" in path.read_bytes()]
