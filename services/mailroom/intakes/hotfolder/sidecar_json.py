"""Reads the JSON sidecar of a scan into a record: UTF-8, every key once, no number that JSON does not know."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NoReturn

from shared.errors import Invalid

_DEEPEST = 16  # levels; a record has three


def record_in(content: bytes) -> dict[str, Any]:
    """Return the record, in the shape that record.py reads. Raises: Invalid("unreadable_sidecar")."""
    try:
        found = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise Invalid("unreadable_sidecar", f"sidecar: no JSON in UTF-8: {type(error).__name__}") from error
    if not isinstance(found, dict):
        raise Invalid("unreadable_sidecar", f"sidecar: expected an object, came {type(found).__name__}")
    if _is_deep(found):
        raise Invalid("unreadable_sidecar", f"sidecar: expected at most {_DEEPEST} levels, came more")
    return found


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that stands twice: readers differ on which of them counts, and one may be the secret one."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key stands twice")
    return made


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _is_deep(found: Any) -> bool:
    level = [found]
    for _ in range(_DEEPEST):
        inner = [node.values() if isinstance(node, dict) else node for node in level]
        level = [child for children in inner for child in children if isinstance(child, dict | list)]
        if not level:
            return False
    return True
