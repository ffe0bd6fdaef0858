"""Checks contracts of nothing but short texts by hand, for where thousands a second are made: marshmallow takes 40 µs.

It only says what is plainly right. Everything else marshmallow judges, in its own words (shared/contracts.py).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import fields, validate


@dataclass(frozen=True, slots=True)
class Text:
    """What one field asks of its value. *choices* is empty when any text of the right length will do."""

    name: str
    shortest: int
    longest: int
    choices: frozenset[str]
    optional: bool

    def admits(self, value: object) -> bool:
        if value is None:
            return self.optional
        return (
            type(value) is str
            and self.shortest <= len(value) <= self.longest
            and (not self.choices or value in self.choices)
        )


def texts(declared: Mapping[str, fields.Field[Any]]) -> tuple[Text, ...] | None:
    """Return the checks of a schema's fields, or None when there is one that is more than a text."""
    found = [_text(name, field) for name, field in declared.items()]
    return tuple(one for one in found if one) if all(found) else None


def _text(name: str, field: fields.Field[Any]) -> Text | None:
    if type(field) is not fields.String or field.data_key or field.attribute:
        return None
    shortest, longest, choices = 0, sys.maxsize, frozenset[str]()
    for rule in field.validators:
        if type(rule) is validate.Length and rule.equal is None and rule.max != 0:
            shortest, longest = max(shortest, rule.min or 0), min(longest, rule.max or sys.maxsize)
        elif type(rule) is validate.OneOf and not choices:
            choices = frozenset(rule.choices)
        else:
            return None
    return Text(name, shortest, longest, choices, field.allow_none)
