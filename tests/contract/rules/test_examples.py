"""The rules of the how-to do what it says: each is read as hub.toml is, and run on a delivery of its system."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.webhooks.domain.rules import Inapplicable, Matched, Rule, Verdict
from services.webhooks.policy_rules import rules_of, unshown
from shared.config import Policy

HOW_TO = Path(__file__).parents[3] / "docs" / "howto" / "write-a-rule.md"
EXAMPLES = HOW_TO.parent / "rules"
DELIVERIES = sorted(EXAMPLES.glob("*/delivery*.json"))
# What systems send along and nobody else need know: people, their reasons, their children.
PRIVATE = ("Proefburger", "Echtscheiding", "Dorpsstraat", "Klara", "Lotje", "Olga", "Testman", "vakantie", "stoeptegel")


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def rules(folder: Path) -> list[Rule]:
    policy = Policy.read(folder / "rule.toml")
    return rules_of(policy, {one["source"] for one in policy.tables["rule"]}, unshown)


def judged(delivery: Path) -> list[Verdict]:
    return [rule.apply(orjson.loads(delivery.read_bytes()), "delivery-1") for rule in rules(delivery.parent)]


def events(delivery: Path) -> list[dict[str, Any]]:
    made = [verdict.event for verdict in judged(delivery) if isinstance(verdict, Matched)]
    return [{"type": event.TYPE, "data": without_nulls(event.dump())} for event in made]


def without_nulls(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value is not None}


@pytest.mark.parametrize("delivery", DELIVERIES, ids=name_of)
def test_a_delivery_becomes_the_event_that_is_promised(delivery: Path) -> None:
    expected = delivery.with_name(delivery.name.replace("delivery", "expected"))

    assert events(delivery) == orjson.loads(expected.read_bytes())


@pytest.mark.parametrize("delivery", DELIVERIES, ids=name_of)
def test_nothing_private_leaves_a_rule(delivery: Path) -> None:
    told = orjson.dumps(events(delivery)).decode()

    assert [word for word in PRIVATE if word in told] == []


@pytest.mark.parametrize("delivery", DELIVERIES, ids=name_of)
def test_no_example_is_refused(delivery: Path) -> None:
    assert [one for one in judged(delivery) if isinstance(one, Inapplicable)] == []


@pytest.mark.parametrize("folder", sorted(EXAMPLES.iterdir()), ids=lambda folder: folder.name)
def test_every_rule_has_a_delivery_that_it_is_about(folder: Path) -> None:
    met = {event["data"]["rule"] for delivery in folder.glob("delivery*.json") for event in events(delivery)}

    assert met == {rule.name for rule in rules(folder)}


def test_the_private_words_are_in_what_the_systems_send() -> None:
    sent = "".join(delivery.read_text(encoding="utf-8") for delivery in DELIVERIES)

    assert [word for word in PRIVATE if word not in sent] == []


def test_what_the_how_to_shows_is_what_the_examples_hold() -> None:
    shown = re.findall(r"^```(?:toml|json)\n(.*?)^```", HOW_TO.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    held = [path.read_text(encoding="utf-8") for path in EXAMPLES.rglob("*.*")]

    assert shown
    assert [block for block in shown if not any(block.rstrip("\n") in text for text in held)] == []


@pytest.mark.parametrize("folder", sorted(EXAMPLES.iterdir()), ids=lambda folder: folder.name)
def test_every_example_is_named_in_the_how_to(folder: Path) -> None:
    assert f"rules/{folder.name}/" in HOW_TO.read_text(encoding="utf-8")
    assert set(tomllib.loads((folder / "rule.toml").read_text(encoding="utf-8"))) == {"rule"}
