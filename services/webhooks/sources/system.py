"""A configured system: its scheme proves a delivery; its absence system and the rules say what it means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from services.webhooks.sources.base import Delivery, Payload, Scheme, Told
from shared.events import AbsencesHinted, Event

Meaning = Callable[
    [Any, str], Sequence[tuple[str, Event]]
]  # (document, repeat key) → (rule, event) of each that matches


class System:
    """The source *name*. With *absences*, each delivery is a hint to read that absence system."""

    def __init__(self, name: str, scheme: Scheme, absences: str | None = None, rules: Meaning | None = None) -> None:
        self.name = name
        self._scheme = scheme
        self._absences = absences
        self._rules = rules

    def read(self, delivery: Delivery) -> Sequence[Told]:
        """Return the hint, and what the rules make of each document."""
        return [told for payload in self._scheme.open(delivery) for told in self._told(payload)]

    def _told(self, payload: Payload) -> list[Told]:
        told = []
        if self._absences:
            told.append(Told(AbsencesHinted(source=self._absences), payload.repeat_key))
        if self._rules:
            found = self._rules(payload.document, payload.repeat_key)
            told += [Told(event, f"{rule}/{payload.repeat_key}") for rule, event in found]
        return told
