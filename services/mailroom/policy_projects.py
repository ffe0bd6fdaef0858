"""What hub.toml says of projects itself: its word stands above that of any import."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, ClassVar

from marshmallow import RAISE, ValidationError, fields, validate

from services.mailroom.domain.letter import OPENNESS
from services.mailroom.domain.places import is_allowed_name
from services.mailroom.domain.plan import Registered
from services.mailroom.domain.projects import Project
from shared.contracts import Contract
from shared.faults import OneOf

SITE = validate.Regexp(r"^[^/:]+\.[^/:]+:/[^/].*\Z", error="Expected <host>:/<path of the site>.")
_CODE = validate.Length(1, 64)
_TEXT = fields.String(validate=validate.Length(1, 255), allow_none=True)
_PLACE = ("site", "library", "folder", "team", "channel")


def folder_path(path: str) -> None:
    """Refuse a path that SharePoint would."""
    if not all(is_allowed_name(name) for name in path.split("/")):
        raise ValidationError("Expected folder names that SharePoint takes, with / between them.")


@dataclass(frozen=True, kw_only=True)
class ProjectPolicy(Contract):
    """One table [mailroom.projects.<code>]. What is None is as an import has it, or else as in Project."""

    UNKNOWN: ClassVar[str] = RAISE

    title: Annotated[str | None, fields.String(validate=validate.Length(max=255), allow_none=True)] = None
    owner: Annotated[str | None, _TEXT] = None
    service: Annotated[str | None, _TEXT] = None
    site: Annotated[str | None, fields.String(validate=SITE, allow_none=True)] = None
    library: Annotated[str | None, _TEXT] = None
    folder: Annotated[str | None, fields.String(validate=[validate.Length(1, 300), folder_path], allow_none=True)] = (
        None
    )
    team: Annotated[str | None, _TEXT] = None
    channel: Annotated[str | None, _TEXT] = None
    valid_from: Annotated[date | None, fields.Date(allow_none=True)] = None
    valid_until: Annotated[date | None, fields.Date(allow_none=True)] = None
    closed: Annotated[bool | None, fields.Boolean(allow_none=True)] = None
    successors: Annotated[list[str] | None, fields.List(fields.String(validate=_CODE), allow_none=True)] = None
    confidentiality: Annotated[
        str | None, fields.String(validate=OneOf("confidentiality", OPENNESS), allow_none=True)
    ] = None

    def over(self, project: Project) -> Project:
        """Return *project* with what is said here. A place is said as a whole: one key of it replaces the others."""
        said = {key: value for key, value in vars(self).items() if value is not None}
        if said.keys() & set(_PLACE):
            said = {**dict.fromkeys(_PLACE), **said}
        if "successors" in said:
            said["successors"] = tuple(said["successors"])
        if "confidentiality" in said:
            said["openness"] = said.pop("confidentiality")
        return replace(project, **said)


def half_channels(own: Mapping[str, ProjectPolicy]) -> Iterator[tuple[str, list[str]]]:
    """Yield the place of each team without its channel, or channel without its team."""
    for code, said in own.items():
        if bool(said.team) != bool(said.channel):
            given = "team" if said.team else "channel"
            yield f"projects.{code}.{given}", ["expected the ids of team and channel together"]


def in_force(own: Mapping[str, ProjectPolicy], imported: Mapping[str, Registered]) -> dict[str, Project]:
    """Return all projects: those imported, and over them what hub.toml says."""
    projects = {code: each.project for code, each in imported.items()}
    return projects | {code: said.over(projects.get(code) or Project(code=code)) for code, said in own.items()}
