"""Every setting is documented, and what is documented is a setting."""

from __future__ import annotations

import dataclasses
import importlib
import re
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from environs import Env

from services.__main__ import SERVICES
from services.webhooks.policy import WebhooksPolicy
from services.webhooks.policy_rules import KINDS, rules_of, unshown
from shared import config
from shared.config import Policy, Settings

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / ".env.example"
POLICY = ROOT / "hub.example.toml"
# Named by hub.toml, or read by something else than Settings.
ELSEWHERE = re.compile(r"HUB_(HOOK|CHANNEL|PROTIME|CONSOLE|TIMESYNC|MAILROOM|VAULT)_\w+|HUB_\w+_FILE")


def read_by_the_code(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return the names that Settings asks for, whatever their values."""
    asked: set[str] = set()

    class Listening(Env):
        def _get_from_environ(self, key: str, default: Any, *, proxied: bool = False) -> tuple[str, Any, str | None]:
            found = super()._get_from_environ(key, default, proxied=proxied)
            asked.add(found[0])
            return found

    monkeypatch.setattr(config, "Env", Listening)
    Settings.load({"HUB_AMQP_URL": "amqp://x", "HUB_TENANT_ID": "x", "HUB_CLIENT_ID": "x"})
    return asked


def documented() -> set[str]:
    return set(re.findall(r"^#?\s*(HUB_\w+)=", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE))


def test_every_setting_is_in_the_example(monkeypatch: pytest.MonkeyPatch) -> None:
    read = read_by_the_code(monkeypatch)

    assert "HUB_AMQP_URL" in read
    assert read - documented() == set()


def test_the_example_holds_no_setting_that_nobody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = documented() - read_by_the_code(monkeypatch)

    assert {name for name in unknown if not ELSEWHERE.fullmatch(name)} == set()


@pytest.mark.parametrize("service", SERVICES)
def test_the_example_policy_is_right_for_every_service(service: str) -> None:
    table, contract = importlib.import_module(f"services.{service}.wiring").POLICY

    Policy.read(POLICY).section(table, contract)


def test_the_example_policy_holds_no_table_that_nobody_reads() -> None:
    wirings = [importlib.import_module(f"services.{service}.wiring") for service in SERVICES]
    known = {table for wiring in wirings for table in (wiring.POLICY[0], *getattr(wiring, "ENTRIES", ()))}

    assert set(Policy.read(POLICY).tables) <= known


def test_the_example_rules_are_right() -> None:
    policy = Policy.read(POLICY)

    rules = rules_of(policy, policy.section("webhooks", WebhooksPolicy).sources, unshown)

    assert len(rules) == len(policy.tables["rule"])
    channels = {one["channel"] for one in policy.tables["rule"] if "channel" in one}
    assert channels <= set(policy.tables["notifier"]["channels"])


@pytest.mark.parametrize("makes", KINDS)
def test_every_key_of_each_kind_of_rule_is_in_the_example(makes: str) -> None:
    text = POLICY.read_text(encoding="utf-8")
    shown: set[str] = set()
    for one in Policy.read(POLICY).tables["rule"]:
        if one["makes"] == makes:
            shown |= {*one, *one["fields"]}
    declared = {field.name for field in dataclasses.fields(KINDS[makes])}
    inner = get_type_hints(KINDS[makes])["fields"]
    if isinstance(inner, type) and dataclasses.is_dataclass(inner):
        declared |= {field.name for field in dataclasses.fields(inner)}

    assert declared - shown <= {"values", "profile"}  # shown with another kind, and in words
    assert "[rule.values." in text
    assert 'profile = "' in text
