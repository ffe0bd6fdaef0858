"""Turns the HTML of a mail into text, in linear time; nothing that it refers to is fetched.

The standard library's HTMLParser needs quadratic time for what is never closed
(https://github.com/python/cpython/issues/135462), markupsafe's striptags for many comments, and it joins all lines.
This text is for searching, not for showing: a tag that is written wrongly may leave a trace.
"""

from __future__ import annotations

import html
import re

_SILENT = ("script", "style", "template", "title")
_BLOCKS = re.compile(
    r"/?(?:address|article|blockquote|br|d[dlt]|div|footer|form|h[1-6]|header|hr|li|ol|p|pre|section|table|t[dhr]|ul)"
)
_TAG_NAME = re.compile(r"/?[a-z][a-z0-9]{0,20}", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\n\f\xa0]+")
_QUOTE_DEPTH = 50


def html_to_text(source: str) -> str:
    """Return the text of *source*, a block a line, a quoted block with `> ` before its lines as in a plain mail."""
    first, *pieces = source.split("<")
    lines = _Lines()
    lines.write(first)
    until = ""  # what ends the comment or silent element that we are in
    for piece in pieces:
        until = until or _opened(piece)
        if not until:
            _read(piece, lines)
        elif (rest := _behind(until, piece)) is not None:
            until = ""
            lines.write(rest)
    return lines.text()


class _Lines:
    """Text as it grows; *depth* counts the quoted blocks that are open."""

    def __init__(self) -> None:
        self.depth = 0
        self._done: list[str] = []
        self._line: list[str] = []

    def write(self, text: str) -> None:
        self._line.append(text)

    def end(self) -> None:
        text = _SPACES.sub(" ", _unescaped("".join(self._line))).strip()
        self._line.clear()
        if text:
            self._done.append("> " * min(self.depth, _QUOTE_DEPTH) + text)

    def text(self) -> str:
        self.end()
        return "\n".join(self._done)


def _opened(piece: str) -> str:
    if piece.startswith("!--"):
        return "-->"
    name = _TAG_NAME.match(piece)
    return f"/{name[0].lower()}" if name and name[0].lower() in _SILENT else ""


def _behind(until: str, piece: str) -> str | None:
    """Return the text after the end *until*, None if it is not in *piece*."""
    if until == "-->":
        return piece.partition(until)[2] if until in piece else None
    return piece.partition(">")[2] if piece[: len(until)].lower() == until else None


def _read(piece: str, lines: _Lines) -> None:
    """Read one tag and the text behind it; a `<` that begins no tag is text."""
    name = _TAG_NAME.match(piece)
    if not name and not piece.startswith(("!", "?")):
        lines.write("<" + piece)
        return
    tag = name[0].lower() if name else ""
    if _BLOCKS.fullmatch(tag):
        lines.end()
    if tag == "blockquote":
        lines.depth += 1
    elif tag == "/blockquote":
        lines.depth = max(0, lines.depth - 1)
    lines.write(piece.partition(">")[2])


def _unescaped(text: str) -> str:
    try:
        return html.unescape(text)
    except ValueError:  # a character number of more digits than Python reads
        return text
