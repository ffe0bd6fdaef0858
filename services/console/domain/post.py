"""Letters and e-mails that wait for a person, and answers that are due: what mailroom told, and how it is now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

WAITED = timedelta(days=1)  # an e-mail that waits longer is a problem
MOST_CODES = 2000  # offered in the field of a page: a browser stays quick with these, and others may be typed


@dataclass(frozen=True)
class Choice:
    """What a person chose, not answered by mailroom yet. *what* is a code or a kenmerk; None: look again."""

    what: str | None
    by: str
    at: datetime


@dataclass(frozen=True)
class InTray:
    """A letter that no rule files. *suggestions* are codes that were probably meant."""

    kenmerk: str
    version: int
    reason: str
    suggestions: tuple[str, ...]
    since: datetime
    choice: Choice | None = None


@dataclass(frozen=True)
class Offered:
    """An e-mail that nobody registered. *references* and *projects* are what it seems to be about."""

    message: str
    intake: str
    received_at: datetime
    references: tuple[str, ...]
    projects: tuple[str, ...]
    choice: Choice | None = None


@dataclass(frozen=True)
class Term:
    """An answer that people were reminded of."""

    kenmerk: str
    due: date
    project: str | None
    department: str | None
    is_away: bool

    def days_left(self, today: date) -> int:
        """Return how many days are left, negative when it is late."""
        return (self.due - today).days


@dataclass(frozen=True)
class Backlog:
    """How much waits for a person. *old_mails* are e-mails that wait longer than WAITED."""

    letters: int = 0
    old_mails: int = 0


@dataclass(frozen=True)
class Seen:
    """What only mailroom knows of an e-mail: where it opens, and how *sure* (high, medium, low) each suggestion is."""

    link: str | None = None
    sure: Mapping[str, str] = field(default_factory=dict)


_UNSEEN = Seen()


@dataclass(frozen=True)
class MailroomView:
    """What mailroom says when it is asked; without an answer the pages do with what was told.

    *codes* are the projects with their titles, *mails* the e-mails by their id, *due* the letters that are still to be
    answered, each with whether its handler is away today; None: it did not say.
    """

    codes: Mapping[str, str] = field(default_factory=dict)
    mails: Mapping[str, Seen] = field(default_factory=dict)
    due: Mapping[str, bool] | None = None

    def seen(self, message: str) -> Seen:
        """Return what mailroom knows of an e-mail; when it does not say, nothing."""
        return self.mails.get(message, _UNSEEN)

    def code(self, typed: str) -> str | None:
        """Return the code that *typed* means: as the list of projects writes it, or as it is when there is no list."""
        if not self.codes:
            return typed or None
        return {code.casefold(): code for code in self.codes}.get(typed.casefold())

    def offered(self) -> Mapping[str, str]:
        """Return the codes that a page offers."""
        return dict(sorted(self.codes.items())[:MOST_CODES])

    def still_due(self, terms: Sequence[Term]) -> list[Term]:
        """Return those of *terms* that nobody answered since they were told, with who is away now."""
        if self.due is None:
            return list(terms)
        return [
            Term(term.kenmerk, term.due, term.project, term.department, self.due[term.kenmerk])
            for term in terms
            if term.kenmerk in self.due
        ]
