"""Where a letter belongs: the first rule that matches decides, and every decision can say why.

Pure and repeatable: the same facts, rules and projects give the same decision, so that a changed rule can be tried out
on the letters of last year.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Annotated

from marshmallow import fields

from services.mailroom.domain.letter import CONFIDENTIAL, Letter
from services.mailroom.domain.projects import Project, heir, nearest
from shared.contracts import Contract

_TEXT = fields.String(allow_none=True)


class Goal(StrEnum):
    """What becomes of a letter."""

    PROJECT = "project"  # filed in the folder of its project
    TRAY = "tray"  # filed where the mail team sorts out what no rule files
    REGISTER = "register"  # stays in the register: nothing is filed
    PROTECTED = "protected"  # filed in the protected library, if there is one; never in a project folder


@dataclass(frozen=True, kw_only=True)
class Facts(Contract):
    """What rules may ask of a letter. No name, no subject: it is kept with the letter, to try rules on.

    *sender* is the mail domain of an organisation.
    """

    direction: Annotated[str, fields.String()]
    confidentiality: Annotated[str, fields.String()]
    series: Annotated[str, fields.String()]
    day: Annotated[date, fields.Date()]
    channel: Annotated[str | None, _TEXT] = None
    document_type: Annotated[str | None, _TEXT] = None
    department: Annotated[str | None, _TEXT] = None
    project: Annotated[str | None, _TEXT] = None
    sender: Annotated[str | None, _TEXT] = None

    @classmethod
    def of(cls, letter: Letter) -> Facts:
        return cls(
            direction=letter.direction,
            confidentiality=letter.confidentiality,
            series=letter.series,
            day=letter.day,
            channel=letter.channel,
            document_type=letter.document_type,
            department=letter.department_code or letter.department,
            project=letter.project,
            sender=letter.sender_domain,
        )


@dataclass(frozen=True, kw_only=True)
class Route:
    """One line of the routing table. Each condition is a list of patterns (`FIN.*`) of which one must fit.

    *to* is a goal, or the code of a project; capitals make no difference in a condition.
    """

    name: str
    to: str
    conditions: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def misfit(self, facts: Facts) -> tuple[str, str] | None:
        """Return the first condition that does not fit and what the letter says there; None: the rule matches."""
        for name, patterns in self.conditions.items():
            value = getattr(facts, name) or ""
            if not any(fnmatchcase(value.casefold(), pattern.casefold()) for pattern in patterns):
                return name, value
        return None


@dataclass(frozen=True)
class Step:
    """What one rule said of a letter. *condition* and *value* are why it did not match."""

    rule: str
    matched: bool
    condition: str = ""
    value: str = ""


@dataclass(frozen=True)
class Decision:
    """Where a letter goes. *reason* says why it is not in a project; *steps* how that was found."""

    goal: Goal
    rule: str
    project: Project | None = None
    reason: str | None = None
    suggestions: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def is_overdue_project(self) -> bool:
        """Tell whether it is filed under a project that is closed: its owner is told."""
        return self.reason == "project_closed"


# The rules that stand behind those of the organisation, in this order.
CHOSEN, SECRET, EXCLUDED, OWN_PROJECT = "gekozen", "vertrouwelijk", "uitgesloten-reeks", "projectcode"
NO_PROJECT = "zonder-projectcode"
_SECRETS = {SECRET: "confidential", EXCLUDED: "excluded_series"}
_PLACES = (Goal.TRAY, Goal.REGISTER, Goal.PROTECTED)


@dataclass(frozen=True, kw_only=True)
class Table:
    """The routing table: what the organisation wrote, and what holds whatever it wrote.

    *excluded* are patterns of series that never come in a project folder. *without_project* is where a letter goes that
    names none and that no route takes.
    """

    routes: Sequence[Route] = ()
    excluded: Sequence[str] = ()
    without_project: Goal = Goal.REGISTER

    def decide(self, facts: Facts, projects: Mapping[str, Project], chosen: str | None = None) -> Decision:
        """Return where a letter with *facts* goes; *chosen* is the project that a person chose for it."""
        steps = tuple(self._steps(facts))
        last = steps[-1].rule
        if last in _SECRETS:
            return Decision(Goal.PROTECTED, last, reason=_SECRETS[last], steps=steps)
        if chosen:
            return _in_project(chosen, CHOSEN, facts, projects, (*steps[:2], Step(CHOSEN, matched=True)))
        route = next((route for route in self.routes if route.name == last), None)
        if route is not None and route.to in _PLACES:
            return Decision(Goal(route.to), route.name, reason="by_rule", steps=steps)
        code = facts.project if route is None or route.to == Goal.PROJECT else route.to
        if code is None:
            goal = self.without_project if route is None else Goal.TRAY
            return Decision(goal, last, reason="no_project", steps=steps)
        return _in_project(code, last, facts, projects, steps)

    def _steps(self, facts: Facts) -> Iterator[Step]:
        """Yield what each rule says, up to the first that matches."""
        is_secret = facts.confidentiality in CONFIDENTIAL
        yield Step(SECRET, is_secret, "confidentiality", facts.confidentiality)
        if is_secret:
            return
        is_excluded = any(fnmatchcase(facts.series.casefold(), each.casefold()) for each in self.excluded)
        yield Step(EXCLUDED, is_excluded, "series", facts.series)
        if is_excluded:
            return
        for route in self.routes:
            misfit = route.misfit(facts)
            yield Step(route.name, misfit is None, *(misfit or ("", "")))
            if misfit is None:
                return
        has_code = facts.project is not None
        yield Step(OWN_PROJECT, has_code, "project", facts.project or "")
        if not has_code:
            yield Step(NO_PROJECT, matched=True)


def _in_project(code: str, rule: str, facts: Facts, projects: Mapping[str, Project], steps: Sequence[Step]) -> Decision:
    """Return the decision for project *code*; an unknown one is never believed, and never leads to a new folder."""
    project = heir(code, projects, facts.day)
    if project is None:
        near = nearest(code, [each for each, known in projects.items() if known.is_open(facts.day)])
        return Decision(Goal.TRAY, rule, reason="unknown_project", suggestions=near, steps=tuple(steps))
    if project.openness == "openbaar" and facts.confidentiality != "openbaar":
        return Decision(Goal.TRAY, rule, reason="project_too_open", suggestions=(), steps=tuple(steps))
    reason = None if project.is_open(facts.day) else "project_closed"
    return Decision(Goal.PROJECT, rule, project, reason, project.successors if reason else (), tuple(steps))
