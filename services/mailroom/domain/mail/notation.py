"""Finds references however people write them, and gives them as the register does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKENS = re.compile(r"\\.|\[(?:\\.|[^\]\\]){0,200}\]|.")
_SEPARATORS = {"/": "/", "-": "-", "_": "_", r"\.": ".", r"\/": "/", r"\-": "-"}
_ANCHORS = re.compile(r"\^|\\A|\\b|\$|\\Z")
_NUMBER = re.compile(r"(?:\\d|\[0-9\])\{(\d{1,2})\}")
# No space alone: `in 2026 in 12 straten` is no reference.
_WRITTEN_SEPARATOR = r"[ \t]{0,2}[-/_.\u2010-\u2015][ \t]{0,2}"


@dataclass(frozen=True)
class Notation:
    """A pattern such as `\\d{4}/(IN|UIT|INT)/\\d{6}` in all its ways of writing.

    Its separators may be others (`2026-UIT-000987`), the zeros before its last number may be missing (`2026/UIT/987`),
    capitals may be small, and the first two of three parts may be swapped (`uit-2026-000987`, as in Message-IDs).
    """

    exact: re.Pattern[str]
    written: re.Pattern[str]
    separators: tuple[str, ...]
    digits: int  # of the last number; 0: its zeros must be written

    def find(self, text: str) -> Iterator[str]:
        """Return what *text* refers to, as the pattern itself says, in the order of the text, repeats too."""
        for match in self.written.finditer(text):
            canonical = self._canonical(match)
            if canonical is not None:
                yield canonical

    def _canonical(self, match: re.Match[str]) -> str | None:
        groups = match.groupdict()
        order = "a" if groups["a0"] is not None else "b"
        parts = [groups[f"{order}{position}"] for position in range(len(self.separators) + 1)]
        parts[-1] = parts[-1].zfill(self.digits)
        joined = parts[0] + "".join(map("".join, zip(self.separators, parts[1:], strict=True)))
        return next((each for each in (joined, joined.upper()) if self.exact.fullmatch(each)), None)


def notation(pattern: str) -> Notation:
    """Read *pattern*, a regular expression without back references; its anchors mean nothing here.

    Raises: re.error when it is no regular expression.
    """
    core = pattern
    while (anchor := _ANCHORS.match(core)) is not None:
        core = core[anchor.end() :]
    for end in (r"\b", "$", r"\Z"):
        core = core.removesuffix(end)
    parts, separators = _parts(core)
    number = _NUMBER.fullmatch(parts[-1]) if separators else None
    shown = [*parts[:-1], rf"\d{{1,{number[1]}}}" if number else parts[-1]]
    orders = [_order("a", shown, range(len(shown)))]
    if len(shown) > 2:
        orders.append(_order("b", shown, (1, 0, *range(2, len(shown)))))
    return Notation(
        exact=re.compile(core, re.ASCII),  # no digits of other scripts
        written=re.compile(rf"(?<![^\W_])(?<!#)(?:{'|'.join(orders)})(?![^\W_])", re.IGNORECASE),
        separators=tuple(separators),
        digits=int(number[1]) if number else 0,
    )


def _parts(core: str) -> tuple[list[str], list[str]]:
    """Cut *core* at its separators outside brackets; whole when it is more than parts in a row."""
    parts, separators, depth = [""], list[str](), 0
    for piece in _TOKENS.findall(core):
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if depth == 0 and piece in _SEPARATORS:
            separators.append(_SEPARATORS[piece])
            parts.append("")
        elif depth == 0 and (piece == "|" or (separators and not parts[-1] and piece in "?*+{")):
            return [core], []
        else:
            parts[-1] += piece
    return parts, separators


def _order(prefix: str, parts: list[str], positions: range | tuple[int, ...]) -> str:
    return _WRITTEN_SEPARATOR.join(f"(?P<{prefix}{position}>{parts[position]})" for position in positions)
