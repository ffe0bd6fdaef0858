"""The document libraries of the tenant that letters stand in, each with the columns that tell of them."""

from __future__ import annotations

import threading

from services.mailroom.domain.columns import COLUMNS
from services.mailroom.policy import MailroomPolicy
from shared.graph.client import GraphClient
from shared.graph.drives import ColumnDefinition, Drive, Sessions, library

_COLUMNS = tuple(
    ColumnDefinition(each.name, each.label, each.kind, indexed=each.indexed, unique=each.unique) for each in COLUMNS
)


class TenantLibraries:
    """Found at their first use: the service starts without Graph."""

    def __init__(self, graph: GraphClient, policy: MailroomPolicy, sessions: Sessions) -> None:
        self._graph, self._policy, self._sessions = graph, policy, sessions
        self._named: dict[tuple[str, str], str] = {}
        self._ready: dict[str, Drive] = {}
        self._lock = threading.Lock()

    def main(self) -> Drive:
        return self.named(self._policy.site, self._policy.library)

    def protected(self) -> Drive | None:
        protected = self._policy.protected
        return self.named(protected.site or self._policy.site, protected.library) if protected else None

    def named(self, site: str, name: str) -> Drive:
        """Return the library *name* of *site*.

        Raises: Permanent when the site has none of that name.
        """
        if (site, name) not in self._named:
            self._named[site, name] = library(self._graph, site, name).id
        return self.of(self._named[site, name])

    def of(self, drive_id: str) -> Drive:
        """Return the library with its columns, which are made where it never had them."""
        with self._lock:  # many letters at once make them once; what does not answer is asked by one at a time
            if drive_id not in self._ready:
                drive = Drive(self._graph, drive_id, self._sessions)
                drive.ensure_columns(_COLUMNS)
                self._ready[drive_id] = drive
            return self._ready[drive_id]
