"""The accounts of who handles letters: a few people, whom hundreds of letters name."""

from __future__ import annotations

from datetime import timedelta

from services.mailroom.handlers.world import Accounts
from shared.graph.directory import User
from shared.recent import Recent

REMEMBERED = timedelta(hours=1)
MOST = 1_000  # accounts


class RecentAccounts:
    """Those of *directory*, each asked once an hour; one that is not there is asked again: it may be made meanwhile."""

    def __init__(self, directory: Accounts) -> None:
        self._directory = directory
        self._known: Recent[str, User] = Recent(REMEMBERED, MOST)

    def user(self, id_or_upn: str) -> User | None:
        if known := self._known.get(id_or_upn):
            return known
        found = self._directory.user(id_or_upn)
        if found is not None:
            self._known.put(id_or_upn, found)
        return found
