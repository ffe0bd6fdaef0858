"""Events in a mailbox's calendar that carry a tag of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from shared.clock import BRUSSELS
from shared.graph.client import GraphClient
from shared.graph.errors import NotFound

# Windows' name for Brussels: the IANA name is not on Graph's list
# https://learn.microsoft.com/en-us/graph/api/resources/datetimetimezone
ZONE = "Romance Standard Time"
LOCAL_TIMES = f'outlook.timezone="{ZONE}"'
_ZONES = {ZONE: BRUSSELS, "Europe/Brussels": BRUSSELS}


@dataclass(frozen=True)
class Appointment:
    """What an event shows. *start* and *end* are local wall clock, the end exclusive; all-day ones are midnights."""

    subject: str
    start: datetime
    end: datetime
    all_day: bool
    show_as: str
    location: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the event without attendees, reminder or body, hidden from who may look into the calendar.

        Source: https://learn.microsoft.com/en-us/graph/api/resources/event
        """
        return {
            "subject": self.subject,
            "isAllDay": self.all_day,
            "start": wall_clock(self.start),
            "end": wall_clock(self.end),
            "showAs": self.show_as,
            "location": {"displayName": self.location},
            "sensitivity": "private",
            "isReminderOn": False,
            "responseRequested": False,
        }


@dataclass(frozen=True)
class Found:
    """An event as it stands in the mailbox."""

    id: str
    etag: str
    shown: Appointment


class Calendar:
    """The calendars of the tenant's mailboxes. *tag* is the id of an extended property of ours, for ever the same."""

    def __init__(self, graph: GraphClient, tag: str) -> None:
        self._graph = graph
        self._tag = tag

    def create(self, user_id: str, appointment: Appointment, *, key: str, transaction: str) -> Found:
        """Add an event that carries *key*.

        Raises: Conflict when *transaction* was used before; the event may be there.
        """
        body = appointment.as_json() | {
            "transactionId": transaction,
            "singleValueExtendedProperties": [{"id": self._tag, "value": key}],
        }
        return _found(self._graph.post(_events(user_id), body, prefer=[LOCAL_TIMES]))

    def find(self, user_id: str, key: str) -> Found | None:
        """Return the event that carries *key*.

        Source: https://learn.microsoft.com/en-us/graph/api/singlevaluelegacyextendedproperty-get
        """
        wanted = f"singleValueExtendedProperties/Any(ep: ep/id eq '{self._tag}' and ep/value eq '{key}')"
        found = self._graph.pages(_events(user_id), params={"$filter": wanted}, prefer=[LOCAL_TIMES])
        return next((_found(raw) for raw in found), None)

    def read(self, user_id: str, event_id: str) -> Found | None:
        """Return the event, None when its owner deleted it."""
        try:
            return _found(self._graph.get(_event(user_id, event_id), prefer=[LOCAL_TIMES]))
        except NotFound:
            return None

    def change(self, user_id: str, event_id: str, appointment: Appointment, *, etag: str) -> Found:
        """Give the event another shape. Raises: NotFound, and Stale when it is no longer the one of *etag*."""
        body = appointment.as_json()
        return _found(self._graph.patch(_event(user_id, event_id), body, etag=etag, prefer=[LOCAL_TIMES]))

    def remove(self, user_id: str, event_id: str) -> None:
        """Delete the event; one that is gone already is fine."""
        self._graph.delete(_event(user_id, event_id))


def wall_clock(moment: datetime) -> dict[str, str]:
    """Write a local moment as Graph's dateTimeTimeZone."""
    return {"dateTime": moment.isoformat(timespec="seconds"), "timeZone": ZONE}


def local_moment(raw: Mapping[str, str]) -> datetime:
    """Read a dateTimeTimeZone, in UTC or in our zone, as local wall clock to the second."""
    moment = datetime.fromisoformat(raw["dateTime"][:19])
    if raw["timeZone"] in _ZONES:
        return moment
    return datetime.fromisoformat(f"{raw['dateTime'][:19]}+00:00").astimezone(BRUSSELS).replace(tzinfo=None)


def _found(raw: Mapping[str, Any]) -> Found:
    shown = Appointment(
        subject=raw.get("subject") or "",
        start=local_moment(raw["start"]),
        end=local_moment(raw["end"]),
        all_day=bool(raw.get("isAllDay")),
        show_as=raw.get("showAs", "unknown"),
        location=(raw.get("location") or {}).get("displayName") or "",
    )
    return Found(raw["id"], raw.get("@odata.etag", ""), shown)


def _events(user_id: str) -> str:
    return f"/users/{quote(user_id, safe='')}/events"


def _event(user_id: str, event_id: str) -> str:
    return f"{_events(user_id)}/{quote(event_id, safe='')}"
