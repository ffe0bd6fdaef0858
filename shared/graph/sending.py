"""Mail that a mailbox sends: first a draft with a key of ours, then on its way, so that both are found again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from shared.errors import Transient
from shared.graph.client import GraphClient
from shared.graph.errors import NotFound


@dataclass(frozen=True)
class Tagged:
    """A message that carries the key. Not *is_draft*: it left."""

    id: str
    is_draft: bool


class Sending:
    """The mailboxes that the hub sends from. *tag* is the id of an extended property of ours, for ever the same."""

    def __init__(self, graph: GraphClient, tag: str) -> None:
        self._graph = graph
        self._tag = tag

    def find(self, mailbox: str, key: str) -> Tagged | None:
        """Return the message with *key*, in whatever folder it stands: one that left if there is one, else a draft.

        Graph does not filter on header lines; on an extended property it does.
        Source: https://learn.microsoft.com/en-us/graph/api/singlevaluelegacyextendedproperty-get
        """
        asked = {"$filter": self._has(key), "$select": "id,isDraft"}
        found = [Tagged(each["id"], bool(each["isDraft"])) for each in self._graph.pages(_path(mailbox), params=asked)]
        return min(found, key=lambda each: each.is_draft, default=None)

    def draft(self, mailbox: str, message: Mapping[str, Any], key: str) -> str:
        """Make a draft of *message* that carries *key*, and return its id, which stays when it leaves.

        Source: https://learn.microsoft.com/en-us/graph/api/user-post-messages
        """
        property_ = {"id": self._tag, "value": key}
        return str(self._graph.post(_path(mailbox), {**message, "singleValueExtendedProperties": [property_]})["id"])

    def send(self, mailbox: str, message_id: str) -> None:
        """Send the draft; Exchange keeps a copy among the sent items.

        Source: https://learn.microsoft.com/en-us/graph/api/message-send
        Raises: Transient("draft_gone") when it left, or somebody deleted it: look again.
        """
        try:
            self._graph.post(f"{_path(mailbox)}/{quote(message_id, safe='')}/send", {})
        except NotFound as error:
            raise Transient("draft_gone", f"{error}: expected the draft that was there a moment ago") from error

    def _has(self, key: str) -> str:
        wanted = f"ep/id eq {_quoted(self._tag)} and ep/value eq {_quoted(key)}"
        return f"singleValueExtendedProperties/Any(ep: {wanted})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _path(mailbox: str) -> str:
    return f"/users/{quote(mailbox, safe='')}/messages"
