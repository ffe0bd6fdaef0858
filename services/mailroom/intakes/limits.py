"""What the mailroom takes at most, whatever the way it comes in."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Annotated, ClassVar

from marshmallow import RAISE, fields, validate

from services.mailroom.domain.letter import Letter
from services.mailroom.intakes.content.programs import FORBIDDEN
from shared.contracts import Contract
from shared.errors import Invalid

# SharePoint rewrites Office documents when they arrive, so that what was filed could not be proven.
EXTENSIONS = (".pdf", ".eml", ".tif", ".tiff", ".jpg", ".jpeg", ".png")
_EXTENSION = validate.Regexp(r"^\.[a-z0-9]{1,10}\Z", error="Expected a dot and lower case, as in .pdf.")
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """The limits of one set. *extensions* in lower case, with their dot."""

    max_bytes: int
    max_files: int
    extensions: frozenset[str]

    def check(self, letter: Letter) -> None:
        """Raises: Invalid with the limit that *letter* exceeds."""
        if len(letter.files) > self.max_files:
            raise Invalid(
                "too_many_files", f"letter {letter.kenmerk}: {len(letter.files)} files, at most {self.max_files}"
            )
        if sum(file.size for file in letter.files) > self.max_bytes:
            raise Invalid("too_large", f"letter {letter.kenmerk}: more than {self.max_bytes} bytes")
        if any(PurePath(file.name).suffix.lower() in FORBIDDEN for file in letter.files):
            raise Invalid("forbidden_type", f"letter {letter.kenmerk}: a program, script or archive is no letter")
        if any(PurePath(file.name).suffix.lower() not in self.extensions for file in letter.files):
            allowed = ", ".join(sorted(self.extensions))
            raise Invalid("extension_not_allowed", f"letter {letter.kenmerk}: allowed are {allowed}")


@dataclass(frozen=True, kw_only=True)
class LimitOptions(Contract):
    """What an intake takes at most; every kind has these keys."""

    UNKNOWN: ClassVar[str] = RAISE  # a misspelt key is a fault, not a default

    max_megabytes: Annotated[int, fields.Integer(validate=validate.Range(min=1))] = 250
    max_files: Annotated[int, fields.Integer(validate=validate.Range(min=1))] = 50
    extensions: Annotated[list[str], fields.List(fields.String(validate=_EXTENSION))] = field(
        default_factory=lambda: list(EXTENSIONS)
    )

    def limits(self) -> Limits:
        return Limits(self.max_megabytes * _MEGABYTE, self.max_files, frozenset(self.extensions))
