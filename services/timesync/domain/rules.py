"""What the organisation decided, as one value: who works when, what colleagues see, and who takes part."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta

from services.timesync.domain.roster import Person, Roster
from services.timesync.domain.texts import LANGUAGES, Office
from services.timesync.texts import catalogue


@dataclass(frozen=True)
class Scope:
    """Who takes part (R29). Nothing given: everybody. *group* is the id of a pilot group in Entra."""

    employees: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    group: str = ""

    def holds(self, person: Person, user_id: str, members: Collection[str]) -> bool:
        """Tell whether the hub writes in the mailbox of *person*; *members* are the accounts of the group."""
        if person.employee in self.excluded:
            return False
        if not self.employees and not self.services and not self.group:
            return True
        return person.employee in self.employees or person.service in self.services or user_id in members


@dataclass(frozen=True)
class ReplyRules:
    """How automatic replies are made. *lead*: how long before the absence the mailbox gets them.

    *audience* is Graph's externalAudience, of all services but those in *audiences*; *languages* likewise.
    *texts* are the organisation's own, by language and key.
    """

    lead: timedelta = timedelta(hours=12)
    audience: str = "all"
    audiences: Mapping[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ("nl",)
    service_languages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def audience_of(self, service: str) -> str:
        return self.audiences.get(service, self.audience)

    def languages_of(self, person: Person) -> tuple[str, ...]:
        """Return the languages to write in for *person*: his own, his service's or all's, Dutch first."""
        chosen = person.languages or self.service_languages.get(person.service) or self.languages
        return tuple(language for language in LANGUAGES if language in chosen) or LANGUAGES[:1]

    def text(self, language: str, key: str) -> str:
        return self.texts.get(language, {}).get(key) or catalogue(language)[key]


@dataclass(frozen=True)
class Rules:
    """All of it, at one moment.

    *shared_calendars* are mailboxes by service; *digest_at* is when a team hears who is away; *team_view* is whose
    absences everybody may look up: those of the own "service", or of "everybody".
    """

    roster: Roster
    office: Office
    labels: Mapping[str, str] = field(default_factory=dict)
    scope: Scope = Scope()
    replies: ReplyRules = ReplyRules()
    status: bool = False
    guard: bool = False
    requested: bool = False
    shared_calendars: Mapping[str, str] = field(default_factory=dict)
    digest_at: time | None = None
    team_view: str = "service"
    hr_contact: str = ""
