"""What the console is made of, from settings and policy."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from services.console.domain.sighting import Readiness
from services.console.wiring import POLICY, SESSION_KEY, ConsolePolicy, build, session_key
from shared.config import Policy, Settings
from shared.errors import Invalid
from shared.observability.health import Health
from shared.persistence.ledger import SqlLedger
from shared.service import Base
from tests.unit.console.builders import FakeConsole

ENVIRON = {"HUB_AMQP_URL": "amqp://hub:secret@127.0.0.1:5672/", "HUB_TENANT_ID": "t", "HUB_CLIENT_ID": "c"}


@pytest.fixture
def base(console: FakeConsole) -> Base:
    ledger = SqlLedger(console.database, console.clock, "test")
    policy = Policy(Path("hub.toml"), "", {})
    return Base(Settings.load(ENVIRON), policy, console.clock, console.database, ledger)


def test_the_console_is_built_from_settings_and_policy_alone(base: Base) -> None:
    service = build(base)
    health = service.app.test_client().get("/geparkeerd")
    for close in service.closing:
        close()

    assert (service.name, health.status_code) == ("console", 200)


def test_sessions_are_signed_with_the_secret_of_the_deployment() -> None:
    assert session_key(Settings.load(ENVIRON | {SESSION_KEY: "from the vault"})) == b"from the vault"


def test_without_a_secret_each_start_signs_anew() -> None:
    settings = Settings.load(ENVIRON)

    assert session_key(settings) != session_key(settings)
    assert len(session_key(settings)) >= 32


@pytest.mark.parametrize("address", ["http://127.0.0.1:15672", "https://mq.example.org/beheer"])
def test_the_management_address_is_a_web_address(address: str) -> None:
    policy = Policy(Path("hub.toml"), "", {"console": {"management_url": address}})

    assert policy.section(*POLICY) == ConsolePolicy(management_url=address)


def test_another_management_address_is_refused_at_start() -> None:
    with pytest.raises(Invalid, match="management_url"):
        Policy(Path("hub.toml"), "", {"console": {"management_url": "file:///etc/passwd"}}).section(*POLICY)


def test_a_key_that_the_console_does_not_know_is_refused_by_its_line() -> None:
    text = '[console]\nmanagment_url = "http://127.0.0.1:15672"\n'

    with pytest.raises(Invalid, match=r"hub\.toml:2 console\.managment_url: Unknown field"):
        Policy(Path("hub.toml"), text, tomllib.loads(text)).section(*POLICY)


def test_the_console_understands_what_services_tell_of_themselves(base: Base, console: FakeConsole) -> None:
    told = Health("console", "test", base.ledger, console.clock, {"consumer": lambda: False}).report()
    heard = Readiness.load(told)

    assert (heard.ready, heard.failing) == (False, ("consumer",))
    assert heard.books is not None
    assert heard.books.difference == 0
