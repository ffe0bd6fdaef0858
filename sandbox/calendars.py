"""The rules of Outlook's calendar, without HTTP."""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from sandbox.errors import GraphError, bad_request
from sandbox.outlook_ids import IMMUTABLE, MUTABLE
from sandbox.zones import in_zone, instant, utc

Json = dict[str, Any]

_DEFAULTS: Json = {
    "allowNewTimeProposals": True,
    "attendees": [],
    "body": {"contentType": "html", "content": ""},
    "categories": [],
    "importance": "normal",
    "isAllDay": False,
    "isOnlineMeeting": False,
    "isReminderOn": True,
    "location": {"displayName": ""},
    "locations": [],
    "recurrence": None,
    "reminderMinutesBeforeStart": 15,
    "responseRequested": True,
    "sensitivity": "normal",
    "showAs": "busy",
    "subject": None,
    "transactionId": None,
}
_CHOICES = {
    "showAs": {"free", "tentative", "busy", "oof", "workingElsewhere", "unknown"},
    "sensitivity": {"normal", "personal", "private", "confidential"},
    "importance": {"low", "normal", "high"},
}
_WRITABLE = _DEFAULTS.keys() | {"start", "end", "singleValueExtendedProperties", "hideAttendees"}


@dataclass
class Event:
    """One event; *content* is what was written, over Outlook's defaults."""

    owner: str
    content: Json
    start: datetime
    end: datetime
    zones: tuple[str, str]  # of start and end, as written
    created: datetime
    modified: datetime
    properties: dict[str, str] = field(default_factory=dict)  # extended, by id
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    version: int = 1

    @classmethod
    def written(cls, owner: str, body: Json, now: datetime) -> Self:
        """Make the event that a POST asks for. Raises: GraphError 400."""
        for name in ("start", "end"):
            if not isinstance(body.get(name), dict):
                raise bad_request(f"The event has no '{name}'.", "ErrorPropertyValidationFailure")
        event = cls(owner, dict(_DEFAULTS), now, now, ("UTC", "UTC"), now, now)
        event._apply(body)
        return event

    def change(self, body: Json, now: datetime) -> None:
        """Apply a PATCH. Raises: GraphError 400, and then nothing changed."""
        if body.get("transactionId", self.content["transactionId"]) != self.content["transactionId"]:
            raise bad_request("The transactionId of an event cannot be changed.", "ErrorInvalidPropertySet")
        self._apply(body)
        self.modified, self.version = now, self.version + 1

    def _apply(self, body: Json) -> None:
        _known(body)
        content = self.content | {key: body[key] for key in body.keys() & _DEFAULTS.keys()}
        start = instant(body["start"]) if "start" in body else self.start
        end = instant(body["end"]) if "end" in body else self.end
        zones = (_zone(body, "start", self.zones[0]), _zone(body, "end", self.zones[1]))
        if end < start:
            raise bad_request("The event ends before it starts.", "ErrorCalendarEndDateIsEarlierThanStartDate")
        if content["isAllDay"]:
            _all_day(in_zone(start, zones[0]), in_zone(end, zones[1]))
        self.content, self.start, self.end, self.zones = content, start, end, zones
        self.properties |= {each["id"]: each["value"] for each in body.get("singleValueExtendedProperties", [])}

    @property
    def etag(self) -> str:
        return f'W/"{self.id[:12]}{self.version:04d}"'

    @property
    def key(self) -> str:
        """What the event is to whoever made it: its own tag, else its transaction."""
        return next(iter(self.properties.values()), self.content["transactionId"] or "")

    def covers(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def public_id(self, *, immutable: bool) -> str:
        return f"{IMMUTABLE if immutable else MUTABLE}{self.id}"

    def rendered(self, zone: str, expand: Iterable[str] = (), *, immutable: bool) -> Json:
        """Write the event as Graph does, times in *zone*, with the extended properties *expand*."""
        made: Json = {
            "@odata.etag": self.etag,
            "id": self.public_id(immutable=immutable),
            "createdDateTime": utc(self.created),
            "lastModifiedDateTime": utc(self.modified),
            "changeKey": self.etag[3:-1],
            "iCalUId": f"040000008200E00074C5B7101A82E008{self.id.upper()}",
            "originalStartTimeZone": self.zones[0],
            "originalEndTimeZone": self.zones[1],
            "hasAttachments": False,
            "bodyPreview": "",
            "isCancelled": False,
            "isOrganizer": True,
            "isDraft": False,
            "hideAttendees": False,
            "seriesMasterId": None,
            "type": "singleInstance",
            "webLink": f"https://outlook.office365.com/owa/?itemid={self.id}",
            "onlineMeetingUrl": None,
            "responseStatus": {"response": "organizer", "time": "0001-01-01T00:00:00Z"},
            "organizer": {"emailAddress": {"name": self.owner, "address": self.owner}},
        } | self.content
        made |= {"start": in_zone(self.start, zone), "end": in_zone(self.end, zone)}
        wanted = [{"id": key, "value": self.properties[key]} for key in expand if key in self.properties]
        return made | ({"singleValueExtendedProperties": wanted} if wanted else {})


def private_id(public: str) -> str:
    """Return our id of an event that a client knows by either form."""
    return public.removeprefix(IMMUTABLE).removeprefix(MUTABLE)


def _known(body: Json) -> None:
    for name in body.keys() - _WRITABLE:
        message = f"The property '{name}' does not exist on type 'microsoft.graph.event' or cannot be written."
        raise bad_request(message, "RequestBodyRead")
    for name, choices in _CHOICES.items():
        one_of(body, name, choices)
    for each in body.get("singleValueExtendedProperties", []):
        if not isinstance(each, dict) or not isinstance(each.get("id"), str) or "value" not in each:
            raise bad_request("An extended property needs 'id' and 'value'.", "ErrorInvalidRequest")


def one_of(body: Json, name: str, choices: Collection[str]) -> None:
    if name in body and body[name] not in choices:
        raise bad_request(f"Cannot convert the literal '{body[name]}' to the type of '{name}'.", "RequestBodyRead")


def _zone(body: Json, name: str, before: str) -> str:
    return str(body[name]["timeZone"]) if name in body else before


def _all_day(start: Json, end: Json) -> None:
    """https://learn.microsoft.com/en-us/graph/api/resources/event: midnight, and the same zone on both ends."""
    midnight = all("T00:00:00.0000000" in each["dateTime"] for each in (start, end))
    if not midnight or start["timeZone"] != end["timeZone"] or start["dateTime"] == end["dateTime"]:
        message = "An all-day event starts and ends at midnight in the same time zone and lasts 24 hours at least."
        raise bad_request(message, "ErrorPropertyValidationFailure")


def check_match(condition: str | None, etag: str) -> None:
    """Raises: GraphError 412 when If-Match names another version than the present *etag*."""
    if condition not in (None, "*", etag):
        message = "The change key passed in the request does not match the current change key of the item."
        raise GraphError(412, "ErrorIrresolvableConflict", message)
