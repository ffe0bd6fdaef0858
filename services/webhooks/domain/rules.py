"""What a delivery means by the rules of hub.toml: a verdict that explains itself, whatever the delivery is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.webhooks.domain.paths import Found, Nothing, Path, is_true, kind_of
from services.webhooks.domain.recipes import Origin, Recipe
from services.webhooks.domain.words import clock, day, record, word
from shared.errors import Invalid
from shared.events import Event

Seal = Callable[[str], str]

# The fields of an event that a rule calls otherwise.
_OURS = {"absence_id": "id", "notice_id": "id", "profile": "code"}


@dataclass(frozen=True)
class Matched:
    """The rule makes *event*. *without* are its fields that found nothing and may."""

    event: Event
    without: Sequence[str] = ()


@dataclass(frozen=True)
class NotMatched:
    """The delivery is none of this rule's; *why* tells types and paths, no values."""

    why: str


@dataclass(frozen=True)
class Inapplicable:
    """The delivery is this rule's and cannot be used: *fields* says what was expected where, without what came."""

    fields: Mapping[str, Sequence[str]]


Verdict = Matched | NotMatched | Inapplicable


@dataclass(frozen=True)
class Slot:
    """Where a field of the rule stands in a delivery. *words* translates the system's words, in lower case, to ours."""

    path: Path
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """One `[[rule]]`: of a delivery of *source* for which *when* is true, *recipe* makes an event.

    *slots* are its fields; without what one of them must find, nothing is made. *seal* closes what nobody on the way
    may read.
    """

    name: str
    source: str
    when: Path
    slots: Mapping[str, Slot]
    recipe: Recipe
    seal: Seal = field(repr=False)

    def apply(self, document: Any, repeat_key: str) -> Verdict:
        """Return what this rule makes of *document*. Never raises."""
        condition = self.when.find(document)
        if isinstance(condition, Nothing) or not is_true(condition.value):
            return NotMatched(self._why_not(condition, document))
        words: dict[str, str] = {}
        without: list[str] = []
        faults: dict[str, Sequence[str]] = {}
        for name, slot in self.slots.items():
            try:
                if found := self._read(name, slot, document):
                    words[name] = found
                else:
                    without.append(name)
            except Invalid as error:
                faults[self._place(name)] = [f"{slot.path.text}: {error}"]
        return Inapplicable(faults) if faults else self._made(words, without, repeat_key)

    def _why_not(self, condition: Found | Nothing, document: Any) -> str:
        if isinstance(condition, Nothing):
            came = condition.why
        else:
            came = "is false" if condition.value is False else f"is {kind_of(condition.value)} without content"
        unfound = self.when.unfound(document)
        more = f"; nothing stands at {', '.join(unfound)}" if unfound else ""
        return f"{self.when.text}: {came}{more}"

    def _read(self, name: str, slot: Slot, document: Any) -> str:
        """Return the word of a field, "" when it has none and may.

        Raises: Invalid.
        """
        found = slot.path.find(document)
        if name in self.recipe.SEALED and isinstance(found, Found):
            return self.seal(record(found.value))
        text = word(found.value) if isinstance(found, Found) else ""
        if not text and name in self.recipe.OPTIONAL:
            return ""
        if not text:
            came = found.why if isinstance(found, Nothing) else "found it empty"
            expected = "an object" if name in self.recipe.SEALED else "text or a number"
            raise Invalid("unusable", f"expected {expected}, {came}")
        if slot.words:
            return self._translated(slot, text)
        if name in self.recipe.CLOCKS:
            return clock(text)
        return day(text) if name in self.recipe.DAYS else text

    @staticmethod
    def _translated(slot: Slot, text: str) -> str:
        """Return our word. What came is not told: it may be the reason of an absence."""
        if text.casefold() not in slot.words:
            raise Invalid("unusable", "expected one of the words that the rule translates")
        return slot.words[text.casefold()]

    def _made(self, words: Mapping[str, str], without: Sequence[str], repeat_key: str) -> Verdict:
        try:
            return Matched(self.recipe.make(Origin(self.source, self.name, repeat_key), words), without)
        except Invalid as error:
            ours = {_OURS.get(name, name): expected for name, expected in error.fields.items()}
            return Inapplicable({self._place(name): self._at(name, expected) for name, expected in ours.items()})

    def _at(self, name: str, expected: Sequence[str]) -> Sequence[str]:
        where = f"{self.slots[name].path.text}: " if name in self.slots else ""
        return [where + one for one in expected]

    def _place(self, name: str) -> str:
        return f"{self.name}.{name}"
