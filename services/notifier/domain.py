"""Which channel hears of what, and under which id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import NAMESPACE_URL, uuid5

OPEN = ("openbaar", "intern")


@dataclass(frozen=True)
class Notice:
    """One thing to tell one channel. The same *about* and *version* in the same channel is the same notice."""

    channel: str
    what: str
    about: str
    version: str

    @property
    def id(self) -> str:
        """Return the id that the card carries, so that a double can be recognised."""
        return str(uuid5(NAMESPACE_URL, f"urn:hub:notice:{self.channel}:{self.what}:{self.about}:{self.version}"))


@dataclass(frozen=True)
class Routes:
    """The channel per project code and per service, and those for letters without one and for ICT.

    A service without a channel hears nothing of its day; *tell_nobody_absent*: the others also hear of an empty one.
    """

    projects: Mapping[str, str]
    unclassified: str
    ict: str
    services: Mapping[str, str]
    tell_nobody_absent: bool

    def for_project(self, code: str | None) -> str:
        """Return the project's channel; a project without one is told where unclassified mail is."""
        return self.projects.get(code, self.unclassified) if code else self.unclassified


@dataclass(frozen=True)
class Standing:
    """The last status that was told of something; *turn* counts the changes, so an old status can return."""

    status: str
    turn: int

    @classmethod
    def after(cls, before: Standing | None, status: str) -> Standing:
        """Return how something stands once *status* is told of it."""
        if before is None:
            return cls(status, 1)
        return before if before.status == status else cls(status, before.turn + 1)


@dataclass(frozen=True)
class FiledLetter:
    """What a card says of a letter, read from SharePoint at the moment of sending and never kept.

    *project* is the code that its item bears.
    """

    project: str
    project_folder: str
    confidentiality: str
    subject: str
    received_on: date | None
    case_handler: str
    reply_by: date | None
    web_url: str

    @property
    def may_be_shown(self) -> bool:
        """Tell whether a channel may see more than the kenmerk; a letter that does not say is treated as secret."""
        return self.confidentiality in OPEN
