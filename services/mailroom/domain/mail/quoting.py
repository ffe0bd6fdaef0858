"""Where a mail stops being its writer's own words: what mail programs put before the mail they answer or forward."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

# The words of Outlook, Gmail, Apple Mail and Thunderbird in Dutch, French and English:
# https://github.com/crisp-oss/email-forward-parser
_LABELS = {
    "from": ("van", "from", "de", "expéditeur"),
    "sent": ("verzonden", "verzonden op", "datum", "sent", "date", "envoyé", "envoyé le"),
    "subject": ("onderwerp", "subject", "objet", "sujet"),
}
_KINDS = {label: kind for kind, labels in _LABELS.items() for label in labels}
_LABELLED = re.compile(
    r"([^\W\d_]{2,12}(?: (?:op|le))?)\*{0,2}[ \xa0]{0,2}:\*{0,2}[ \t\xa0]{0,9}(.{0,500})", re.IGNORECASE
)
_BEFORE, _AFTER = 4, 9  # lines around `Van:` within which date and subject stand; Thunderbird has them before
_LINE_LENGTH = 600  # characters of a line that are looked at

_SEPARATOR = re.compile(
    r"-{2,40} ?(?:oorspronkelijk bericht|doorgestuurd bericht|original message|forwarded message"
    r"|message d['’]origine|message original|message transféré) ?-{2,40}"
    r"|begin (?:doorgestuurd bericht|forwarded message) ?:|début du message (?:réexpédié|transféré) ?:|_{20,80}$",
    re.IGNORECASE,
)
_ATTRIBUTION = re.compile(r"(?:op|on|le) .{1,250}(?:schreef|wrote|a écrit)(?: .{0,150})? ?:$", re.IGNORECASE)


@dataclass(frozen=True)
class HeaderBlock:
    """The headers of a quoted mail: the line where they begin, and what follows `Van:`."""

    line: int
    sender: str = field(repr=False)


@dataclass(frozen=True)
class Words:
    """A text in two: its writer's *own* words and what is *quoted*."""

    own: str = field(repr=False)
    quoted: str = field(repr=False)


def header_blocks(lines: Sequence[str]) -> Iterator[HeaderBlock]:
    """Return the header blocks in *lines*, the latest mail first. `Van:` needs a date and subject around it."""
    labelled = [_LABELLED.match(_bare(line)) for line in lines]
    kinds = [_KINDS.get(found[1].lower()) if found else None for found in labelled]
    for number, found in enumerate(labelled):
        first = max(0, number - _BEFORE)
        if found and kinds[number] == "from" and {"sent", "subject"} <= set(kinds[first : number + _AFTER]):
            yield HeaderBlock(number, found[2].strip())


def words(text: str, *, is_forward: bool = False) -> Words:
    """Divide *text*. Of a forward the mail that it forwards is its own, quoted is what that one quotes."""
    lines = text.split("\n")
    marks = _marks(lines)
    if is_forward:
        marks = marks[1:]
    end = marks[0] if marks else len(lines)
    quote = (">>", "> >") if is_forward else (">",)
    own = [line for line in lines[:end] if not line.startswith(quote)]
    quoted = [line for line in lines[:end] if line.startswith(quote)]
    return Words("\n".join(own), "\n".join(quoted + lines[end:]))


def _marks(lines: Sequence[str]) -> list[int]:
    """Return the lines where a quoted mail begins; its separator and its headers are one beginning."""
    found = sorted({*(block.line for block in header_blocks(lines)), *_separators(lines)})
    return [line for position, line in enumerate(found) if position == 0 or line - found[position - 1] > _AFTER]


def _separators(lines: Sequence[str]) -> Iterator[int]:
    for number, line in enumerate(lines):
        bare = _bare(line)
        if _SEPARATOR.match(bare) or (_is_attribution(bare, lines, number) and not _is_quoted_below(lines, number)):
            yield number


def _is_attribution(bare: str, lines: Sequence[str], number: int) -> bool:
    """Tell whether `Op … schreef …:` begins at *number*; mail programs break that line in two."""
    following = _bare(lines[number + 1]) if number + 1 < len(lines) else ""
    return bool(_ATTRIBUTION.match(bare) or _ATTRIBUTION.match(f"{bare} {following}"))


def _is_quoted_below(lines: Sequence[str], number: int) -> bool:
    """Tell whether `>` marks what is quoted, so that the answer may stand below it."""
    return any(line.startswith(">") for line in lines[number + 1 : number + 4])


def _bare(line: str) -> str:
    return line[:_LINE_LENGTH].strip("> \t\r\xa0").lstrip("*")
