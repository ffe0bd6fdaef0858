"""The table [timesync] of hub.toml: what HR and ICT decide, checked key by key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Annotated, Any

from marshmallow import RAISE, ValidationError, fields, validate

from services.timesync.domain.profiles import NAMES, SHOWN
from services.timesync.domain.rules import ReplyRules, Rules, Scope
from services.timesync.domain.texts import KEYS, LANGUAGES, Contact, Office, fault_in
from services.timesync.people import ClosureRow, PeopleFile, roster_of
from services.timesync.systems import KINDS
from shared.contracts import Contract, nested, schema_of

KINDS_BY_NAME = {kind.name: kind for kind in KINDS}
_TEXT = validate.Length(min=1)
_OWN = validate.Length(1, 4000)  # characters; the longest that Exchange takes is not documented, and nobody reads more
# Graph's externalAudience, https://learn.microsoft.com/en-us/graph/api/resources/automaticrepliessetting
_AUDIENCE = validate.OneOf(("all", "contactsOnly", "none"))


@dataclass(frozen=True, kw_only=True)
class ContactPolicy(Contract):
    """How citizens and colleagues reach the organisation: never a person's own address."""

    UNKNOWN = RAISE
    mail: Annotated[str, fields.String()] = ""
    phone: Annotated[str, fields.String()] = ""

    def contact(self) -> Contact:
        return Contact(self.mail, self.phone)


@dataclass(frozen=True, kw_only=True)
class ServicePolicy(ContactPolicy):
    """What holds for one service. *calendar* is a shared mailbox whose calendar shows who is away."""

    reply_audience: Annotated[str | None, fields.String(allow_none=True, validate=_AUDIENCE)] = None
    languages: Annotated[list[str], fields.List(fields.String(validate=validate.OneOf(LANGUAGES)))] = field(
        default_factory=list
    )
    calendar: Annotated[str, fields.String()] = ""


@dataclass(frozen=True, kw_only=True)
class ScopePolicy(Contract):
    """Who takes part; nothing given: everybody. *group* is the id of a group in Entra."""

    UNKNOWN = RAISE
    employees: Annotated[list[str], fields.List(fields.String(validate=_TEXT))] = field(default_factory=list)
    services: Annotated[list[str], fields.List(fields.String(validate=_TEXT))] = field(default_factory=list)
    exclude: Annotated[list[str], fields.List(fields.String(validate=_TEXT))] = field(default_factory=list)
    group: Annotated[str, fields.String()] = ""

    def scope(self) -> Scope:
        return Scope(frozenset(self.employees), frozenset(self.services), frozenset(self.exclude), self.group)


@dataclass(frozen=True, kw_only=True)
class ClosurePolicy(ClosureRow):
    """A closing day of hub.toml: as in the people file."""

    UNKNOWN = RAISE
    applies_to: Annotated[list[str], fields.List(fields.String())] = field(default_factory=lambda: ["*"])


@dataclass(frozen=True, kw_only=True)
class SystemPolicy(Contract):
    """What every table [timesync.systems.<name>] holds; the other keys are those of its *kind*."""

    kind: Annotated[str, fields.String(validate=validate.OneOf(tuple(KINDS_BY_NAME)))]
    every_minutes: Annotated[float, fields.Float(validate=validate.Range(min=0, min_inclusive=False))] = 15.0
    priority: Annotated[int | None, fields.Integer(allow_none=True, validate=validate.Range(min=1))] = None


class SystemTable(fields.Dict):
    """A table of SystemPolicy and the options of its kind, every fault of both named at once."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        table = super()._deserialize(value, attr, data, **kwargs)  # type: ignore[no-untyped-call]  # marshmallow's
        faults = schema_of(SystemPolicy).validate(table)
        if "kind" not in faults:
            faults |= schema_of(KINDS_BY_NAME[table["kind"]].options).validate(options_of(table))
        if faults:
            raise ValidationError(faults)
        return table


def options_of(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return what *table* holds for its kind: all but the keys that every system has."""
    return {key: value for key, value in table.items() if key not in SystemPolicy.__dataclass_fields__}


class TextTable(fields.Dict):
    """The organisation's own texts in one language, every fault named by its key."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        table = super()._deserialize(value, attr, data, **kwargs)  # type: ignore[no-untyped-call]  # marshmallow's
        faults = {key: [fault] for key, text in table.items() if (fault := fault_in(key, text))}
        if faults:
            raise ValidationError(faults)
        return table


@dataclass(frozen=True, kw_only=True)
class TimesyncPolicy(Contract):
    """The table [timesync] of hub.toml. *people* is the people file; *codes* maps absence codes to profiles."""

    UNKNOWN = RAISE
    people: Annotated[str, fields.String(validate=_TEXT)]
    organisation: Annotated[str, fields.String(validate=_TEXT)]
    contact: Annotated[ContactPolicy, nested(ContactPolicy)] = field(default_factory=ContactPolicy)
    hr_contact: Annotated[str, fields.String()] = ""
    post_mail: Annotated[str, fields.String()] = ""
    services: Annotated[
        dict[str, ServicePolicy], fields.Dict(keys=fields.String(validate=_TEXT), values=nested(ServicePolicy))
    ] = field(default_factory=dict)
    codes: Annotated[
        dict[str, str],
        fields.Dict(keys=fields.String(validate=_TEXT), values=fields.String(validate=validate.OneOf(NAMES))),
    ] = field(default_factory=dict)
    labels: Annotated[
        dict[str, str],
        fields.Dict(keys=fields.String(validate=validate.OneOf(tuple(SHOWN))), values=fields.String(validate=_TEXT)),
    ] = field(default_factory=dict)
    requested: Annotated[str, fields.String(validate=validate.OneOf(("nothing", "tentative")))] = "nothing"
    closures: Annotated[list[ClosurePolicy], fields.List(nested(ClosurePolicy))] = field(default_factory=list)
    scope: Annotated[ScopePolicy, nested(ScopePolicy)] = field(default_factory=ScopePolicy)
    reply_lead_hours: Annotated[float, fields.Float(validate=validate.Range(0, 24 * 30))] = 12.0
    reply_audience: Annotated[str, fields.String(validate=_AUDIENCE)] = "all"
    languages: Annotated[
        list[str], fields.List(fields.String(validate=validate.OneOf(LANGUAGES)), validate=validate.Length(1, 3))
    ] = field(default_factory=lambda: ["nl"])
    texts: Annotated[
        dict[str, dict[str, str]],
        fields.Dict(
            keys=fields.String(validate=validate.OneOf(LANGUAGES)),
            values=TextTable(keys=fields.String(validate=validate.OneOf(KEYS)), values=fields.String(validate=_OWN)),
        ),
    ] = field(default_factory=dict)
    status_message: Annotated[bool, fields.Boolean()] = False
    telephony_guard: Annotated[bool, fields.Boolean()] = False
    digest_at: Annotated[time | None, fields.Time(format="%H:%M", allow_none=True)] = None
    systems: Annotated[
        dict[str, dict[str, Any]],
        fields.Dict(keys=fields.String(validate=validate.Length(1, 64)), values=SystemTable(keys=fields.String())),
    ] = field(default_factory=dict)

    def rules(self, people: PeopleFile) -> Rules:
        """Return what the policy and the people file say together."""
        closures = [closure.closure() for closure in self.closures]
        return Rules(
            roster=roster_of(people, closures, self.order()),
            office=self.office(),
            labels=self.labels,
            scope=self.scope.scope(),
            replies=ReplyRules(
                lead=timedelta(hours=self.reply_lead_hours),
                audience=self.reply_audience,
                audiences={name: each.reply_audience for name, each in self.services.items() if each.reply_audience},
                languages=tuple(self.languages),
                service_languages={name: tuple(each.languages) for name, each in self.services.items()},
                texts=self.texts,
            ),
            status=self.status_message,
            guard=self.telephony_guard,
            requested=self.requested == "tentative",
            shared_calendars={name: each.calendar for name, each in self.services.items() if each.calendar},
            digest_at=self.digest_at,
            hr_contact=self.hr_contact,
        )

    def office(self) -> Office:
        services = {name: each.contact() for name, each in self.services.items() if each.mail or each.phone}
        return Office(self.organisation, self.contact.contact(), self.post_mail, services)

    def order(self) -> list[str]:
        """Return the systems that were given a priority, the first one first."""
        given = {name: table.get("priority") for name, table in self.systems.items()}
        ranked = [(priority, name) for name, priority in given.items() if priority is not None]
        return [name for _, name in sorted(ranked)]
