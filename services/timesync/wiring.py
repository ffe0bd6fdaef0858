"""What timesync is made of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from marshmallow import RAISE, ValidationError, fields, validate

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
from shared.contracts import Contract, nested, schema_of
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

    UNKNOWN = RAISE
    mail: Annotated[str, fields.String()] = ""
    phone: Annotated[str, fields.String()] = ""

    def contact(self) -> Contact:
        return Contact(self.mail, self.phone)


@dataclass(frozen=True, kw_only=True)
class SystemPolicy(Contract):
    """What every table [timesync.systems.<name>] holds; the other keys are those of its *kind*."""

    kind: Annotated[str, fields.String(validate=validate.OneOf(tuple(_KINDS)))]
    every_minutes: Annotated[float, fields.Float(validate=validate.Range(min=0, min_inclusive=False))] = 15.0


class SystemTable(fields.Dict):
    """A table of SystemPolicy and the options of its kind, every fault of both named at once."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        table = super()._deserialize(value, attr, data, **kwargs)  # type: ignore[no-untyped-call]  # marshmallow's
        faults = schema_of(SystemPolicy).validate(table)
        if "kind" not in faults:
            faults |= schema_of(_KINDS[table["kind"]].options).validate(_options(table))
        if faults:
            raise ValidationError(faults)
        return table


def _options(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return what *table* holds for its kind: all but the keys that every system has."""
    return {key: value for key, value in table.items() if key not in SystemPolicy.__dataclass_fields__}


@dataclass(frozen=True, kw_only=True)
class TimesyncPolicy(Contract):
    """The table [timesync] of hub.toml. *people* is the roster's file; *codes* maps absence codes to profiles."""

    UNKNOWN = RAISE
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
        fields.Dict(keys=fields.String(validate=validate.Length(1, 64)), values=SystemTable(keys=fields.String())),
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
        systems={name: build_system(name, table, parts) for name, table in policy.systems.items()},
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


def build_system(name: str, table: Mapping[str, Any], parts: Parts) -> Scheduled:
    """Build the system *name* of a *table* that was checked."""
    policy = SystemPolicy.load(table)
    kind = _KINDS[policy.kind]
    system = kind.build(name, kind.options.load(_options(table)), parts)
    return Scheduled(system, timedelta(minutes=policy.every_minutes))
