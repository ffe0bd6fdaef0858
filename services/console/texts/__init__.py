"""Every word that people read in the console: one folder per language, so that another language is another folder."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from services.console.domain.problems import Problem
from shared.clock import BRUSSELS


@dataclass(frozen=True)
class Words:
    """A failure as a person reads it: what it is, where it comes from, what to do now."""

    title: str
    cause: str
    step: str


class Texts:
    """The texts of one language. A slug without words of its own gets those of its family (`graph_418` → `graph`)."""

    def __init__(self, language: str, entries: Mapping[str, str]) -> None:
        self.language = language
        self._entries = entries

    @classmethod
    def load(cls, language: str) -> Texts:
        """Read the texts of *language* (`nl`)."""
        files = sorted(Path(__file__).with_name(language).glob("*.toml"))
        tables = [tomllib.loads(file.read_text(encoding="utf-8")) for file in files]
        return cls(language, {key: text for table in tables for key, text in _flat(table)})

    def __call__(self, key: str, **values: object) -> str:
        """Return the text of *key* with its {names} filled.

        Raises: KeyError when the language has no such text: a fault in the template.
        """
        return self._entries[key].format(**values)

    def has(self, key: str) -> bool:
        """Tell whether there is a text for *key*."""
        return key in self._entries

    def counted(self, thing: str, count: int) -> str:
        """Return "1 bericht" or "5 berichten"."""
        return self(f"count.{thing}.{'one' if count == 1 else 'many'}", count=count)

    def event(self, type_: str) -> str:
        """Return what happened, in words; the type itself when there are none."""
        key = f"event.{type_.replace('.', '_')}"
        return self(key) if self.has(key) else type_

    def problem(self, problem: Problem) -> Words:
        """Return the words for a problem of the hub."""
        facts = {
            name: self.moment(fact) if isinstance(fact, datetime) else fact for name, fact in problem.facts.items()
        }
        messages = self.counted("message", int(facts.get("count", 0)))
        why = self.refusal(str(facts.get("reason", "")))
        return self._words(
            f"problem.{problem.kind}",
            **{
                "subject": problem.subject,
                "messages": messages,
                "why": why,
                **self._failing(problem.kind, facts),
                **facts,
            },
        )

    def refusal(self, slug: str) -> str:
        """Return in a sentence why a delivery of a system was refused."""
        return self(f"refusal.{slug if self.has(f'refusal.{slug}') else 'other'}", slug=slug)

    def _failing(self, kind: str, facts: Mapping[str, object]) -> Mapping[str, str]:
        slug, table = str(facts.get("reason", "")), "unread" if kind == "absence_source_failing" else "failing"
        family = f"{table}.{self._family(table, slug)}"
        return {"failing": self(f"{family}.cause", slug=slug), "mend": self(f"{family}.step", slug=slug)}

    def moment(self, at: datetime) -> str:
        """Return "23 nov 2026 om 15.02 uur", in Brussels time."""
        local = at.astimezone(BRUSSELS)
        month = self("language.months").split()[local.month - 1]
        return self("unit.moment", day=f"{local.day} {month} {local.year}", hour=f"{local:%H.%M}")

    def reason(self, slug: str) -> Words:
        """Return the words for why a message is parked."""
        return self._words(f"reason.{self._family('reason', slug)}", slug=slug)

    def held(self, slug: str, source: str) -> Words:
        """Return the words for why a record or a letter of *source* is held."""
        return self._words(f"held.{self._family('held', slug)}", slug=slug, source=source)

    def tray(self, slug: str) -> Words:
        """Return the words for why a letter is in the tray."""
        return self._words(f"tray.{self._family('tray', slug)}", slug=slug)

    def _words(self, prefix: str, **values: object) -> Words:
        return Words(*(self(f"{prefix}.{part}", **values) for part in ("title", "cause", "step")))

    def _family(self, table: str, slug: str) -> str:
        parts = slug.split("_")
        names = ("_".join(parts[:length]) for length in range(len(parts), 0, -1))
        return next((name for name in names if self.has(f"{table}.{name}.cause")), "other")


def _flat(tree: Mapping[str, Any], path: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, inner in tree.items():
        place = f"{path}.{name}" if path else name
        pairs += _flat(inner, place) if isinstance(inner, Mapping) else [(place, str(inner))]
    return pairs
