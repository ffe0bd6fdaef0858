"""What the console is made of."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from marshmallow import RAISE, fields, validate

from services.console.app import create_app
from services.console.app.desk import Desk
from services.console.handlers import Console, router
from services.console.probes import DEADLINE, AbsenceProbe, BrokerProbe, HealthProbe, Lookout, MailroomProbe
from services.console.store import Store
from shared.config import Settings
from shared.contracts import Contract
from shared.errors import Invalid
from shared.http import Http
from shared.service import Base, Service

SESSION_KEY = "HUB_CONSOLE_SESSION_KEY"
_SESSION_KEY_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class ConsolePolicy(Contract):
    """The table [console] of hub.toml. *management_url* only when RabbitMQ's management API is not beside RabbitMQ."""

    UNKNOWN = RAISE
    management_url: Annotated[
        str | None, fields.String(allow_none=True, validate=validate.URL(schemes={"http", "https"}, require_tld=False))
    ] = None


POLICY: tuple[str, type[Contract]] = ("console", ConsolePolicy)


def build(base: Base) -> Service:
    """Assemble the console around its outside world."""
    policy = base.policy.section("console", ConsolePolicy)
    store, client = Store(base.database), Http(answer_seconds=DEADLINE)
    lookout = Lookout(
        [HealthProbe(client, name, base.settings.address(name)) for name in base.settings.binds],
        BrokerProbe.of(client, base.settings.amqp_url, policy.management_url),
        AbsenceProbe(client, base.settings.address("timesync")),
        MailroomProbe(client, base.settings.address("mailroom")),
    )
    desk = Desk(store, lookout.look, lookout.look_in_mailroom, base.ledger.say, base.clock)
    return Service(
        name="console",
        router=router,
        app=create_app(desk, session_key(base.settings), hosts=_bound_name(base.settings)),
        world=Console(store, base.clock),
        closing=(lookout.close,),
    )


def session_key(settings: Settings) -> bytes:
    """Return the key that signs the sessions: the secret HUB_CONSOLE_SESSION_KEY, else a new one at each start."""
    try:
        return settings.secret(SESSION_KEY).encode()
    except Invalid:
        return secrets.token_bytes(_SESSION_KEY_BYTES)


def _bound_name(settings: Settings) -> tuple[str, ...]:
    name = urlsplit(f"//{settings.binds['console']}").hostname
    return (name,) if name else ()
