"""The register of projects: what a letter may be filed under, when, and where that is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any

from marshmallow import fields, validate

from services.mailroom.domain.letter import OPENNESS
from shared.contracts import Contract

_CODE = validate.Length(1, 64)
_TEXT = validate.Length(max=255)
_SUGGESTED = 3


class _Codes(fields.List[str]):
    """Codes, as a tuple: two projects that say the same are equal, wherever they come from."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> Any:
        return tuple(super()._deserialize(*args, **kwargs))


@dataclass(frozen=True, kw_only=True)
class Project(Contract):
    """One project. Its folder is *folder* (a path), the files of *team* and *channel*, or found by its code.

    *valid_from* and *valid_until* are days, both included. *openness* is the most secret that its folder may hold.
    """

    code: Annotated[str, fields.String(validate=_CODE)]
    title: Annotated[str, fields.String(validate=_TEXT)] = ""
    owner: Annotated[str | None, fields.String(validate=_TEXT, allow_none=True)] = None
    service: Annotated[str | None, fields.String(validate=_TEXT, allow_none=True)] = None
    site: Annotated[str | None, fields.String(validate=_TEXT, allow_none=True)] = None
    library: Annotated[str | None, fields.String(validate=_TEXT, allow_none=True)] = None
    folder: Annotated[str | None, fields.String(validate=validate.Length(max=300), allow_none=True)] = None
    team: Annotated[str | None, fields.String(validate=_TEXT, allow_none=True)] = None
    channel: Annotated[str | None, fields.String(validate=_TEXT, allow_none=True)] = None
    valid_from: Annotated[date | None, fields.Date(allow_none=True)] = None
    valid_until: Annotated[date | None, fields.Date(allow_none=True)] = None
    closed: Annotated[bool, fields.Boolean()] = False
    successors: Annotated[tuple[str, ...], _Codes(fields.String(validate=_CODE))] = ()
    openness: Annotated[str, fields.String(validate=validate.OneOf(OPENNESS))] = "intern"

    def is_open(self, day: date) -> bool:
        """Tell whether letters of *day* belong to it without a word."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_until is None or day <= self.valid_until) and not self.closed


def heir(code: str, projects: Mapping[str, Project], day: date) -> Project | None:
    """Return the project that takes the letters of *code* on *day*: itself, or who follows it up.

    One that is closed and has several successors, or none that is open, keeps them itself: nobody chose. None: unknown.
    """
    seen: set[str] = set()
    found = projects.get(code)
    while found is not None and not found.is_open(day) and len(found.successors) == 1 and found.code not in seen:
        seen.add(found.code)
        follower = projects.get(found.successors[0])
        if follower is None:
            break
        found = follower
    if found is not None and not found.is_open(day):
        return projects[code]
    return found


def nearest(code: str, projects: Iterable[str]) -> tuple[str, ...]:
    """Return the codes that were probably meant by *code*, the likeliest first."""
    return tuple(get_close_matches(code.upper(), list(projects), n=_SUGGESTED, cutoff=0.6))
