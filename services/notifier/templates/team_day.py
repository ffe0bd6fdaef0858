"""The card that tells a team who of it is not there: names and parts of the day, never why."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import accumulate

from services.notifier.channels.base import Card
from services.notifier.templates import cards
from shared.events import TeamDay
from shared.events.absences import TeamEntry

# bytes of names in one group, as they go over the wire: six groups and two titles fit in the largest card, 28 KB
_ROOM = 4_000
_PARTS = {"whole": "Hele dag", "morning": "Voormiddag", "afternoon": "Namiddag", "partly": "Een deel van de dag"}
_KINDS = {"elsewhere": "Telewerk of elders", "busy": "Bezet"}
_TITLES = (*_PARTS.values(), *_KINDS.values())  # in the order of the card
_DAYS = ("Maandag", "Dinsdag", "Woensdag", "Donderdag", "Vrijdag", "Zaterdag", "Zondag")
_MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni",
    "juli", "augustus", "september", "oktober", "november", "december",
)  # fmt: skip


def card(notice_id: str, told: TeamDay, names: Mapping[str, str]) -> Card:
    """Return the card of a service's day. *names* is by account; a colleague without a name is left out."""
    body = [cards.text(_in_full(told.day)), _who(told.entries, names)]
    return cards.card(notice_id, f"Afwezig vandaag – {_department(told.service)}", body)


def _who(entries: Sequence[TeamEntry], names: Mapping[str, str]) -> cards.Part:
    if not entries:
        return cards.text("Niemand afwezig.")
    if groups := _groups(entries, names):
        return cards.facts({title: _listed(groups[title]) for title in _TITLES if title in groups})
    return cards.text("Van wie er niet is, is de naam niet bekend.")


def _groups(entries: Sequence[TeamEntry], names: Mapping[str, str]) -> dict[str, list[str]]:
    """Return who is in each group, by name."""
    groups: dict[str, list[str]] = {}
    for entry in entries:
        if name := names.get(entry.user_id or ""):
            groups.setdefault(_KINDS.get(entry.kind, _PARTS[entry.part]), []).append(_shown(name, entry))
    return {title: sorted(group, key=_alphabetical) for title, group in groups.items()}


def _shown(name: str, entry: TeamEntry) -> str:
    """Return the name, with the part of the day where the group does not say it."""
    return f"{name} ({_PARTS[entry.part].lower()})" if entry.kind in _KINDS and entry.part != "whole" else name


def _alphabetical(name: str) -> tuple[str, str]:
    return unicodedata.normalize("NFKD", name).casefold(), name  # É comes after E, not after Z


def _listed(names: Sequence[str]) -> str:
    """Return as many names as have room, and how many have not."""
    ends = accumulate(len(json.dumps(cards.escaped(name))) for name in names)
    shown = [name for name, end in zip(names, ends, strict=True) if end <= _ROOM]
    more = len(names) - len(shown)
    rest = {0: "", 1: " en nog 1 collega"}.get(more, f" en nog {more} collega's")
    return ", ".join(shown) + rest


def _department(service: str) -> str:
    return service if "dienst" in service.casefold() else f"Dienst {service}"


def _in_full(day: date) -> str:
    """Write a day as `Maandag 16 november 2026`."""
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"
