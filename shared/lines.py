"""Where a key stands in a text file that people edit."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any


def line_of(text: str, place: str) -> int:
    """Return the line of the dotted *place* in a TOML text, or of the nearest table above it (1 if none)."""
    wanted = keys_of(tomllib.loads(text), place)
    best, best_depth, table = 1, 0, []
    counts: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*(\[{1,2})([^\]]+)\]", line):
            table = here = _table(header[2], header[1] == "[[", counts)
        elif key := re.match(r"\s*([\w\"'.-]+)\s*=", line):
            here = [*table, *(part.strip("\"'") for part in key[1].split("."))]
        else:
            continue
        if here == wanted[: len(here)] and len(here) > best_depth:
            best, best_depth = number, len(here)
    return best


def _table(header: str, is_entry: bool, counts: dict[tuple[str, ...], int]) -> list[str]:  # noqa: FBT001 - what the brackets say
    """Return the keys that lead to a table, with its number after the name of each array of tables.

    *counts* is the number of the newest entry of each; a header of two brackets begins the next one.
    """
    here: list[str] = []
    parts = [part.strip().strip("\"'") for part in header.split(".")]
    for depth, part in enumerate(parts, start=1):
        here.append(part)
        array = tuple(here)
        if is_entry and depth == len(parts):
            counts[array] = counts.get(array, -1) + 1
        if array in counts:
            here.append(str(counts[array]))
    return here


def keys_of(here: Any, place: str) -> list[str]:
    """Return the keys of *place* in the tables *here*, as people wrote them.

    Without what marshmallow adds, that is: `key` and `value` in a Dict.
    """
    keys = []
    for part in place.split("."):
        if isinstance(here, Mapping) and part in here:
            keys.append(part)
            here = here[part]
        elif isinstance(here, list) and part.isdigit() and int(part) < len(here):
            keys.append(part)
            here = here[int(part)]
        elif part not in ("key", "value"):
            keys.append(part)
            here = None
    return keys
