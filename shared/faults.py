"""Faults in the files that people keep: where each stands, what was expected there, and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from marshmallow import validate

from shared.errors import Invalid

_LONGEST_SHOWN = 50  # characters of a wrong word: enough to find it


@dataclass(frozen=True)
class Fault:
    """One thing to mend. *line* 0 is the file as a whole; *place* is dotted: `timesync.codes.JV`."""

    file: str
    line: int
    place: str
    expected: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where} {self.place}: {self.expected}" if self.place else f"{where}: {self.expected}"


class Unusable(Invalid):
    """A file that cannot be used. *faults* are all of them, in the order of the lines."""

    def __init__(self, reason: str, what: str, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.file, fault.line, fault.place)))
        listed = "\n".join(f"  {fault}" for fault in self.faults)
        super().__init__(reason, f"{what} is not usable:\n{listed}", _by_place(self.faults))


def _by_place(faults: Sequence[Fault]) -> dict[str, list[str]]:
    places: dict[str, list[str]] = {}
    for fault in faults:
        places.setdefault(fault.place, []).append(fault.expected)
    return places


def near(wrong: str, allowed: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Return the word of *allowed* that was probably meant, None when there is none. Capitals make no difference."""
    words = {word.casefold(): word for word in allowed}
    found = get_close_matches(wrong.casefold(), words, n=1, cutoff=cutoff)
    return words[found[0]] if found else None


def proposal(wrong: str, allowed: Iterable[str]) -> str:
    """Say what was probably meant by *wrong*, or else all that may stand there."""
    words = list(allowed)
    meant = near(wrong, words)
    if meant is not None:
        return f"did you mean '{meant}'?"
    return f"expected one of {', '.join(words)}" if words else "there are none"


def unknown(what: str, wrong: object, allowed: Iterable[str], *, repeated: bool = True) -> str:
    """Say that *wrong* is no *what*, with a proposal. What may be the name of a person is not *repeated*."""
    word = str(wrong)[:_LONGEST_SHOWN]
    named = f"{what} '{word}'" if repeated else what
    return f"Unknown {named}; {proposal(word, allowed)}"


class OneOf(validate.OneOf):
    """One of *choices*; anything else is refused as an unknown *what*, with a proposal."""

    def __init__(self, what: str, choices: Iterable[str], *, repeated: bool = True) -> None:
        super().__init__(tuple(choices))
        self._what = what
        self._repeated = repeated

    def _format_error(self, value: Any) -> str:
        return unknown(self._what, value, map(str, self.choices), repeated=self._repeated)
