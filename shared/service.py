"""What every service is: a name, a router, a web app and its outside world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask

from shared.clock import Clock
from shared.config import Policy, Settings
from shared.messaging.router import Router
from shared.persistence.database import Database
from shared.persistence.ledger import SqlLedger


@dataclass(frozen=True)
class Base:
    """What every service is given to build itself from."""

    settings: Settings
    policy: Policy
    clock: Clock
    database: Database
    ledger: SqlLedger


@dataclass(frozen=True)
class Service:
    """One service, assembled. `world` is what its handlers are given; `closing` is called when it stops."""

    name: str
    router: Router[Any]
    app: Flask
    world: Any
    closing: tuple[Callable[[], None], ...] = field(default=())
