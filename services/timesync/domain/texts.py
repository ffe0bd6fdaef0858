"""The words of automatic replies and status lines. They say until when and whom to ask, never why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from html import escape
from string import Formatter

from services.timesync.domain.delegates import Delegate
from services.timesync.domain.roster import Person
from services.timesync.texts import catalogue

LANGUAGES = ("nl", "fr", "en")  # Dutch on top, the others below it as its translation
KEYS = (
    "internal", "internal_undated", "external", "external_undated", "status_day", "status_until", "status_undated",
    "status_part", "status_telework",
)  # fmt: skip
_DATELESS = ("_undated", "_part", "_telework")
_DATES = ("laatste_dag", "terug_op")
_FACTS = (
    "dienst", "dienst_mail", "dienst_tel", "dienst_contact", "post_mail", "naam", "organisatie", "vervanger",
    "vervanger_mail",
)  # fmt: skip
_LOCALES = {"nl": "nl_BE", "fr": "fr_BE", "en": "en_GB"}


@dataclass(frozen=True)
class Contact:
    """Where a service can be reached: shared addresses, never a colleague's own."""

    mail: str
    phone: str


@dataclass(frozen=True)
class Office:
    """The organisation and its services; *general* answers for services without a contact of their own."""

    organisation: str
    general: Contact
    post_mail: str = ""
    services: Mapping[str, Contact] = field(default_factory=dict)


@dataclass(frozen=True)
class Dates:
    """The last day away, and the day of return."""

    last: date
    back: date


def values(
    office: Office, person: Person, language: str, dates: Dates | None, delegate: Delegate | None = None
) -> dict[str, str]:
    """Return what each placeholder stands for in *language*, "" where there is nothing to tell."""
    is_named = person.service in office.services
    contact = office.services[person.service] if is_named else office.general
    ways = [way for way in (contact.mail, contact.phone) if way]
    return {
        "laatste_dag": in_full(dates.last, language) if dates else "",
        "terug_op": in_full(dates.back, language) if dates else "",
        "dienst": person.service if is_named else office.organisation,
        "dienst_mail": contact.mail,
        "dienst_tel": contact.phone,
        "dienst_contact": f" {catalogue(language)['or']} ".join(ways),
        "post_mail": office.post_mail,
        "naam": person.name,
        "organisatie": office.organisation,
        "vervanger": delegate.name if delegate else "",
        "vervanger_mail": delegate.mail if delegate else "",
    }


def filled(template: str, known: Mapping[str, str]) -> str:
    """Return *template* with what is *known*. A line with a placeholder that has no value is left out."""
    lines = [line.strip() for line in template.strip().splitlines()]
    told = [line.format_map(known) for line in lines if all(known[name] for name in _placeholders(line))]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(told)).strip()


def as_html(texts: Sequence[tuple[str, str]]) -> str:
    """Return one page of *texts*, each with its language: an empty line starts a paragraph, nothing in them is HTML."""
    parts = [f'<div lang="{language}">{_paragraphs(text)}</div>' for language, text in texts]
    return f'<html lang="{texts[0][0]}"><body>{"<hr>".join(parts)}</body></html>'


@lru_cache(maxsize=1000)
def in_full(day: date, language: str = "nl") -> str:
    """Write a day as people say it: `maandag 23 november 2026`."""
    from babel.dates import format_date  # noqa: PLC0415 - 2 MB, and 1 to 4 more for each language that is asked

    text = format_date(day, "EEEE d MMMM y", locale=_LOCALES[language])
    return text.replace(" 1 ", " 1er ") if language == "fr" else text  # as French has it; the CLDR pattern has not


def fault_in(key: str, text: str) -> str | None:
    """Say what is wrong with an own text for *key*, None when nothing is. What has no dates to tell, names none."""
    allowed = _FACTS if key.endswith(_DATELESS) else (*_DATES, *_FACTS)
    try:
        pieces = list(Formatter().parse(text))
    except ValueError:
        return "a brace without its other half: { and } stand around placeholders, and are written twice elsewhere"
    for _, name, form, conversion in pieces:
        if name is not None and (name not in allowed or form or conversion):
            return _proposal(name, allowed)
    return None


def _proposal(name: str, allowed: Iterable[str]) -> str:
    known = list(allowed)
    near = get_close_matches(name, known, n=1)
    listed = f"expected one of {', '.join(f'{{{each}}}' for each in known)}"
    return f"{{{name}}} is no placeholder of this text; " + (f"did you mean {{{near[0]}}}?" if near else listed)


def _placeholders(line: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(line) if name is not None]


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{'<br>'.join(escape(part, quote=False).splitlines())}</p>" for part in text.split("\n\n"))
