"""The parts of an Adaptive Card that reads well aloud: heading, facts, button texts that make sense alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from services.notifier.channels.base import Card
from shared.clock import BRUSSELS

Part = Mapping[str, Any]  # an element of a card, e.g. {"type": "TextBlock", "text": "…", "wrap": true}

# https://learn.microsoft.com/en-us/adaptive-cards/authoring-cards/text-features
_MARKDOWN = re.compile(r"[\\`*\[\]~]|(?<!\w)_|_(?!\w)")  # an underscore within a word means nothing
_LIST_OR_HEADING = re.compile(r"^(\d*)([-+#.)](?=\s|$)|>)")


def card(
    notice_id: str, title: str, body: Sequence[Mapping[str, Any]], actions: Sequence[Mapping[str, Any]] = ()
) -> Card:
    """Return a card. *title* is plain text; it is also what a client without cards, or a notification, shows."""
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.5",
        "id": notice_id,
        "lang": "nl",
        "fallbackText": title,
        "body": [heading(title), *body],
        "actions": list(actions),
    }


def heading(title: str) -> Mapping[str, Any]:
    return text(title) | {"style": "heading", "size": "Large", "weight": "Bolder"}


def text(words: str) -> dict[str, Any]:
    return {"type": "TextBlock", "text": escaped(words), "wrap": True}


def facts(pairs: Mapping[str, str]) -> Mapping[str, Any]:
    """Return the pairs that have a value, in their order."""
    return {
        "type": "FactSet",
        "facts": [{"title": name, "value": escaped(value)} for name, value in pairs.items() if value],
    }


def opening(title: str, url: str) -> Mapping[str, Any]:
    """Return a button that opens *url*."""
    return {"type": "Action.OpenUrl", "title": title, "url": url}


def escaped(words: str) -> str:
    """Return *words* on one line, so that a client shows them as they are: no Markdown, no date functions."""
    line = _MARKDOWN.sub(r"\\\g<0>", " ".join(words.split())).replace("{{", "{ {")
    return _LIST_OR_HEADING.sub(r"\1\\\2", line)


def day(value: date | None) -> str:
    """Write a day as 18/11/2026, and none as nothing."""
    return f"{value:%d/%m/%Y}" if value else ""


def moment(value: datetime) -> str:
    """Write a moment as 18/11/2026 om 09.42 uur, in local time."""
    return f"{value.astimezone(BRUSSELS):%d/%m/%Y om %H.%M uur}"
