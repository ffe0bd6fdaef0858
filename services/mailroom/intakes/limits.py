"""What the mailroom takes at most, whatever the way it comes in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from services.mailroom.domain.letter import Letter
from services.mailroom.intakes.programs import FORBIDDEN
from shared.errors import Invalid


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
