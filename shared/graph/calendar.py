"""Events in a mailbox's calendar that carry a tag of ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from shared.clock import BRUSSELS
from shared.errors import HubError
from shared.graph.client import GraphClient
from shared.graph.errors import NotFound
from shared.graph.protocol import Call, call

# Windows' name for Brussels: the IANA name is not on Graph's list
# https://learn.microsoft.com/en-us/graph/api/resources/datetimetimezone
ZONE = "Romance Standard Time"
LOCAL_TIMES = f'outlook.timezone="{ZONE}"'
_PAGE = 100  # events; Outlook's own default is 10
_ZONES = {ZONE: BRUSSELS, "Europe/Brussels": BRUSSELS}


@dataclass(frozen=True)
class Appointment:
    """What an event shows. *start* and *end* are local wall clock, the end exclusive; all-day ones are midnights.

    *private* is said when it is written; of what is read it is not asked, and so it makes two of them no different.
    """

    subject: str
    start: datetime
    end: datetime
    all_day: bool
    show_as: str
    location: str = ""
    private: bool = field(default=True, compare=False, kw_only=True)

    def as_json(self) -> dict[str, Any]:
        """Return the event without attendees, reminder or body; a private one is hidden from who may look in.

        Source: https://learn.microsoft.com/en-us/graph/api/resources/event
        """
        return {
            "subject": self.subject,
            "isAllDay": self.all_day,
            "start": wall_clock(self.start),
            "end": wall_clock(self.end),
            "showAs": self.show_as,
            "location": {"displayName": self.location},
            "sensitivity": "private" if self.private else "normal",
            "isReminderOn": False,
            "responseRequested": False,
        }


@dataclass(frozen=True)
class Creation:
    """A new event that carries *key*. Exchange makes at most one for each *transaction*."""

    user_id: str
    shape: Appointment
    key: str
    transaction: str


@dataclass(frozen=True)
class Reshaping:
    """Another shape for an event, if it is still the one of *etag*."""

    user_id: str
    event_id: str
    shape: Appointment
    etag: str


@dataclass(frozen=True)
class Removal:
    """The end of an event."""

    user_id: str
    event_id: str


Change = Creation | Reshaping | Removal


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

    def apply(self, changes: Sequence[Change]) -> list[Found | HubError | None]:
        """Make *changes* in as few requests as Graph takes; return for each what stands there then, or why it failed.

        Of what is removed, NotFound is as good as gone. A creation that ends in Conflict was made before under its
        transaction: the event may be there. A reshaping may end in NotFound, and in Stale when somebody touched it.
        """
        results = self._graph.many([self._call(change) for change in changes])
        return [result if isinstance(result, HubError) else _found(result) if result else None for result in results]

    def _call(self, change: Change) -> Call:
        match change:
            case Creation():
                tag = {"id": self._tag, "value": change.key}
                body = change.shape.as_json() | {
                    "transactionId": change.transaction,
                    "singleValueExtendedProperties": [tag],
                }
                return call("POST", _events(change.user_id), body=body, prefer=[LOCAL_TIMES])
            case Reshaping():
                path, body = _event(change.user_id, change.event_id), change.shape.as_json()
                return call("PATCH", path, body=body, etag=change.etag, prefer=[LOCAL_TIMES])
            case Removal():
                return call("DELETE", _event(change.user_id, change.event_id))

    def find(self, user_id: str, key: str) -> Found | None:
        """Return the event that carries *key*.

        Source: https://learn.microsoft.com/en-us/graph/api/singlevaluelegacyextendedproperty-get
        """
        wanted = f"singleValueExtendedProperties/Any(ep: ep/id eq '{self._tag}' and ep/value eq '{key}')"
        found = self._graph.pages(_events(user_id), params={"$filter": wanted}, prefer=[LOCAL_TIMES])
        return next((_found(raw) for raw in found), None)

    def own_events(self, user_id: str, since: datetime, until: datetime) -> Iterator[tuple[str, Found]]:
        """Yield the events that carry any key of ours, with that key, of which a part lies in the window.

        *since* and *until* are local wall clock, the end exclusive. The window is kept here: the filter on a property
        reads the whole mailbox anyway, and combining it with one on times is not documented.
        Source: https://learn.microsoft.com/en-us/office/dev/add-ins/outlook/metadata-for-an-outlook-add-in (`ne null`)
        """
        raws = self._graph.pages(_events(user_id), params=self._ours(), prefer=[LOCAL_TIMES])
        yield from _within(raws, since, until)

    def own_events_many(
        self, user_ids: Sequence[str], since: datetime, until: datetime
    ) -> list[list[tuple[str, Found]] | HubError]:
        """Return, for each mailbox in its place, what `own_events` yields of it, or why it cannot be told.

        The first page of each travels with those of the others; few mailboxes have another one.
        """
        calls = [call("GET", _events(each), params=self._ours(), prefer=[LOCAL_TIMES]) for each in user_ids]
        return [self._all_of(page, since, until) for page in self._graph.many(calls)]

    def _all_of(
        self, first: dict[str, Any] | HubError, since: datetime, until: datetime
    ) -> list[tuple[str, Found]] | HubError:
        if isinstance(first, HubError):
            return first
        try:
            return list(_within(self._graph.pages_from(first, prefer=[LOCAL_TIMES]), since, until))
        except HubError as error:
            return error

    def _ours(self) -> dict[str, str]:
        return {
            "$filter": f"singleValueExtendedProperties/Any(ep: ep/id eq '{self._tag}' and ep/value ne null)",
            "$expand": f"singleValueExtendedProperties($filter=id eq '{self._tag}')",  # else the key does not come
            "$select": "subject,start,end,isAllDay,showAs,location",
            "$top": str(_PAGE),
        }

    def read(self, user_id: str, event_id: str) -> Found | None:
        """Return the event, None when its owner deleted it."""
        try:
            return _found(self._graph.get(_event(user_id, event_id), prefer=[LOCAL_TIMES]))
        except NotFound:
            return None


def wall_clock(moment: datetime) -> dict[str, str]:
    """Write a local moment as Graph's dateTimeTimeZone."""
    return {"dateTime": moment.isoformat(timespec="seconds"), "timeZone": ZONE}


def local_moment(raw: Mapping[str, str]) -> datetime:
    """Read a dateTimeTimeZone, in UTC or in our zone, as local wall clock to the second."""
    moment = datetime.fromisoformat(raw["dateTime"][:19])
    if raw["timeZone"] in _ZONES:
        return moment
    return datetime.fromisoformat(f"{raw['dateTime'][:19]}+00:00").astimezone(BRUSSELS).replace(tzinfo=None)


def _within(raws: Iterable[Mapping[str, Any]], since: datetime, until: datetime) -> Iterator[tuple[str, Found]]:
    for raw in raws:
        found = _found(raw)
        if found.shown.start < until and found.shown.end > since:
            yield raw["singleValueExtendedProperties"][0]["value"], found


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
