"""What notifier is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from marshmallow import RAISE, fields, validate

from services.notifier.app import create_app
from services.notifier.channels.base import Parts
from services.notifier.domain import Routes
from services.notifier.handlers import Notifier, router
from services.notifier.letters import Letters
from services.notifier.people import People
from services.notifier.policy_channels import ChannelTable, channel_of
from services.notifier.store import Notices
from shared.contracts import Contract
from shared.errors import Invalid
from shared.graph.auth import Tokens
from shared.graph.client import GraphClient
from shared.http import Http
from shared.service import Base, Service

_NAME = validate.Length(1, 64)
_SERVICE = validate.Length(1, 100)  # as in TeamDay


@dataclass(frozen=True, kw_only=True)
class NotifierPolicy(Contract):
    """The table [notifier] of hub.toml. *projects* maps a project code to a channel, *services* a service."""

    UNKNOWN: ClassVar[str] = RAISE  # a misspelt key is a fault, not a default

    channels: Annotated[
        dict[str, dict[str, Any]],
        fields.Dict(keys=fields.String(validate=_NAME), values=ChannelTable(keys=fields.String())),
    ]
    unclassified: Annotated[str, fields.String(validate=_NAME)]
    ict: Annotated[str, fields.String(validate=_NAME)]
    projects: Annotated[
        dict[str, str], fields.Dict(keys=fields.String(validate=_NAME), values=fields.String(validate=_NAME))
    ] = field(default_factory=dict)
    services: Annotated[
        dict[str, str], fields.Dict(keys=fields.String(validate=_SERVICE), values=fields.String(validate=_NAME))
    ] = field(default_factory=dict)
    tell_nobody_absent: Annotated[bool, fields.Boolean()] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        named = {"unclassified": self.unclassified, "ict": self.ict}
        named |= {f"projects.{code}": channel for code, channel in self.projects.items()}
        named |= {f"services.{service}": channel for service, channel in self.services.items()}
        faults = {
            place: ["Expected one of notifier.channels."] for place, name in named.items() if name not in self.channels
        }
        if faults:
            raise Invalid("invalid_notifier_policy", f"no such channel: {', '.join(sorted(faults))}", faults)


POLICY: tuple[str, type[Contract]] = ("notifier", NotifierPolicy)


def build(base: Base) -> Service:
    """Assemble the notifier around its outside world."""
    policy = base.policy.section("notifier", NotifierPolicy)
    notices = Notices(base.database)
    graph = GraphClient(base.settings.graph_url, Tokens(base.settings))
    parts = Parts(base.clock, base.settings.secret, Http(), graph)
    world = Notifier(
        channels={name: channel_of(name, table, parts) for name, table in policy.channels.items()},
        routes=Routes(policy.projects, policy.unclassified, policy.ict, policy.services, policy.tell_nobody_absent),
        letters=Letters(graph),
        people=People(graph),
        notices=notices,
        clock=base.clock,
    )
    return Service(name="notifier", router=router, app=create_app(notices), world=world)
