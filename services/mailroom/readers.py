"""Who reads along in a team: guests, or everybody. Then only public letters come there."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Protocol

from shared.clock import Clock
from shared.errors import Permanent
from shared.graph.errors import Refused

ASKED_EVERY = timedelta(minutes=10)


class Memberships(Protocol):
    """What is asked of teams; shared.graph.teams.Teams answers."""

    def visibility(self, team_id: str) -> str: ...
    def has_guests(self, team_id: str, channel_id: str) -> bool: ...


class Readers:
    """Knows for ten minutes what it asked of a channel: a guest who comes in sees what is filed until then."""

    def __init__(self, memberships: Memberships, clock: Clock) -> None:
        self._memberships, self._clock = memberships, clock
        self._known: dict[tuple[str, str], tuple[datetime, str | None]] = {}
        self._lock = threading.Lock()

    def bar(self, team_id: str, channel_id: str) -> str | None:
        """Return why only public letters may come here: `public_team` or `guests_in_team`; None: nothing bars them.

        Raises: Permanent("unknown_team") · ("team_unreadable").
        """
        now, key = self._clock.now(), (team_id, channel_id)
        with self._lock:
            asked = self._known.get(key)
        if asked is not None and now - asked[0] < ASKED_EVERY:
            return asked[1]
        bar = self._ask(team_id, channel_id)
        with self._lock:
            self._known[key] = (now, bar)
        return bar

    def _ask(self, team_id: str, channel_id: str) -> str | None:
        try:
            if self._memberships.visibility(team_id) == "public":
                return "public_team"
            return "guests_in_team" if self._memberships.has_guests(team_id, channel_id) else None
        except Refused as error:
            # https://learn.microsoft.com/en-us/graph/api/group-get (GroupMember.Read.All),
            # https://learn.microsoft.com/en-us/graph/api/channel-get (Channel.ReadBasic.All),
            # https://learn.microsoft.com/en-us/graph/api/channel-list-allmembers (ChannelMember.Read.All)
            raise Permanent(
                "team_unreadable",
                f"team {team_id}: who reads along cannot be asked ({error.code}); the hub's registration needs the "
                "application permissions GroupMember.Read.All, Channel.ReadBasic.All and ChannelMember.Read.All",
            ) from error
