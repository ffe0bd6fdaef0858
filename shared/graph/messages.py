"""The mail that came in a mailbox: what ICT may know of it, its bytes, and where it is put when it is registered.

No subject, sender or text is ever asked: those are in the bytes, which go from Exchange to the library.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from shared.errors import Transient
from shared.graph.client import GraphClient
from shared.graph.errors import Conflict, NotFound

_SELECT = "id,internetMessageId,receivedDateTime,parentFolderId,categories,webLink"
_PAGE = "100"  # of messages or folders; Outlook's own default is 10


@dataclass(frozen=True)
class ReceivedMessage:
    """A message in a mailbox. *id* stays when it moves; *internet_message_id* is what its sender's server called it.

    *etag* differs after every change; *web_url* opens it in Outlook.
    """

    id: str
    internet_message_id: str
    received_at: datetime
    folder_id: str
    categories: tuple[str, ...]
    web_url: str
    etag: str = ""


class Messages:
    """The mailboxes of the tenant, by address or id."""

    def __init__(self, graph: GraphClient) -> None:
        self._graph = graph

    def get(self, mailbox: str, message_id: str) -> ReceivedMessage | None:
        """Return the message wherever it was moved, None when somebody deleted it for good."""
        try:
            return _message(self._graph.get(_path(mailbox, message_id), params={"$select": _SELECT}))
        except NotFound:
            return None

    def inbox(self, mailbox: str) -> str:
        """Return the id of the inbox, which never changes. Raises: NotFound without such a mailbox."""
        return str(self._graph.get(_inbox(mailbox), params={"$select": "id"})["id"])

    def waiting(self, mailbox: str) -> Iterator[ReceivedMessage]:
        """Yield what stands in the inbox, oldest first.

        Read it all before anything is moved away: what comes after would move up, and be passed over.
        """
        order = {"$select": _SELECT, "$orderby": "receivedDateTime asc", "$top": _PAGE}
        return map(_message, self._graph.pages(f"{_inbox(mailbox)}/messages", params=order))

    def mime(self, mailbox: str, message_id: str, target: Path) -> None:
        """Write the message as it came, attachments included, to *target*, which appears whole or not at all.

        Source: https://learn.microsoft.com/en-us/graph/outlook-get-mime-message
        Raises: NotFound; Transient when it was cut short.
        """
        self._graph.download(f"{_path(mailbox, message_id)}/$value", target)

    def folder(self, mailbox: str, name: str) -> str:
        """Return the id of the folder *name* in the inbox, made when it is missing. Safe to repeat."""
        found = self._folder(mailbox, name)
        if found is not None:
            return found
        try:
            return str(self._graph.post(f"{_inbox(mailbox)}/childFolders", {"displayName": name})["id"])
        except Conflict as conflict:  # somebody made it since we looked
            found = self._folder(mailbox, name)
            if found is None:
                raise Transient("folder_in_motion", "a mail folder is there, yet not to be found") from conflict
            return found

    def move(self, mailbox: str, message_id: str, folder_id: str) -> str:
        """Put the message in the folder and return its id there, which is the same. Safe to repeat.

        Raises: NotFound.
        """
        # https://learn.microsoft.com/en-us/graph/outlook-immutable-id: the client asks for ids that stay
        return str(self._graph.post(f"{_path(mailbox, message_id)}/move", {"destinationId": folder_id})["id"])

    def set_categories(self, mailbox: str, message_id: str, categories: Sequence[str], etag: str | None = None) -> None:
        """Replace the categories; with *etag* only if nobody else changed the message meanwhile (Stale)."""
        self._graph.patch(_path(mailbox, message_id), {"categories": list(categories)}, etag=etag)

    def _folder(self, mailbox: str, name: str) -> str | None:
        known = self._graph.pages(
            f"{_inbox(mailbox)}/childFolders", params={"$select": "id,displayName", "$top": _PAGE}
        )
        return next((str(each["id"]) for each in known if each["displayName"].lower() == name.lower()), None)


def _message(raw: Mapping[str, Any]) -> ReceivedMessage:
    return ReceivedMessage(
        id=raw["id"],
        internet_message_id=raw.get("internetMessageId") or "",
        received_at=datetime.fromisoformat(raw["receivedDateTime"]).astimezone(UTC),
        folder_id=raw["parentFolderId"],
        categories=tuple(raw.get("categories") or ()),
        web_url=raw.get("webLink") or "",
        etag=raw.get("@odata.etag") or "",
    )


def _mailbox(mailbox: str) -> str:
    return f"/users/{quote(mailbox, safe='')}"


def _inbox(mailbox: str) -> str:
    return f"{_mailbox(mailbox)}/mailFolders/inbox"


def _path(mailbox: str, message_id: str) -> str:
    return f"{_mailbox(mailbox)}/messages/{quote(message_id, safe='')}"
