"""The rules in hub.toml by which letters go to their folders and get their terms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Annotated, ClassVar

from marshmallow import RAISE, ValidationError, fields, validate

from services.mailroom.domain.letter import CONFIDENTIALITIES, DIRECTIONS
from services.mailroom.domain.routing import Goal, Route
from services.mailroom.domain.terms import Start, TermRule
from shared.contracts import Contract, schema_of
from shared.faults import OneOf, near, unknown

_NAME = validate.Length(1, 64)
_PATTERN = validate.Length(1, 255)
_LIKE_A_PLACE = 0.75  # "trai" and "Tray" are; a code such as "PROJ" is not


class _FitsOne(validate.Validator):
    """A pattern that fits one of *words* at least: a rule that no letter can meet is a slip of the pen."""

    def __init__(self, what: str, words: Iterable[str]) -> None:
        self._what, self._words = what, tuple(words)

    def __call__(self, pattern: str) -> str:
        if not any(fnmatchcase(word, pattern.casefold()) for word in self._words):
            raise ValidationError(unknown(self._what, pattern, self._words))
        return pattern


def _patterns(*validators: validate.Validator) -> fields.List[str]:
    return fields.List(
        fields.String(validate=[_PATTERN, *validators]), validate=validate.Length(min=1), allow_none=True
    )


def _is_no_misspelt_place(to: str) -> None:
    """Refuse what was probably meant as a place: taken for a code, it would send all its letters to the tray."""
    meant = near(to, Goal, cutoff=_LIKE_A_PLACE) if to.isalpha() else None
    if meant not in (None, to):
        raise ValidationError(f"Unknown place '{to}'; did you mean '{meant}'?")


@dataclass(frozen=True, kw_only=True)
class ConditionsPolicy(Contract):
    """The conditions that a route or term may have: patterns of which one must fit. None given: every letter fits."""

    UNKNOWN: ClassVar[str] = RAISE

    direction: Annotated[list[str] | None, _patterns(_FitsOne("direction", DIRECTIONS))] = None
    channel: Annotated[list[str] | None, _patterns()] = None
    document_type: Annotated[list[str] | None, _patterns()] = None
    department: Annotated[list[str] | None, _patterns()] = None
    series: Annotated[list[str] | None, _patterns()] = None
    project: Annotated[list[str] | None, _patterns()] = None
    sender: Annotated[list[str] | None, _patterns()] = None
    confidentiality: Annotated[list[str] | None, _patterns(_FitsOne("confidentiality", CONFIDENTIALITIES))] = None

    def conditions(self) -> dict[str, list[str]]:
        """Return what was given, in the order in which it is looked at."""
        given = {name: getattr(self, name) for name in schema_of(ConditionsPolicy).fields}
        return {name: patterns for name, patterns in given.items() if patterns}


@dataclass(frozen=True, kw_only=True)
class RoutePolicy(ConditionsPolicy):
    """One `[[mailroom.routes]]`. *to*: `project` (the letter's own), `tray`, `register`, `protected`, or a code."""

    name: Annotated[str, fields.String(validate=_NAME)]
    to: Annotated[str, fields.String(validate=[_NAME, _is_no_misspelt_place])]

    def route(self) -> Route:
        return Route(name=self.name, to=self.to, conditions=self.conditions())


@dataclass(frozen=True, kw_only=True)
class TermPolicy(ConditionsPolicy):
    """One `[[mailroom.terms]]`: *days* to answer, counted from the day after *start*."""

    name: Annotated[str, fields.String(validate=_NAME)]
    days: Annotated[int, fields.Integer(validate=validate.Range(1, 3660))]
    extension_days: Annotated[int, fields.Integer(validate=validate.Range(0, 3660))] = 0
    start: Annotated[str, fields.String(validate=OneOf("start", [str(each) for each in Start]))] = "registration"
    working: Annotated[bool, fields.Boolean()] = False
    next_working_day: Annotated[bool, fields.Boolean()] = False
    valid_from: Annotated[date | None, fields.Date(allow_none=True)] = None
    valid_until: Annotated[date | None, fields.Date(allow_none=True)] = None

    def rule(self) -> TermRule:
        return TermRule(
            name=self.name,
            days=self.days,
            extension_days=self.extension_days,
            conditions=self.conditions(),
            start=Start(self.start),
            working=self.working,
            next_working_day=self.next_working_day,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
        )
