"""A front door that wants a rich subscription, on fakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from services.webhooks.domain.certificates import LIFE, Certificate
from services.webhooks.domain.subscriptions import Wanted
from services.webhooks.handlers.world import Enriched
from tests.unit.webhooks.builders import FakeDoor

MAIL = Wanted("mail", "users/u1/messages?$select=subject", "created,updated", rich=True)


@dataclass
class FakeCertificates:
    """Numbers them instead of making keys."""

    kept: dict[str, Certificate] = field(default_factory=dict)
    made: int = 0
    locked: set[str] = field(default_factory=set)

    def all(self) -> Sequence[Certificate]:
        return list(self.kept.values())

    def usable(self) -> Sequence[Certificate]:
        return [one for one in self.all() if one.id not in self.locked]

    def make(self, now: datetime) -> Certificate:
        self.made += 1
        certificate = Certificate(f"c{self.made}", f"public {self.made}", now, now + LIFE)
        self.kept[certificate.id] = certificate
        return certificate

    def note_use(self, certificate: Certificate) -> None:
        self.kept[certificate.id] = certificate

    def drop(self, id_: str) -> None:
        del self.kept[id_]


@dataclass
class FakeSigningKeys:
    """Remembers the kids and when they came."""

    kids: list[str] = field(default_factory=list)
    at: datetime | None = None

    def keep(self, published: Sequence[Mapping[str, Any]], now: datetime) -> None:
        self.kids, self.at = [jwk["kid"] for jwk in published], now

    def fetched_at(self) -> datetime | None:
        return self.at


@dataclass
class FakeAuthority:
    """Publishes *kids*; counts who asks."""

    kids: list[str] = field(default_factory=lambda: ["k1"])
    asked: int = 0
    failure: Exception | None = None

    def signing_keys(self) -> Sequence[Mapping[str, Any]]:
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        return [{"kid": kid} for kid in self.kids]


class RichDoor(FakeDoor):
    """The handlers, with what a rich subscription needs."""

    def __init__(self, *wanted: Wanted) -> None:
        super().__init__(*(wanted or (MAIL,)))
        self.certificates, self.keys, self.authority = FakeCertificates(), FakeSigningKeys(), FakeAuthority()
        self.world = replace(self.world, rich=Enriched(self.certificates, self.keys, self.authority))

    @property
    def mail(self) -> str | None:
        """The certificate that is remembered for the subscription `mail`."""
        return self.memory.kept["mail"].certificate_id

    @property
    def at_graph(self) -> str | None:
        """The certificate that Graph encrypts for."""
        encryption = self.tenant.encryptions[str(self.memory.kept["mail"].subscription_id)]
        return encryption.id if encryption else None
