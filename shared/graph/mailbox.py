"""The automatic reply of a mailbox: one slot, which its owner uses too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from shared.graph.calendar import LOCAL_TIMES, local_moment, wall_clock
from shared.graph.client import GraphClient


@dataclass(frozen=True)
class AutomaticReply:
    """The whole setting. *start* and *end* are local wall clock and only count when *status* is `scheduled`.

    Source: https://learn.microsoft.com/en-us/graph/api/resources/automaticrepliessetting
    """

    status: str
    start: datetime
    end: datetime
    internal: str
    external: str
    audience: str = "all"

    def is_on(self, now: datetime) -> bool:
        """Tell whether it answers now or will later. *now* is local wall clock."""
        return self.status == "alwaysEnabled" or (self.status == "scheduled" and self.end > now)

    def answers(self, start: datetime, end: datetime) -> bool:
        """Tell whether it answers at any moment from *start* to *end*."""
        return self.is_on(start) and (self.status == "alwaysEnabled" or self.start < end)

    def as_json(self) -> dict[str, Any]:
        return {
            "status": self.status,
            "externalAudience": self.audience,
            "internalReplyMessage": self.internal,
            "externalReplyMessage": self.external,
            "scheduledStartDateTime": wall_clock(self.start),
            "scheduledEndDateTime": wall_clock(self.end),
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> AutomaticReply:
        return cls(
            status=raw["status"],
            start=local_moment(raw["scheduledStartDateTime"]),
            end=local_moment(raw["scheduledEndDateTime"]),
            internal=raw.get("internalReplyMessage") or "",
            external=raw.get("externalReplyMessage") or "",
            audience=raw.get("externalAudience", "all"),
        )


class Mailbox:
    """The settings of the tenant's mailboxes."""

    def __init__(self, graph: GraphClient) -> None:
        self._graph = graph

    def reply(self, user_id: str) -> AutomaticReply:
        """Return the automatic reply as it stands."""
        answer = self._graph.get(_settings(user_id), prefer=[LOCAL_TIMES])
        return AutomaticReply.from_json(answer["automaticRepliesSetting"])

    def set_reply(self, user_id: str, reply: AutomaticReply) -> AutomaticReply:
        """Replace the automatic reply and return what the mailbox made of it (Exchange tidies the HTML).

        Always the complete setting: what merging inside it does is not documented.
        """
        body = {"automaticRepliesSetting": reply.as_json()}
        answer = self._graph.patch(_settings(user_id), body, prefer=[LOCAL_TIMES])
        made = answer.get("automaticRepliesSetting") or {}
        return AutomaticReply.from_json(made) if "scheduledEndDateTime" in made else self.reply(user_id)


def _settings(user_id: str) -> str:
    return f"/users/{quote(user_id, safe='')}/mailboxSettings"
