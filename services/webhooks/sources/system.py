"""A configured system: its scheme proves a delivery; its absence system and the rules say what it means."""

from __future__ import annotations

from collections.abc import Sequence

from services.webhooks.domain.rules import Rule
from services.webhooks.sources.base import Delivery, Payload, Scheme, Told
from services.webhooks.sources.meaning import meant
from shared.events import AbsencesHinted


class System:
    """The source *name*. With *absences*, each delivery is a hint to read that absence system."""

    def __init__(self, name: str, scheme: Scheme, absences: str | None = None, rules: Sequence[Rule] = ()) -> None:
        self.name = name
        self._scheme = scheme
        self._absences = absences
        self._rules = rules

    def read(self, delivery: Delivery) -> Sequence[Told]:
        """Return the hint, and what the rules make of each document.

        Raises: also Malformed when a rule is about a document and cannot use it: then nothing of the delivery counts.
        """
        return [told for payload in self._scheme.open(delivery) for told in self._told(payload)]

    def _told(self, payload: Payload) -> list[Told]:
        hint = [Told(AbsencesHinted(source=self._absences), payload.repeat_key)] if self._absences else []
        return hint + meant(self._rules, self.name, payload.document, payload.repeat_key)
