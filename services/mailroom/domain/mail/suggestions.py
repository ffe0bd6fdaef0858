"""What a mail may be about: references and project codes that it mentions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from services.mailroom.domain.mail.forwarding import is_forward
from services.mailroom.domain.mail.incoming import IncomingMail
from services.mailroom.domain.mail.notation import notation
from services.mailroom.domain.mail.quoting import words

KENMERK = r"\d{4}/(IN|UIT|INT)/\d{6}"
PROJECT = r"A\d{5}"
MOST = 50  # of each kind: a mail that mentions more is about none of them

Place = Literal["subject", "reply_header", "text", "attachment_name", "quoted_text"]
Confidence = Literal["high", "medium", "low"]
_ORDER: tuple[Confidence, ...] = ("high", "medium", "low")


@dataclass(frozen=True)
class Suggestion:
    """A reference or project code, where it stands best, and whether the register knows it."""

    value: str
    place: Place
    is_known: bool

    @property
    def confidence(self) -> Confidence:
        if not self.is_known or self.place == "quoted_text":
            return "low"
        return "high" if self.place in ("subject", "reply_header") else "medium"


@dataclass(frozen=True)
class Suggestions:
    """Best first, each once. No subject, name or text: only what has the form of a reference or code."""

    references: tuple[Suggestion, ...]
    projects: tuple[Suggestion, ...]


def suggestions(
    mail: IncomingMail,
    kenmerk_pattern: str,
    project_pattern: str,
    known_projects: Mapping[str, str],
    known_references: Callable[[str], bool],
) -> Suggestions:
    """Return what *mail* mentions, for a registrar to choose from. Never a decision: anybody can type a reference.

    *known_projects* are titles by code. *known_references* is asked at most `MOST` times; of a set it is
    `references.__contains__`.
    """
    places = list(_places(mail))
    return Suggestions(
        references=_found(places, kenmerk_pattern, known_references),
        projects=_found(places, project_pattern, known_projects.__contains__),
    )


def _places(mail: IncomingMail) -> Iterator[tuple[Place, str]]:
    """Return the texts in which to look, those that count most first."""
    body, beside = (words(text, is_forward=is_forward(mail)) for text in (mail.text, mail.alternative_text))
    yield "subject", mail.subject
    for name in ("in-reply-to", "references"):
        yield "reply_header", " ".join(mail.header_values(name))
    yield "text", f"{body.own}\n{beside.own}"
    yield "attachment_name", "\n".join(mail.attachment_names)
    yield "quoted_text", f"{body.quoted}\n{beside.quoted}"


def _found(places: list[tuple[Place, str]], pattern: str, is_known: Callable[[str], bool]) -> tuple[Suggestion, ...]:
    wanted = notation(pattern)
    best: dict[str, Place] = {}
    for place, text in places:
        for value in wanted.find(text):
            if len(best) < MOST:
                best.setdefault(value, place)
    found = [Suggestion(value, place, is_known(value)) for value, place in best.items()]
    return tuple(sorted(found, key=lambda suggestion: _ORDER.index(suggestion.confidence)))
