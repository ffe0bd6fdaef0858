"""What timesync is made of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from marshmallow import fields, validate

from services.timesync.app import create_app
from services.timesync.domain.profiles import NAMES, SHOWN
from services.timesync.domain.roster import Roster, RosterFile
from services.timesync.domain.texts import Contact, Office
from services.timesync.effects.calendar import TAG, CalendarEffect
from services.timesync.effects.replies import ReplyEffect
from services.timesync.handlers import Scheduled, Timesync, router
from services.timesync.store import Store
from services.timesync.systems import KINDS
from services.timesync.systems.base import Codes, Parts
from shared.config import Policy, line_of
from shared.contracts import Contract, nested
from shared.errors import Invalid
from shared.graph.auth import Tokens
from shared.graph.calendar import Calendar
from shared.graph.client import GraphClient
from shared.graph.directory import Directory
from shared.graph.mailbox import Mailbox
from shared.http import Http
from shared.service import Base, Service

_TEXT = validate.Length(min=1)
_KINDS = {kind.name: kind for kind in KINDS}


@dataclass(frozen=True, kw_only=True)
class ContactPolicy(Contract):
    """How citizens and colleagues reach a service: never a person's own address."""

    mail: Annotated[str, fields.String()] = ""
    phone: Annotated[str, fields.String()] = ""

    def contact(self) -> Contact:
        return Contact(self.mail, self.phone)


@dataclass(frozen=True, kw_only=True)
class SystemPolicy(Contract):
    """What every table [timesync.systems.<name>] holds; the other keys are those of its *kind*."""

    kind: Annotated[str, fields.String(validate=validate.OneOf(tuple(_KINDS)))]
    every_minutes: Annotated[float, fields.Float(validate=validate.Range(min=0, min_inclusive=False))] = 15.0


@dataclass(frozen=True, kw_only=True)
class TimesyncPolicy(Contract):
    """The table [timesync] of hub.toml. *people* is the roster's file; *codes* maps absence codes to profiles."""

    people: Annotated[str, fields.String(validate=_TEXT)]
    organisation: Annotated[str, fields.String(validate=_TEXT)]
    contact: Annotated[ContactPolicy, nested(ContactPolicy)] = field(default_factory=ContactPolicy)
    post_mail: Annotated[str, fields.String()] = ""
    services: Annotated[
        dict[str, ContactPolicy], fields.Dict(keys=fields.String(validate=_TEXT), values=nested(ContactPolicy))
    ] = field(default_factory=dict)
    codes: Annotated[
        dict[str, str],
        fields.Dict(keys=fields.String(validate=_TEXT), values=fields.String(validate=validate.OneOf(NAMES))),
    ] = field(default_factory=dict)
    labels: Annotated[
        dict[str, str],
        fields.Dict(keys=fields.String(validate=validate.OneOf(tuple(SHOWN))), values=fields.String(validate=_TEXT)),
    ] = field(default_factory=dict)
    systems: Annotated[
        dict[str, dict[str, Any]],
        fields.Dict(keys=fields.String(validate=validate.Length(1, 64)), values=fields.Dict(keys=fields.String())),
    ] = field(default_factory=dict)

    def office(self) -> Office:
        services = {name: contact.contact() for name, contact in self.services.items()}
        return Office(self.organisation, self.contact.contact(), self.post_mail, services)


POLICY: tuple[str, type[Contract]] = ("timesync", TimesyncPolicy)


def build(base: Base) -> Service:
    """Assemble timesync around its outside world."""
    policy = base.policy.section("timesync", TimesyncPolicy)
    folder = base.policy.path.parent
    parts = Parts(Http(), base.clock, Codes(policy.codes), folder, base.settings.secret)
    graph = GraphClient(base.settings.graph_url, Tokens(base.settings))
    store = Store.of(base.database)
    world = Timesync(
        clock=base.clock,
        store=store,
        systems={name: build_system(name, table, parts, base.policy) for name, table in policy.systems.items()},
        accounts=Directory(graph),
        calendar=CalendarEffect(Calendar(graph, TAG), store.events, policy.labels),
        replies=ReplyEffect(Mailbox(graph), store.replies),
        roster=read_roster(folder / policy.people),
        office=policy.office(),
    )
    return Service(name="timesync", router=router, app=create_app(store), world=world)


def read_roster(path: Path) -> Roster:
    """Read the people file.

    Raises: Invalid naming the file and what was expected in it.
    """
    try:
        return RosterFile.load(json.loads(path.read_text(encoding="utf-8"))).roster()
    except (OSError, ValueError) as error:
        raise Invalid("invalid_people", f"{path}: expected a readable JSON file ({type(error).__name__})") from error
    except Invalid as error:
        raise Invalid("invalid_people", f"{path}: {error}", error.fields) from error


def build_system(name: str, table: Mapping[str, Any], parts: Parts, policy: Policy) -> Scheduled:
    try:
        schedule = SystemPolicy.load(table)
        kind = _KINDS[schedule.kind]
        system = kind.build(name, kind.options.load(table), parts)
    except Invalid as error:
        place = f"timesync.systems.{name}"
        faults = {f"{place}.{key}": wrong for key, wrong in error.fields.items()}
        listed = "\n".join(
            f"  {policy.path.name}:{line_of(policy.text, key)} {key}: {' '.join(wrong)}"
            for key, wrong in faults.items()
        )
        raise Invalid(error.reason, f"[{place}] is not usable:\n{listed or error}", faults) from error
    return Scheduled(system, timedelta(minutes=schedule.every_minutes))
