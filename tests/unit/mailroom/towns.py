"""A mailroom whose projects come from an export, and what is said of them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from services.mailroom.domain.plan import PLAN
from services.mailroom.domain.projects import Project
from services.mailroom.handlers.world import Mailroom, router
from services.mailroom.policy_projects import ProjectPolicy, in_force
from services.mailroom.project_file import ProjectFile, ProjectFileOptions
from services.mailroom.projects import ProjectRegister
from shared.events import CollectionDue, Event, MailHeld, MailReleased, ProjectReported, ProjectsChanged

from .builders import TICK, FakeMailroom
from .exports import csv_of

CHANGED = ProjectsChanged(register=PLAN)


@dataclass
class Town:
    """A mailroom whose projects come from an export, and what hub.toml says of some."""

    room: FakeMailroom
    own: dict[str, ProjectPolicy] = field(default_factory=dict)
    options: ProjectFileOptions = field(default_factory=lambda: ProjectFileOptions(path="plan.csv"))

    @property
    def path(self) -> Path:
        return self.room.folder.parent / "plan.csv"

    def world(self) -> Mailroom:
        register = ProjectRegister(self.room.store.projects, lambda imported: in_force(self.own, imported))
        return replace(self.room.world(), projects=register, project_file=ProjectFile(self.options, self.path.parent))

    def drop(self, *rows: list[Any], age: timedelta = timedelta(seconds=20)) -> None:
        """Let the plan follow-up write its export, *age* ago."""
        self.path.write_bytes(csv_of(*rows))
        moment = (self.room.clock.now() - age).timestamp()
        os.utime(self.path, (moment, moment))

    def hear(self, event: Event) -> list[Event]:
        return list(router.handle(event, self.world()))

    def tick(self) -> list[Event]:
        """Let a minute pass and the export be looked at; return what was said."""
        self.room.clock.advance(timedelta(minutes=1))
        assert CollectionDue(intake=PLAN) in self.hear(TICK)
        return self.hear(CollectionDue(intake=PLAN))

    def projects(self) -> dict[str, Project]:
        return dict(self.world().projects())


def held(reference: str, reason: str) -> MailHeld:
    return MailHeld(intake=PLAN, reference=reference, reason=reason)


def released(reference: str, reason: str) -> MailReleased:
    return MailReleased(intake=PLAN, reference=reference, reason=reason)


def reported(code: str, status: str, title: str | None = None) -> ProjectReported:
    return ProjectReported(source="pepperflow", rule="status", code=code, status=status, title=title)
