"""The projects that were imported or told of, and what a newer export changes about them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum

from services.mailroom.domain.projects import Project

PLAN = "projecten"  # the register that the export of the plan follow-up is


@dataclass(frozen=True)
class Registered:
    """A project as its *register* described it last, and what was reported of it since: *title*, whether *closed*."""

    register: str
    told: Project
    title: str | None = None
    closed: bool | None = None

    @property
    def project(self) -> Project:
        """Return the project as it stands: the newest word counts."""
        if self.title is None and self.closed is None:
            return self.told
        title = self.told.title if self.title is None else self.title
        return replace(self.told, title=title, closed=self.told.closed if self.closed is None else self.closed)

    def retold(self, project: Project) -> Registered:
        """Return it as the export tells now: what was reported holds where the export says what it said before."""
        title = self.title if project.title == self.told.title else None
        closed = self.closed if project.closed == self.told.closed else None
        return Registered(PLAN, project, title, closed)

    def reported(self, title: str | None, *, closed: bool) -> Registered:
        return replace(self, title=title if title is not None else self.title, closed=closed)


class What(StrEnum):
    """What becomes of a project."""

    NEW = "new"
    CHANGED = "changed"
    CLOSED = "closed"
    REOPENED = "reopened"


@dataclass(frozen=True)
class Change:
    """One project that is other than it was; *fields* are those that differ."""

    what: What
    after: Registered
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """What an export changes. *gone* are the codes that it has no more: closed, never deleted.

    *is_blocked*: so many are gone that a person must look first.
    """

    changes: tuple[Change, ...]
    gone: tuple[str, ...]
    is_blocked: bool


def difference(
    known: Mapping[str, Registered],
    found: Mapping[str, Project],
    refused: Collection[str],
    *,
    is_whole: bool,
    max_loss: float,
) -> Difference:
    """Return what the projects *found* in an export change about those *known*; what is *refused* stays as it was.

    What is not in an export that is not whole may still be in the plan: it stays too. *max_loss* is the share of the
    open projects of the plan that may be gone at once.
    """
    open_ = [code for code, each in known.items() if each.register == PLAN and not each.project.closed]
    gone = tuple(code for code in open_ if is_whole and code not in found and code not in refused)
    changes = [*_told(known, found), *(_closed(known[code]) for code in gone)]
    return Difference(tuple(changes), gone, len(gone) > max_loss * len(open_))


def _told(known: Mapping[str, Registered], found: Mapping[str, Project]) -> Iterator[Change]:
    for code, project in found.items():
        before = known.get(code)
        if before is None:
            yield Change(What.NEW, Registered(PLAN, project))
            continue
        after = before.retold(project)
        if after != before:
            yield Change(_what(before.project, after.project), after, _differing(before.project, after.project))


def _closed(before: Registered) -> Change:
    return Change(What.CLOSED, Registered(PLAN, replace(before.told, closed=True), before.title), ("closed",))


def _what(before: Project, after: Project) -> What:
    if before.closed == after.closed:
        return What.CHANGED
    return What.CLOSED if after.closed else What.REOPENED


def _differing(before: Project, after: Project) -> tuple[str, ...]:
    names = [each.name for each in fields(Project)]
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))
