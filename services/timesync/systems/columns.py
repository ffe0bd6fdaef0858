"""Which columns a row has, what the organisation calls them, and its own words in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated

from marshmallow import RAISE, fields, validate

from services.timesync.domain.records import Part
from shared.contracts import Contract
from shared.errors import Invalid

COLUMNS = ("request", "employee", "code", "first", "last", "part", "starts", "ends", "status", "changed")
MAY_LACK = ("request", "part", "starts", "ends", "changed")

_STATES = ("approved", "requested", "rejected", "cancelled")


@dataclass(frozen=True, kw_only=True)
class RowOptions(Contract):
    """What the organisation says of its rows: their headings, the columns they lack, and its own words."""

    UNKNOWN = RAISE
    columns: Annotated[
        dict[str, str],
        fields.Dict(keys=fields.String(validate=validate.OneOf(COLUMNS)), values=fields.String()),
    ] = field(default_factory=dict)
    without: Annotated[list[str], fields.List(fields.String(validate=validate.OneOf(MAY_LACK)))] = field(
        default_factory=list
    )
    approved_only: Annotated[bool, fields.Boolean()] = False
    parts: Annotated[
        dict[str, str],
        fields.Dict(keys=fields.String(), values=fields.String(validate=validate.OneOf([*map(str, Part)]))),
    ] = field(default_factory=dict)
    states: Annotated[
        dict[str, str],
        fields.Dict(keys=fields.String(), values=fields.String(validate=validate.OneOf(_STATES))),
    ] = field(default_factory=dict)

    def headings(self, usual: Mapping[str, str]) -> dict[str, str]:
        """Return the heading of every column that has to be there."""
        lacking = {*self.without, "status"} if self.approved_only else {*self.without}
        return {ours: theirs for ours, theirs in {**usual, **self.columns}.items() if ours not in lacking}


def positions(header: Iterable[str], headings: Mapping[str, str], place: str) -> dict[str, int]:
    """Return where each of *headings* (our name → theirs) stands. Capitals and spaces make no difference.

    Raises: Invalid naming those that are missing or stand there twice.
    """
    there = [_plain(heading) for heading in header]
    wrong = [theirs for theirs in headings.values() if there.count(_plain(theirs)) != 1]
    if wrong:
        # Not what came instead: if there are no headings, the first row is about a person.
        raise Invalid(
            "unexpected_columns",
            f"{place}: expected the columns {_listed(headings.values())}, each once; missing or double: "
            f"{_listed(wrong)}. Give theirs in 'columns', and what they do not have in 'without'",
        )
    return {ours: there.index(_plain(theirs)) for ours, theirs in headings.items()}


def _plain(heading: str) -> str:
    return " ".join(heading.split()).casefold()


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
