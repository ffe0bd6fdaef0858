"""What a rule can make: of the words that it found in a delivery, one event of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from services.webhooks.domain.words import comparable, filled
from shared.errors import Invalid
from shared.events import AbsenceReported, Event, LetterReported, NoticeRequested, ProjectReported
from shared.events.envelope import stable_id

LONGEST_TITLE, LONGEST_TEXT = 200, 2000  # characters; NoticeRequested holds no more


@dataclass(frozen=True)
class Origin:
    """Where the words come from. *repeat_key* is equal when the system sends the same delivery again."""

    source: str
    rule: str
    repeat_key: str


class Recipe(Protocol):
    """*OPTIONAL* are the fields that may find nothing though the rule asks for them.

    *DAYS* hold a date, *CLOCKS* a time of the day, *SEALED* a whole object, which comes sealed.
    """

    OPTIONAL: ClassVar[frozenset[str]]
    DAYS: ClassVar[frozenset[str]]
    CLOCKS: ClassVar[frozenset[str]]
    SEALED: ClassVar[frozenset[str]]

    def make(self, origin: Origin, words: Mapping[str, str]) -> Event:
        """Return the event.

        Raises: Invalid whose fields are those of the event.
        """
        ...


@dataclass(frozen=True)
class Notice:
    """Tell people. The same `id` is the same notice; without one each delivery is its own."""

    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"link", "project"})
    DAYS: ClassVar[frozenset[str]] = frozenset()
    CLOCKS: ClassVar[frozenset[str]] = frozenset()
    SEALED: ClassVar[frozenset[str]] = frozenset()
    privacy: str
    title: str
    text: str | None
    channel: str | None

    def make(self, origin: Origin, words: Mapping[str, str]) -> NoticeRequested:
        matter = words.get("id", origin.repeat_key)
        return NoticeRequested(
            source=origin.source,
            rule=origin.rule,
            notice_id=stable_id("notice", origin.source, origin.rule, matter),
            privacy=self.privacy,
            title=filled(self.title, words, LONGEST_TITLE),
            text=filled(self.text, words, LONGEST_TEXT) if self.text else None,
            channel=self.channel,
            link=words.get("link"),
            project=words.get("project"),
        )


@dataclass(frozen=True)
class Letter:
    """Tell of a registered letter; without more, that its first version was registered."""

    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"link", "project"})
    DAYS: ClassVar[frozenset[str]] = frozenset()
    CLOCKS: ClassVar[frozenset[str]] = frozenset()
    SEALED: ClassVar[frozenset[str]] = frozenset({"record"})
    privacy: str

    def make(self, origin: Origin, words: Mapping[str, str]) -> LetterReported:
        given = {"version": "1", "change": "registered", **words}
        return LetterReported.load(
            {**given, "source": origin.source, "rule": origin.rule, "privacy": self.privacy},
        )


@dataclass(frozen=True)
class Absence:
    """Tell of an absence by its profile: *profile* for all, or what the rule made of `code`."""

    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"last", "part", "starts", "ends"})
    DAYS: ClassVar[frozenset[str]] = frozenset({"first", "last"})
    CLOCKS: ClassVar[frozenset[str]] = frozenset({"starts", "ends"})
    SEALED: ClassVar[frozenset[str]] = frozenset()
    profile: str | None

    def make(self, origin: Origin, words: Mapping[str, str]) -> AbsenceReported:
        given = {name: word for name, word in words.items() if name not in ("id", "code", "version")}
        reported = AbsenceReported.load(
            {
                **given,
                "source": origin.source,
                "rule": origin.rule,
                "absence_id": words["id"],
                "version": comparable(words.get("version", "")),
                "profile": self.profile or words["code"],
            }
        )
        if faults := _faults_of_hours(reported):
            raise Invalid("unusable", "expected hours of one day", faults)
        return reported


def _faults_of_hours(absence: AbsenceReported) -> dict[str, list[str]]:
    """Return what is wrong with hours, by field: a system that can be told so can mend it."""
    if absence.starts is None and absence.ends is None:
        return {}
    faults: dict[str, list[str]] = {}
    if absence.starts is None:
        faults["starts"] = ["expected a clock, for there is one in `ends`"]
    elif absence.ends is None:
        faults["ends"] = ["expected a clock, for there is one in `starts`"]
    elif absence.ends <= absence.starts:
        faults["ends"] = ["expected a clock after `starts`; what goes past midnight are two absences"]
    if absence.last != absence.first:
        faults["last"] = ["expected the day in `first`, for there are hours"]
    if absence.part != "whole":
        faults["part"] = ["expected no half of the day, for there are hours"]
    return faults


@dataclass(frozen=True)
class Project:
    """Tell how a project stands."""

    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"title", "link"})
    DAYS: ClassVar[frozenset[str]] = frozenset()
    CLOCKS: ClassVar[frozenset[str]] = frozenset()
    SEALED: ClassVar[frozenset[str]] = frozenset()

    def make(self, origin: Origin, words: Mapping[str, str]) -> ProjectReported:
        return ProjectReported.load({**words, "source": origin.source, "rule": origin.rule})
