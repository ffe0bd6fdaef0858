"""The table [mailroom] of hub.toml: where letters go, by which rules and terms, checked key by key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Annotated, Any, ClassVar

from marshmallow import RAISE, fields, validate

from services.mailroom.domain.plan import PLAN, Registered
from services.mailroom.domain.projects import Project
from services.mailroom.domain.routing import Goal, Table
from services.mailroom.domain.terms import Terms
from services.mailroom.intakes.content.antivirus import ADDRESS, Clamd
from services.mailroom.intakes.mailboxes.options import MailboxOptions, doubled
from services.mailroom.policy_intakes import IntakeTable, options_of
from services.mailroom.policy_projects import SITE, ProjectPolicy, folder_path, half_channels, in_force
from services.mailroom.policy_rules import RoutePolicy, TermPolicy
from services.mailroom.project_file import ProjectFileOptions
from shared.contracts import Contract, nested
from shared.errors import Invalid
from shared.faults import OneOf

_NAME = validate.Length(1, 64)


@dataclass(frozen=True, kw_only=True)
class ProtectedPolicy(Contract):
    """The table [mailroom.protected]: the library of what few may see; *site* None: that of the projects."""

    UNKNOWN: ClassVar[str] = RAISE

    library: Annotated[str, fields.String(validate=validate.Length(min=1))]
    site: Annotated[str | None, fields.String(validate=SITE, allow_none=True)] = None


@dataclass(frozen=True, kw_only=True)
class AntivirusPolicy(Contract):
    """The table [mailroom.antivirus]: where clamd answers."""

    UNKNOWN: ClassVar[str] = RAISE

    address: Annotated[
        str, fields.String(validate=validate.Regexp(ADDRESS, error="Expected tcp://host:port or unix:///path."))
    ]
    deadline_seconds: Annotated[int, fields.Integer(validate=validate.Range(1, 3600))] = 300

    def scanner(self) -> Clamd:
        return Clamd(self.address, timedelta(seconds=self.deadline_seconds))


@dataclass(frozen=True, kw_only=True)
class MailroomPolicy(Contract):
    """The table [mailroom] of hub.toml. *site* is `example.sharepoint.com:/sites/projecten`."""

    UNKNOWN: ClassVar[str] = RAISE

    site: Annotated[str, fields.String(validate=SITE)]
    library: Annotated[str, fields.String(validate=validate.Length(min=1))]
    unclassified: Annotated[str, fields.String(validate=folder_path)] = "Te klasseren"
    set_aside: Annotated[str, fields.String(validate=folder_path)] = "Geannuleerd"
    protected: Annotated[ProtectedPolicy | None, nested(ProtectedPolicy, allow_none=True)] = None
    antivirus: Annotated[AntivirusPolicy | None, nested(AntivirusPolicy, allow_none=True)] = None
    excluded_series: Annotated[list[str], fields.List(fields.String(validate=validate.Length(1, 255)))] = field(
        default_factory=lambda: ["OCMW*", "HR*", "PERS*", "TUCHT*", "GUNNING*"]
    )
    without_project: Annotated[str, fields.String(validate=OneOf("place", ("register", "tray")))] = "register"
    routes: Annotated[list[RoutePolicy], fields.List(nested(RoutePolicy))] = field(default_factory=list)
    terms: Annotated[list[TermPolicy], fields.List(nested(TermPolicy))] = field(default_factory=list)
    closing_days: Annotated[list[date], fields.List(fields.Date())] = field(default_factory=list)
    reminders: Annotated[list[int], fields.List(fields.Integer(validate=validate.Range(-365, 365)))] = field(
        default_factory=lambda: [5, 1, 0, -1]
    )
    intakes: Annotated[
        dict[str, dict[str, Any]],
        fields.Dict(keys=fields.String(validate=_NAME), values=IntakeTable(keys=fields.String())),
    ] = field(default_factory=dict)
    mailboxes: Annotated[
        dict[str, MailboxOptions],
        fields.Dict(keys=fields.String(validate=_NAME), values=nested(MailboxOptions)),
    ] = field(default_factory=dict)
    projects: Annotated[
        dict[str, ProjectPolicy],
        fields.Dict(keys=fields.String(validate=_NAME), values=nested(ProjectPolicy)),
    ] = field(default_factory=dict)
    project_file: Annotated[ProjectFileOptions, nested(ProjectFileOptions)] = field(default_factory=ProjectFileOptions)

    def __post_init__(self) -> None:
        super().__post_init__()
        faults = dict(self._faults())
        if faults:
            raise Invalid("invalid_policy", f"[mailroom]: faulty {', '.join(faults)}", faults)

    def options(self) -> Mapping[str, Contract]:
        """Return the table of every intake, read as its kind wants it."""
        return {name: options_of(table) for name, table in self.intakes.items()}

    def table(self) -> Table:
        return Table(
            routes=[route.route() for route in self.routes],
            excluded=self.excluded_series,
            without_project=Goal(self.without_project),
        )

    def all_terms(self) -> Terms:
        rules = [term.rule() for term in self.terms]
        return Terms(rules=rules, closing_days=frozenset(self.closing_days), reminders=tuple(self.reminders))

    def projects_over(self, imported: Mapping[str, Registered]) -> dict[str, Project]:
        """Return every project: those *imported*, and over them what is said here."""
        return in_force(self.projects, imported)

    def _faults(self) -> Iterator[tuple[str, list[str]]]:
        yield from doubled(self.mailboxes, self.intakes)
        for key, tables in (("intakes", self.intakes), ("mailboxes", self.mailboxes)):
            if PLAN in tables:
                yield f"{key}.{PLAN}", [f"expected another name: '{PLAN}' is the register of projects"]
        yield from half_channels(self.projects)
        for entries, what in ((self.routes, "routes"), (self.terms, "terms")):
            names = [entry.name for entry in entries]
            for at, name in enumerate(names):
                if name in names[:at]:
                    yield f"{what}.{at}.name", [f"expected a name of its own; another has '{name}'"]
        for key, places in (("terms", dict(enumerate(self.terms))), ("projects", self.projects)):
            for place, each in places.items():
                if each.valid_from and each.valid_until and each.valid_until < each.valid_from:
                    yield f"{key}.{place}.valid_until", ["expected a day that is not before valid_from"]
