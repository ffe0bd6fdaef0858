"""Reads the people file: JSON, or CSV for who keeps it in a spreadsheet. Every fault with its line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.timesync.people import ClosureRow, PeopleFile, PersonRow
from services.timesync.people_checks import Known, contradictions
from services.timesync.people_csv import read_csv
from shared.contracts import schema_of
from shared.errors import Invalid
from shared.faults import Fault, Unusable, near

_SPREADSHEETS = (".csv", ".txt")
_NEARLY = 0.8  # how much a key must look like one of ours: others are the organisation's own
_ANY = Known()
_BLANK = " \t\r\n"
_JSON = json.JSONDecoder()


@dataclass(frozen=True)
class _Text:
    """A people file before it is believed. *line_of* finds a dotted place; *faults* were found while it was read."""

    raw: Any
    line_of: Callable[[str], int]
    faults: tuple[Fault, ...] = ()


def read_people(path: Path) -> PeopleFile:
    """Read the people file, whatever systems and services there are.

    Raises: as `people_in`.
    """
    return people_in(path.name, content_of(path))


def content_of(path: Path) -> bytes | None:
    """Return the bytes of *path*, None when they cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def people_in(name: str, content: bytes | None, known: Known = _ANY) -> PeopleFile:
    """Return what the *content* of the people file *name* says; None: there is no such file.

    Raises: Unusable with every fault, its line and what was probably meant; never with the name of a person.
    """
    if content is None:
        expected = "expected a file that can be read; put it back, or name another one as 'people' in [timesync]"
        raise _unusable(name, [Fault(name, 0, "", expected)])
    text = _text(name, content)
    faults = [*text.faults]
    file: PeopleFile | None = None
    try:
        file = PeopleFile.load(text.raw)
    except Invalid as error:
        faults += [Fault(name, text.line_of(place), place, " ".join(wrong)) for place, wrong in error.fields.items()]
    found = [*_misspelt(text.raw), *(contradictions(file, known) if file and not faults else ())]
    faults += [Fault(name, text.line_of(place), place, expected) for place, expected in found]
    if file is None or faults:
        raise _unusable(name, faults)
    return file


def _unusable(name: str, faults: list[Fault]) -> Unusable:
    return Unusable("invalid_people", name, faults)


def _text(name: str, content: bytes) -> _Text:
    if name.lower().endswith(_SPREADSHEETS):
        sheet = read_csv(name, content)
        return _Text({"people": sheet.people}, sheet.line_of, sheet.faults)
    try:
        text = content.decode("utf-8-sig")
        return _Text(json.loads(text), lambda place: _line_in(text, place))
    except json.JSONDecodeError as error:
        raise _unusable(name, [Fault(name, error.lineno, "", f"expected JSON: {error.msg}")]) from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _unusable(name, [Fault(name, line, "", "expected text in UTF-8")]) from error


def _misspelt(raw: Any) -> Iterator[tuple[str, str]]:
    """Yield the keys that nearly are one of ours: what they hold would have no effect."""
    tables = {"people": PersonRow, "closures": ClosureRow}
    yield from _nearly(raw, schema_of(PeopleFile).fields, "")
    for name, contract in tables.items():
        ours = {each.data_key or key: each for key, each in schema_of(contract).fields.items()}
        rows = raw.get(name) if isinstance(raw, Mapping) else ()
        for at, row in enumerate(rows if isinstance(rows, list) else ()):
            yield from _nearly(row, ours, f"{name}.{at}.")


def _nearly(row: Any, ours: Mapping[str, object], place: str) -> Iterator[tuple[str, str]]:
    for key in row if isinstance(row, Mapping) else ():
        meant = None if key in ours else near(key, ours, cutoff=_NEARLY)
        if meant and meant not in row:
            yield f"{place}{key}", f"Unknown key; did you mean '{meant}'?"


def _line_in(text: str, place: str) -> int:
    """Return the line of the dotted *place* in a JSON text, or of what it would stand in."""
    return text.count("\n", 0, _position(text, _skip(text, 0), place.split("."))) + 1


def _position(text: str, at: int, keys: list[str]) -> int:
    """Return where the value of *keys* in the value at *at* begins; *at* when there is none."""
    if not keys or text[at] not in "{[":
        return at
    is_object, number, here = text[at] == "{", 0, _skip(text, at + 1)
    while text[here] not in "}]":
        key = str(number)
        if is_object:
            key, here = _JSON.raw_decode(text, here)
            here = _skip(text, _skip(text, here) + 1)
        if key == keys[0]:
            return _position(text, here, keys[1:])
        here = _skip(text, _JSON.raw_decode(text, here)[1])
        number, here = number + 1, _skip(text, here + (text[here] == ","))
    return _position(text, at, keys[1:]) if keys[0] in ("key", "value") else at


def _skip(text: str, at: int) -> int:
    while text[at] in _BLANK:
        at += 1
    return at
