"""What the organisation says of its export of projects: where it is, its headings and its own words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from marshmallow import RAISE, fields, validate

from shared.contracts import Contract
from shared.faults import OneOf

# Our name of each column, and the heading that it has when nobody says otherwise.
HEADINGS = {
    "code": "code",
    "title": "titel",
    "owner": "eigenaar",
    "service": "dienst",
    "team": "team",
    "channel": "kanaal",
    "site": "site",
    "library": "bibliotheek",
    "folder": "map",
    "valid_from": "geldig van",
    "valid_until": "geldig tot",
    "successors": "opvolgers",
    "confidentiality": "vertrouwelijkheid",
    "status": "status",
}
CLOSED_WORDS = ("afgerond", "afgesloten", "gerealiseerd", "gesloten", "geannuleerd", "stopgezet")


@dataclass(frozen=True, kw_only=True)
class ProjectFileOptions(Contract):
    """The table [mailroom.project_file]. *path* None: projects are imported by hand only."""

    UNKNOWN: ClassVar[str] = RAISE

    path: Annotated[str | None, fields.String(validate=validate.Length(min=1), allow_none=True)] = None
    sheet: Annotated[str | None, fields.String(validate=validate.Length(min=1), allow_none=True)] = None
    columns: Annotated[
        dict[str, str],
        fields.Dict(
            keys=fields.String(validate=OneOf("column", HEADINGS)),
            values=fields.String(validate=validate.Length(min=1)),
        ),
    ] = field(default_factory=dict)
    closed_words: Annotated[list[str], fields.List(fields.String(validate=validate.Length(min=1)))] = field(
        default_factory=lambda: list(CLOSED_WORDS)
    )
    max_loss: Annotated[float, fields.Float(validate=validate.Range(0, 1))] = 0.5

    def headings(self) -> dict[str, str]:
        """Return the heading of each column by our name of it."""
        return {**HEADINGS, **self.columns}

    def is_closed(self, status: str) -> bool:
        """Tell whether *status*, in the organisation's own words, means that the project takes no letters any more."""
        return " ".join(status.split()).casefold() in {" ".join(each.split()).casefold() for each in self.closed_words}
