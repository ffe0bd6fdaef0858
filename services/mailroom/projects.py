"""The register of projects in force: what was imported and told of, and over it what hub.toml says itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from services.mailroom.domain.plan import Registered
from services.mailroom.domain.projects import Project
from services.mailroom.store.projects import Projects

InForce = Callable[[Mapping[str, Registered]], Mapping[str, Project]]


class ProjectRegister:
    """All projects by code. What another process changed is seen at the next question."""

    def __init__(self, store: Projects, in_force: InForce) -> None:
        self._store, self._in_force = store, in_force
        self._lock = threading.Lock()
        self._known: tuple[str, Mapping[str, Project]] | None = None

    def __call__(self) -> Mapping[str, Project]:
        stamp = self._store.stamp()
        with self._lock:
            if self._known is None or self._known[0] != stamp:
                self._known = (stamp, self._in_force(self._store.all()))
            return self._known[1]
