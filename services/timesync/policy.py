"""The table [timesync] of hub.toml: what HR and ICT decide, checked key by key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Annotated, Any

from marshmallow import RAISE, ValidationError, fields, validate

from services.timesync.domain.profiles import NAMES, SHOWN
from services.timesync.domain.rules import ReplyRules, Rules, Scope
from services.timesync.domain.texts import KEYS, LANGUAGES, Contact, Office, fault_in
from services.timesync.people import ClosureRow, PeopleFile, roster_of
from services.timesync.people_checks import wrong_services
from services.timesync.systems import KINDS
from shared.contracts import Contract, nested, schema_of, unknown_key
from shared.faults import OneOf, unknown

KINDS_BY_NAME = {kind.name: kind for kind in KINDS}
_TEXT = validate.Length(min=1)
_OWN = validate.Length(1, 4000)  # characters; the longest that Exchange takes is not documented, and nobody reads more
# Graph's externalAudience, https://learn.microsoft.com/en-us/graph/api/resources/automaticrepliessetting
_AUDIENCE = OneOf("audience", ("all", "contactsOnly", "none"))
_LANGUAGE = OneOf("language", LANGUAGES)
_LABEL = (
    validate.Length(1, 255),  # what Outlook keeps of a subject
    # a label is the same for everybody: a subject of one line, in which nothing is filled in
    validate.Regexp(r"[^\x00-\x1f{}]*\Z", error="expected one line of plain words, without braces"),
)
_SILENT = "afwezig_zonder_antwoord"
_AWAY = "afwezig"


class LocalClock(fields.Time):
    """A time of day as text (`"07:30"`), or as TOML writes it: without quotes."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return value if isinstance(value, time) else super()._deserialize(value, attr, data, **kwargs)


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
    languages: Annotated[list[str], fields.List(fields.String(validate=_LANGUAGE))] = field(default_factory=list)
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

    kind: Annotated[str, fields.String(validate=OneOf("kind of system", KINDS_BY_NAME))]
    every_minutes: Annotated[float, fields.Float(validate=validate.Range(min=0, min_inclusive=False))] = 15.0
    priority: Annotated[int | None, fields.Integer(allow_none=True, validate=validate.Range(min=1))] = None


class SystemTable(fields.Dict):
    """A table of SystemPolicy and the options of its kind, every fault of both named at once."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        table = super()._deserialize(value, attr, data, **kwargs)  # type: ignore[no-untyped-call]  # marshmallow's
        faults = schema_of(SystemPolicy).validate(table)
        if "kind" not in faults:
            options = schema_of(KINDS_BY_NAME[table["kind"]].options)
            known = [*options.fields, *SystemPolicy.__dataclass_fields__]
            faults |= options.validate(options_of(table))
            faults |= {key: [unknown_key(key, known)] for key in table if key not in known}
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
        fields.Dict(keys=fields.String(validate=_TEXT), values=fields.String(validate=OneOf("profile", NAMES))),
    ] = field(default_factory=dict)
    labels: Annotated[
        dict[str, str],
        fields.Dict(keys=fields.String(validate=OneOf("profile", SHOWN)), values=fields.String(validate=_LABEL)),
    ] = field(default_factory=dict)
    requested: Annotated[str, fields.String(validate=OneOf("word", ("nothing", "tentative")))] = "nothing"
    closures: Annotated[list[ClosurePolicy], fields.List(nested(ClosurePolicy))] = field(default_factory=list)
    scope: Annotated[ScopePolicy, nested(ScopePolicy)] = field(default_factory=ScopePolicy)
    reply_lead_hours: Annotated[float, fields.Float(validate=validate.Range(0, 24 * 30))] = 12.0
    reply_audience: Annotated[str, fields.String(validate=_AUDIENCE)] = "all"
    languages: Annotated[list[str], fields.List(fields.String(validate=_LANGUAGE), validate=validate.Length(1, 3))] = (
        field(default_factory=lambda: ["nl"])
    )
    texts: Annotated[
        dict[str, dict[str, str]],
        fields.Dict(
            keys=fields.String(validate=_LANGUAGE),
            values=TextTable(keys=fields.String(validate=OneOf("text", KEYS)), values=fields.String(validate=_OWN)),
        ),
    ] = field(default_factory=dict)
    status_message: Annotated[bool, fields.Boolean()] = False
    telephony_guard: Annotated[bool, fields.Boolean()] = False
    digest_at: Annotated[time | None, LocalClock(format="%H:%M", allow_none=True)] = None
    team_view: Annotated[str, fields.String(validate=validate.OneOf(("service", "everybody")))] = "service"
    systems: Annotated[
        dict[str, dict[str, Any]],
        fields.Dict(keys=fields.String(validate=validate.Length(1, 64)), values=SystemTable(keys=fields.String())),
    ] = field(default_factory=dict)

    def rules(self, people: PeopleFile) -> Rules:
        """Return what the policy and the people file say together."""
        closures = [closure.closure() for closure in self.closures]
        return Rules(
            roster=roster_of(people, closures, self.ranks()),
            office=self.office(),
            labels=self.shown_labels(),
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
            team_view=self.team_view,
            hr_contact=self.hr_contact,
        )

    def office(self) -> Office:
        services = {name: each.contact() for name, each in self.services.items() if each.mail or each.phone}
        return Office(self.organisation, self.contact.contact(), self.post_mail, services)

    def ranks(self) -> dict[str, int]:
        """Return the rank of the systems that were given a priority; equal priorities are equal ranks."""
        given = {name: table["priority"] for name, table in self.systems.items() if table.get("priority") is not None}
        order = sorted(set(given.values()))
        return {name: order.index(priority) for name, priority in given.items()}

    def shown_labels(self) -> dict[str, str]:
        """Return the organisation's labels. Who is away without a reply shows as anybody else who is away."""
        return {_SILENT: self.labels[_AWAY], **self.labels} if _AWAY in self.labels else dict(self.labels)

    def contradictions(self, people: PeopleFile) -> Iterator[tuple[str, str]]:
        """Yield what cannot be meant, by its dotted place: what names a service that nobody works for would do nothing.

        One label more than the profiles have would tell a strike or a suspension from leave.
        """
        services = people.services() | set(self.services)
        for at, closure in enumerate(self.closures):
            yield from wrong_services(closure, f"timesync.closures.{at}", services)
        wrong = [service for service in self.scope.services if service not in services]
        yield from (("timesync.scope.services", unknown("service", each, sorted(services))) for each in wrong)
        labels = self.shown_labels()
        if labels.get(_SILENT, SHOWN[_SILENT].label) != labels.get(_AWAY, SHOWN[_AWAY].label):
            yield f"timesync.labels.{_SILENT}", f"expected the label of '{_AWAY}': another word would tell the kind"
