"""The rules of a mailbox's automatic reply, without HTTP."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.calendars import one_of
from sandbox.errors import bad_request
from sandbox.zones import in_zone, instant

Json = dict[str, Any]


@dataclass
class Replies:
    """The automatic reply of a mailbox: one slot."""

    status: str = "disabled"
    audience: str = "all"
    internal: str = ""
    external: str = ""
    start: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    end: datetime = datetime(2026, 1, 2, tzinfo=UTC)

    def changed(self, body: Json, now: datetime) -> "Replies":
        """Return the setting after a PATCH; what it leaves out stays. Raises: GraphError 400."""
        one_of(body, "status", {"disabled", "alwaysEnabled", "scheduled"})
        one_of(body, "externalAudience", {"none", "contactsOnly", "all"})
        made = Replies(
            status=body.get("status", self.status),
            audience=body.get("externalAudience", self.audience),
            internal=body.get("internalReplyMessage", self.internal) or "",
            external=body.get("externalReplyMessage", self.external) or "",
            start=instant(body["scheduledStartDateTime"]) if "scheduledStartDateTime" in body else self.start,
            end=instant(body["scheduledEndDateTime"]) if "scheduledEndDateTime" in body else self.end,
        )
        if made.status == "scheduled" and not made.start < made.end > now:
            raise bad_request("The reply must be scheduled for a future period.", "ErrorInvalidTimeSettings")
        return made

    def active(self, now: datetime) -> bool:
        return self.status == "alwaysEnabled" or (self.status == "scheduled" and self.start <= now < self.end)

    def rendered(self, zone: str) -> Json:
        return {
            "status": self.status,
            "externalAudience": self.audience,
            "internalReplyMessage": self.internal,
            "externalReplyMessage": self.external,
            "scheduledStartDateTime": in_zone(self.start, zone),
            "scheduledEndDateTime": in_zone(self.end, zone),
        }
