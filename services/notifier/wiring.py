"""What notifier is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from marshmallow import RAISE, fields, validate

from services.notifier.app import create_app
from services.notifier.channels.teams import Pace, TeamsChannel
from services.notifier.domain import Routes
from services.notifier.handlers import Notifier, router
from services.notifier.letters import Letters
from services.notifier.store import Notices
from shared.config import Settings
from shared.contracts import Contract, nested
from shared.errors import Invalid
from shared.graph.auth import Tokens
from shared.graph.client import GraphClient
from shared.http import Http
from shared.service import Base, Service

_NAME = validate.Length(1, 64)


@dataclass(frozen=True, kw_only=True)
class ChannelPolicy(Contract):
    """One table [notifier.channels.<name>]. *url* names the setting that holds the address, which is a secret."""

    UNKNOWN: ClassVar[str] = RAISE  # a misspelt key is a fault, not a default

    kind: Annotated[str, fields.String(validate=validate.OneOf(("teams",)))]
    url: Annotated[
        str,
        fields.String(validate=validate.Regexp(r"^HUB_[A-Z0-9_]+\Z", error="Expected the name of a HUB_… setting.")),
    ]

    def build(self, settings: Settings, http: Http) -> TeamsChannel:
        return TeamsChannel(self.url, settings.secret(self.url), http, Pace())


@dataclass(frozen=True, kw_only=True)
class NotifierPolicy(Contract):
    """The table [notifier] of hub.toml. *projects* maps a project code to a channel."""

    UNKNOWN: ClassVar[str] = RAISE  # a misspelt key is a fault, not a default

    channels: Annotated[
        dict[str, ChannelPolicy], fields.Dict(keys=fields.String(validate=_NAME), values=nested(ChannelPolicy))
    ]
    unclassified: Annotated[str, fields.String(validate=_NAME)]
    ict: Annotated[str, fields.String(validate=_NAME)]
    projects: Annotated[
        dict[str, str], fields.Dict(keys=fields.String(validate=_NAME), values=fields.String(validate=_NAME))
    ] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        named = {"unclassified": self.unclassified, "ict": self.ict}
        named |= {f"projects.{code}": channel for code, channel in self.projects.items()}
        faults = {
            place: ["Expected one of notifier.channels."] for place, name in named.items() if name not in self.channels
        }
        if faults:
            raise Invalid("invalid_notifier_policy", f"no such channel: {', '.join(sorted(faults))}", faults)


POLICY: tuple[str, type[Contract]] = ("notifier", NotifierPolicy)


def build(base: Base) -> Service:
    """Assemble the notifier around its outside world."""
    policy = base.policy.section("notifier", NotifierPolicy)
    http, notices = Http(), Notices(base.database)
    world = Notifier(
        channels={name: channel.build(base.settings, http) for name, channel in policy.channels.items()},
        routes=Routes(policy.projects, policy.unclassified, policy.ict),
        letters=Letters(GraphClient(base.settings.graph_url, Tokens(base.settings))),
        notices=notices,
        clock=base.clock,
    )
    return Service(name="notifier", router=router, app=create_app(notices), world=world)
