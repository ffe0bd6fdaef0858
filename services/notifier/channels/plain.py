"""A card in words, for channels that show no cards: plain text, HTML that reads well aloud, and its parts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from services.notifier.channels.base import Card
from shared.errors import Permanent

LARGEST = 28 * 1024  # bytes of words, as many as Teams takes of a card: who writes more writes no notice

_ESCAPED = re.compile(r"\\([\\`*\[\]~_\-+#.)>])")  # what the templates put a backslash before
_WEB = ("https://", "http://")


@dataclass(frozen=True)
class Text:
    """A paragraph, or a heading among the paragraphs."""

    words: str
    is_heading: bool = False


@dataclass(frozen=True)
class Fact:
    """A name and its value: `Kenmerk`, `2026/IN/001234`."""

    name: str
    value: str


@dataclass(frozen=True)
class Link:
    """Words that make sense alone, and where they lead."""

    words: str
    url: str


@dataclass(frozen=True)
class Reading:
    """What a card says, in its order. *id* is the notice's."""

    id: str
    title: str
    parts: tuple[Text | tuple[Fact, ...], ...]
    links: tuple[Link, ...]

    @property
    def facts(self) -> tuple[Fact, ...]:
        return tuple(fact for part in self.parts if not isinstance(part, Text) for fact in part)

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(part.words for part in self.parts if isinstance(part, Text))

    def text(self) -> str:
        """Return all but the title as plain text: a line for each paragraph, fact and link."""
        return "\n".join([*(line for part in self.parts for line in _lines(part)), *map(_link_line, self.links)])

    def html(self) -> str:
        """Return a page in Dutch: headings, paragraphs, facts as a table with row headings, links with words."""
        body = [f"<h1>{escape(self.title)}</h1>", *map(_html, self.parts)]
        body += [f'<p><a href="{escape(link.url)}">{escape(link.words)}</a></p>' for link in self.links]
        head = f'<meta charset="utf-8"><title>{escape(self.title)}</title>'
        return f'<!DOCTYPE html><html lang="nl"><head>{head}</head><body>{"".join(body)}</body></html>'


def read(card: Card) -> Reading:
    """Return what *card* says.

    Raises: Permanent("card_too_large").
    """
    title = str(card["fallbackText"])
    parts = [_part(element) for element in card["body"]]
    if parts and isinstance(parts[0], Text) and parts[0].is_heading:
        del parts[0]  # the title again, as a card shows it
    reading = Reading(str(card["id"]), title, tuple(parts), tuple(_links(card)))
    size = len(f"{title}\n{reading.text()}".encode())
    if size > LARGEST:
        raise Permanent("card_too_large", f"card {reading.id} has {size} bytes of words, expected at most {LARGEST}")
    return reading


def _part(element: Any) -> Text | tuple[Fact, ...]:
    """Return one element of a card's body; templates/cards.py makes these two kinds."""
    if element["type"] == "FactSet":
        return tuple(Fact(fact["title"], _unescaped(fact["value"])) for fact in element["facts"])
    return Text(_unescaped(element["text"]), is_heading=element.get("style") == "heading")


def _links(card: Card) -> Iterator[Link]:
    for action in card.get("actions", ()):
        if str(action["url"]).startswith(_WEB):  # nothing else is a place that a reader may be sent to
            yield Link(action["title"], action["url"])


def _unescaped(words: str) -> str:
    return _ESCAPED.sub(r"\1", words)


def _lines(part: Text | tuple[Fact, ...]) -> list[str]:
    return [part.words] if isinstance(part, Text) else [f"{fact.name}: {fact.value}" for fact in part]


def _link_line(link: Link) -> str:
    return f"{link.words}: {link.url}"


def _html(part: Text | tuple[Fact, ...]) -> str:
    if isinstance(part, Text):
        tag = "h2" if part.is_heading else "p"
        return f"<{tag}>{escape(part.words)}</{tag}>"
    rows = (
        f'<tr><th scope="row" align="left">{escape(fact.name)}</th><td>{escape(fact.value)}</td></tr>' for fact in part
    )
    return f"<table>{''.join(rows)}</table>"
