"""What Teams shows of a person: read it, add a status message, prefer a state for a while.

Reading needs Presence.Read.All, writing Presence.ReadWrite.All (application permissions, which Exchange cannot scope).
All people together: 1,500 requests per 30 seconds (https://learn.microsoft.com/en-us/graph/throttling-limits).
Teams itself polls: what is written here shows after minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from shared.errors import HubError
from shared.graph.calendar import local_moment, wall_clock
from shared.graph.client import GraphClient
from shared.graph.errors import NotFound
from shared.graph.protocol import call

# https://learn.microsoft.com/en-us/graph/api/cloudcommunications-getpresencesbyuserid
MOST_AT_ONCE = 650
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class StatusMessage:
    """A line under somebody's name. *expires* is local wall clock.

    None says that it stays, or that it was read: an app is never told when somebody's message ends.
    """

    text: str
    expires: datetime | None = None


@dataclass(frozen=True)
class Shown:
    """What colleagues see of one person. *availability* and *activity* are lower case: Graph writes them both ways.

    Source: https://learn.microsoft.com/en-us/graph/api/resources/presence
    """

    user_id: str
    availability: str  # available, busy, offline … and new ones
    activity: str
    is_out_of_office: bool
    status: StatusMessage | None = None


@dataclass(frozen=True)
class Message:
    """Another status message for somebody; without a *text* theirs is taken away. *expires* is local wall clock."""

    user_id: str
    text: str = ""
    expires: datetime | None = None


@dataclass(frozen=True)
class Preference:
    """A state that goes above every other of somebody for *duration*: see `Presence.prefer`."""

    user_id: str
    availability: str
    activity: str
    duration: timedelta


@dataclass(frozen=True)
class NoPreference:
    """The end of what somebody prefers."""

    user_id: str


Change = Message | Preference | NoPreference


class Presence:
    """The presence of the tenant's people, by the id of their account: not every call takes a name."""

    def __init__(self, graph: GraphClient) -> None:
        self._graph = graph

    def read_many(self, user_ids: Sequence[str]) -> Iterator[Shown]:
        """Yield what is shown of each that Teams knows, in any order, 650 to a request.

        Source: https://learn.microsoft.com/en-us/graph/api/cloudcommunications-getpresencesbyuserid
        """
        for first in range(0, len(user_ids), MOST_AT_ONCE):
            body = {"ids": list(user_ids[first : first + MOST_AT_ONCE])}
            answer = self._graph.post("/communications/getPresencesByUserId", body)
            yield from (_shown(raw) for raw in answer.get("value", []))

    def read(self, user_id: str) -> Shown | None:
        """Return what is shown, None of somebody who has no Teams.

        Source: https://learn.microsoft.com/en-us/graph/api/presence-get
        """
        try:
            return _shown(self._graph.get(_path(user_id)))
        except NotFound:
            return None

    def apply(self, changes: Sequence[Change]) -> list[HubError | None]:
        """Make *changes* in as few requests as Graph takes; return for each why it failed, None: it did not.

        Safe to repeat. NotFound: somebody has no Teams.
        """
        calls = [call("POST", path, body=body) for path, body in map(_action, changes)]
        results = self._graph.many(calls) if calls else []
        return [result if isinstance(result, HubError) else None for result in results]

    def set_status_message(self, user_id: str, text: str, expires: datetime | None = None) -> None:
        """Replace the person's status message, their own too: read first. *expires* is local wall clock.

        Source: https://learn.microsoft.com/en-us/graph/api/presence-setstatusmessage
        Raises: NotFound when somebody has no Teams.
        """
        self._one(Message(user_id, text, expires))

    def clear_status_message(self, user_id: str) -> None:
        """Take the status message away. Safe to repeat. That an empty text does so is Teams' habit, not documented."""
        self.set_status_message(user_id, "")

    def prefer(self, user_id: str, availability: str, activity: str, duration: timedelta) -> None:
        """Show a state above every other, the person's own choices included, for *duration* (whole minutes, up).

        `Offline` with `OffWork`, or a state with itself: Available, Busy, DoNotDisturb, BeRightBack, Away. It shows
        only while somebody has Teams open somewhere; else they are offline as before.
        Source: https://learn.microsoft.com/en-us/graph/api/presence-setuserpreferredpresence
        """
        self._one(Preference(user_id, availability, activity, duration))

    def clear_preference(self, user_id: str) -> None:
        """Let Teams decide again. Safe to repeat.

        Source: https://learn.microsoft.com/en-us/graph/api/presence-clearuserpreferredpresence
        """
        self._one(NoPreference(user_id))

    def _one(self, change: Change) -> None:
        path, body = _action(change)
        self._graph.post(path, body)


def _action(change: Change) -> tuple[str, dict[str, Any]]:
    """Return where a change is posted, and its body."""
    match change:
        case Message(user_id, text, expires):
            status: dict[str, Any] = {"message": {"content": text, "contentType": "text"}}  # the only type there is
            if expires is not None:
                status["expiryDateTime"] = wall_clock(expires)
            return f"{_path(user_id)}/setStatusMessage", {"statusMessage": status}
        case Preference(user_id, availability, activity, duration):
            minutes = -(-duration // _MINUTE)
            body = {"availability": availability, "activity": activity, "expirationDuration": f"PT{minutes}M"}
            return f"{_path(user_id)}/setUserPreferredPresence", body
        case NoPreference(user_id):
            return f"{_path(user_id)}/clearUserPreferredPresence", {}


def _shown(raw: Mapping[str, Any]) -> Shown:
    return Shown(
        user_id=raw["id"],
        availability=(raw.get("availability") or "").lower(),
        activity=(raw.get("activity") or "").lower(),
        is_out_of_office=bool((raw.get("outOfOfficeSettings") or {}).get("isOutOfOffice")),
        status=_status(raw.get("statusMessage") or {}),
    )


def _status(raw: Mapping[str, Any]) -> StatusMessage | None:
    text, ends = (raw.get("message") or {}).get("content"), raw.get("expiryDateTime")
    return StatusMessage(text, local_moment(ends) if ends else None) if text else None


def _path(user_id: str) -> str:
    return f"/users/{quote(user_id, safe='')}/presence"
