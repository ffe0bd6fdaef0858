"""What mailroom is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, ClassVar

from marshmallow import RAISE, ValidationError, fields, validate

from services.mailroom.app import create_app
from services.mailroom.domain.places import Project, is_allowed_name
from services.mailroom.handlers import Mailroom, router
from services.mailroom.intakes.hotfolder import HotFolder
from services.mailroom.intakes.limits import Limits
from services.mailroom.store import Filings
from shared.clock import Clock
from shared.contracts import Contract, nested
from shared.graph.auth import Tokens
from shared.graph.client import GraphClient
from shared.graph.drives import Drive, library
from shared.service import Base, Service

# SharePoint rewrites Office documents when they arrive, so that what was filed could not be proven.
_EXTENSIONS = (".pdf", ".eml", ".tif", ".tiff", ".jpg", ".jpeg", ".png")
_MEGABYTE = 1024 * 1024


def _folder(path: str) -> None:
    if not all(is_allowed_name(name) for name in path.split("/")):
        raise ValidationError("Expected folder names that SharePoint takes, with / between them.")


@dataclass(frozen=True, kw_only=True)
class IntakePolicy(Contract):
    """One table [mailroom.intakes.<name>]: a hot folder at *path*, relative to the folder of hub.toml."""

    UNKNOWN: ClassVar[str] = RAISE  # a misspelt key is a fault, not a default

    kind: Annotated[str, fields.String(validate=validate.OneOf(("hotfolder",)))]
    path: Annotated[str, fields.String(validate=validate.Length(min=1))]
    stable_seconds: Annotated[float, fields.Float(validate=validate.Range(min=0))] = 10.0
    max_megabytes: Annotated[int, fields.Integer(validate=validate.Range(min=1))] = 250
    max_files: Annotated[int, fields.Integer(validate=validate.Range(min=1))] = 50
    extensions: Annotated[list[str], fields.List(fields.String(validate=validate.Regexp(r"^\.[a-z0-9]{1,10}\Z")))] = (
        field(default_factory=lambda: list(_EXTENSIONS))
    )

    def build(self, clock: Clock, folder: Path) -> HotFolder:
        limits = Limits(self.max_megabytes * _MEGABYTE, self.max_files, frozenset(self.extensions))
        return HotFolder(folder / self.path, timedelta(seconds=self.stable_seconds), limits, clock)


@dataclass(frozen=True, kw_only=True)
class ProjectPolicy(Contract):
    """One table [mailroom.projects.<code>]: its folder in the library; a *closed* one takes no letters."""

    UNKNOWN: ClassVar[str] = RAISE  # a misspelt key is a fault, not a default

    folder: Annotated[str, fields.String(validate=_folder)]
    closed: Annotated[bool, fields.Boolean()] = False


@dataclass(frozen=True, kw_only=True)
class MailroomPolicy(Contract):
    """The table [mailroom] of hub.toml. *site* is `example.sharepoint.com:/sites/projecten`."""

    UNKNOWN: ClassVar[str] = RAISE  # a misspelt key is a fault, not a default

    site: Annotated[
        str,
        fields.String(
            validate=validate.Regexp(r"^[^/:]+\.[^/:]+:/[^/].*\Z", error="Expected <host>:/<path of the site>.")
        ),
    ]
    library: Annotated[str, fields.String(validate=validate.Length(min=1))]
    unclassified: Annotated[str, fields.String(validate=_folder)] = "Te klasseren"
    intakes: Annotated[
        dict[str, IntakePolicy],
        fields.Dict(keys=fields.String(validate=validate.Length(1, 64)), values=nested(IntakePolicy)),
    ] = field(default_factory=dict)
    projects: Annotated[
        dict[str, ProjectPolicy],
        fields.Dict(keys=fields.String(validate=validate.Length(1, 64)), values=nested(ProjectPolicy)),
    ] = field(default_factory=dict)


POLICY: tuple[str, type[Contract]] = ("mailroom", MailroomPolicy)


def build(base: Base) -> Service:
    """Assemble the mailroom around its outside world."""
    policy = base.policy.section("mailroom", MailroomPolicy)
    graph = GraphClient(base.settings.graph_url, Tokens(base.settings))
    filings = Filings(base.database)

    @cache
    def found() -> Drive:
        return library(graph, policy.site, policy.library)

    world = Mailroom(
        intakes={name: intake.build(base.clock, base.policy.path.parent) for name, intake in policy.intakes.items()},
        library=found,
        filings=filings,
        projects={code: Project(project.folder, project.closed) for code, project in policy.projects.items()},
        unclassified=policy.unclassified,
        clock=base.clock,
    )
    return Service(name="mailroom", router=router, app=create_app(filings), world=world)
