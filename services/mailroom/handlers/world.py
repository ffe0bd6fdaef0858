"""The outside world of the mailroom's handlers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from services.mailroom.domain.projects import Project
from services.mailroom.domain.routing import Decision, Facts, Table
from services.mailroom.domain.terms import Terms
from services.mailroom.filing.library import Folders, Libraries
from services.mailroom.intakes.base import Intake, Register
from services.mailroom.intakes.mailboxes.mailbox import SharedMailbox
from services.mailroom.project_file import ProjectFile
from services.mailroom.store import Store
from shared.clock import Clock
from shared.errors import Permanent
from shared.events.envelope import Envelope
from shared.graph.directory import User
from shared.messaging.router import Router


class Accounts(Protocol):
    """The accounts of the tenant."""

    def user(self, id_or_upn: str) -> User | None: ...


@dataclass(frozen=True)
class Rules:
    """What the organisation wrote in hub.toml. *tray* and *aside* are folders of the library of projects."""

    table: Table
    terms: Terms
    tray: str
    aside: str


@dataclass(frozen=True)
class Mailroom:
    """All of it. *registers* are those of *intakes* that tell of their letters by the front door.

    *spool* is a folder of this machine, for files on their way. *came* finds a message of ours by its id.
    """

    clock: Clock
    store: Store
    rules: Rules
    projects: Callable[[], Mapping[str, Project]]
    intakes: Mapping[str, Intake]
    registers: Mapping[str, Register]
    libraries: Libraries
    folders: Folders
    accounts: Accounts
    spool: Path
    came: Callable[[str], Envelope | None]
    project_file: ProjectFile = field(default_factory=ProjectFile)
    mailboxes: Mapping[str, SharedMailbox] = field(default_factory=dict)

    def decide(self, facts: Facts, chosen: str | None) -> Decision:
        """Return where a letter goes by the rules and projects of now."""
        return self.rules.table.decide(facts, self.projects(), chosen)

    def intake(self, name: str) -> Intake:
        try:
            return self.intakes[name]
        except KeyError as error:
            raise Permanent(
                "unknown_intake", f"no intake {name!r}: give it back in [mailroom.intakes] of hub.toml, then retry"
            ) from error

    def mailbox(self, name: str) -> SharedMailbox:
        try:
            return self.mailboxes[name]
        except KeyError as error:
            raise Permanent(
                "unknown_mailbox", f"no mailbox {name!r}: give it back in [mailroom.mailboxes] of hub.toml, then retry"
            ) from error


router: Router[Mailroom] = Router("mailroom")
