"""What the rules make of a document: the events of those that are about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.webhooks.domain.rules import Inapplicable, Matched, Rule
from services.webhooks.sources.base import Malformed, Told


def meant(rules: Sequence[Rule], source: str, document: Any, repeat_key: str) -> list[Told]:
    """Return what the rules of *source* tell of *document*.

    Raises: Malformed when a rule is about the document and cannot use it: then nothing of the delivery counts.
    """
    verdicts = {rule.name: rule.apply(document, repeat_key) for rule in rules if rule.source == source}
    faults: dict[str, Sequence[str]] = {}
    for verdict in verdicts.values():
        if isinstance(verdict, Inapplicable):
            faults |= verdict.fields
    if faults:
        raise Malformed("rule_not_applicable", f"{source}: {', '.join(sorted(faults))}", faults)
    return [
        Told(verdict.event, f"{name}/{repeat_key}")
        for name, verdict in verdicts.items()
        if isinstance(verdict, Matched)
    ]
