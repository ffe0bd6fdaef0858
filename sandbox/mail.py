"""The messages of a mailbox and the folders they stand in, without HTTP."""

import email
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from functools import cached_property
from typing import Any

from markupsafe import Markup

from sandbox.errors import GraphError, bad_request, not_found
from sandbox.outlook_ids import IMMUTABLE, MUTABLE
from sandbox.zones import utc

Json = dict[str, Any]
# https://learn.microsoft.com/en-us/graph/api/resources/mailfolder - the names are the same in every language
_WELL_KNOWN = {
    "inbox": "Postvak IN",
    "drafts": "Concepten",
    "sentitems": "Verzonden items",
    "deleteditems": "Verwijderde items",
    "junkemail": "Ongewenste e-mail",
    "archive": "Archief",
    "outbox": "Postvak UIT",
}
_FOLDER = "AQMkADkzNzA4ZDZlLTQ0AGJl"
_PREVIEW = 255  # characters
_WRITABLE = {"categories", "isRead"}


@dataclass
class Folder:
    """A mail folder; *well_known* is its name in addresses, if it has one."""

    name: str
    parent: str  # id
    well_known: str = ""
    id: str = field(default_factory=lambda: f"{_FOLDER}{uuid.uuid4().hex}")


@dataclass
class Message:
    """One message, as it came (*raw*, RFC 5322) and what became of it."""

    raw: bytes
    folder: str  # id
    received: datetime
    modified: datetime
    is_read: bool = False
    is_draft: bool = False
    properties: dict[str, str] = field(default_factory=dict)  # extended, by id
    categories: list[str] = field(default_factory=list)
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    version: int = 1
    moves: int = 0

    @cached_property
    def parsed(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=policy.default)

    @property
    def etag(self) -> str:
        return f'W/"{self.id[:12]}{self.version:04d}"'

    @property
    def message_id(self) -> str:
        """What the sender called it."""
        return str(self.parsed["message-id"] or "")

    def public_id(self, *, immutable: bool) -> str:
        return f"{IMMUTABLE}{self.id}" if immutable else f"{MUTABLE}{self.moves:04x}{self.id}"

    def change(self, body: Json, now: datetime) -> None:
        """Apply a PATCH. Raises: GraphError 400, and then nothing changed."""
        if unknown := body.keys() - _WRITABLE:
            raise bad_request(f"'{min(unknown)}' of a received message cannot be changed.", "ErrorInvalidPropertySet")
        categories, is_read = body.get("categories", self.categories), body.get("isRead", self.is_read)
        if not isinstance(is_read, bool) or not isinstance(categories, list):
            raise bad_request("isRead is true or false, categories a list of names.", "RequestBodyRead")
        if not all(isinstance(each, str) for each in categories):
            raise bad_request("A category is a name.", "RequestBodyRead")
        self.categories, self.is_read = categories, is_read
        self.modified, self.version = now, self.version + 1

    def headers(self) -> list[Json]:
        """Return the header lines, which Graph tells only who selects `internetMessageHeaders`."""
        return [{"name": name, "value": str(value)} for name, value in self.parsed.items()]

    def rendered(self, *, immutable: bool) -> Json:
        """Write the message as Graph does."""
        body = self._body()
        return {
            "@odata.etag": self.etag,
            "id": self.public_id(immutable=immutable),
            "createdDateTime": utc(self.received),
            "lastModifiedDateTime": utc(self.modified),
            "changeKey": self.etag[3:-1],
            "categories": list(self.categories),
            "receivedDateTime": utc(self.received),
            "sentDateTime": utc(self._sent()),
            "hasAttachments": any(True for _ in self.parsed.iter_attachments()),
            "internetMessageId": self.message_id,
            "subject": str(self.parsed["subject"] or ""),
            "bodyPreview": Markup(body["content"]).striptags()[:_PREVIEW],  # noqa: S704 - its tags are removed
            "importance": "normal",
            "parentFolderId": self.folder,
            "conversationId": f"{MUTABLE}c{self.id}",
            "isDeliveryReceiptRequested": False,
            "isReadReceiptRequested": False,
            "isRead": self.is_read,
            "isDraft": self.is_draft,
            "webLink": f"https://outlook.office365.com/owa/?itemid={self.id}",
            "inferenceClassification": "focused",
            "body": body,
            "sender": next(self._people("sender"), None) or next(self._people("from"), None),
            "from": next(self._people("from"), None),
            "toRecipients": list(self._people("to")),
            "ccRecipients": list(self._people("cc")),
            "bccRecipients": list(self._people("bcc")),
            "replyTo": list(self._people("reply-to")),
            "flag": {"flagStatus": "notFlagged"},
        }

    def _sent(self) -> datetime:
        sent: datetime | None = getattr(self.parsed["date"], "datetime", None)
        return sent if sent is not None and sent.tzinfo else self.received

    def _people(self, header: str) -> Iterator[Json]:
        addresses: tuple[Address, ...] = getattr(self.parsed[header], "addresses", ())
        for each in addresses:
            yield {"emailAddress": {"name": each.display_name or each.addr_spec, "address": each.addr_spec}}

    def _body(self) -> Json:
        part = self.parsed.get_body(preferencelist=("html", "plain"))
        if part is None:
            return {"contentType": "text", "content": ""}
        charset, content = part.get_content_charset("utf-8"), bytes(part.get_payload(decode=True))
        try:
            text = content.decode(charset, "replace")
        except LookupError:  # a character set that nobody knows
            text = content.decode("latin-1")
        return {"contentType": "html" if part.get_content_subtype() == "html" else "text", "content": text}


class Mail:
    """The folders and messages of one mailbox."""

    def __init__(self) -> None:
        self.root = Folder("Bovenste niveau van het informatiearchief", "", "msgfolderroot")
        known = [Folder(label, self.root.id, name) for name, label in _WELL_KNOWN.items()]
        self.folders: dict[str, Folder] = {folder.id: folder for folder in (self.root, *known)}
        self.messages: dict[str, Message] = {}  # by our own id

    def folder(self, key: str) -> Folder:
        """Return the folder with id or well-known name *key*. Raises: GraphError 404."""
        for folder in self.folders.values():
            if key == folder.id or (folder.well_known and key.lower() == folder.well_known):
                return folder
        raise not_found("The specified folder could not be found in the store.", "ErrorItemNotFound")

    def children(self, folder: Folder) -> list[Folder]:
        return [each for each in self.folders.values() if each.parent == folder.id]

    def add_folder(self, parent: Folder, name: str) -> Folder:
        """Raises: GraphError 409 when there is one of that name."""
        if any(each.name.lower() == name.lower() for each in self.children(parent)):
            raise GraphError(409, "ErrorFolderExists", "A folder with the specified name already exists.")
        made = Folder(name, parent.id)
        self.folders[made.id] = made
        return made

    def inside(self, folder: Folder) -> list[Message]:
        """Return the messages in *folder*, oldest first."""
        return [each for each in self.messages.values() if each.folder == folder.id]

    def message(self, public_id: str) -> Message:
        """Return the message that a client knows by either form of id. Raises: GraphError 404."""
        message = self.messages.get(public_id[-32:])
        if message is None or public_id not in (message.public_id(immutable=True), message.public_id(immutable=False)):
            raise not_found("The specified object was not found in the store.", "ErrorItemNotFound")
        return message

    def add(self, raw: bytes, now: datetime) -> Message:
        """Put a message that came in the inbox."""
        message = Message(raw, self.folder("inbox").id, now, now)
        self.messages[message.id] = message
        return message

    def add_draft(self, raw: bytes, properties: dict[str, str], now: datetime) -> Message:
        """Put a message that is being written among the drafts."""
        message = Message(raw, self.folder("drafts").id, now, now, is_read=True, is_draft=True, properties=properties)
        self.messages[message.id] = message
        return message

    def move(self, message: Message, folder: Folder, now: datetime) -> None:
        message.folder, message.modified = folder.id, now
        message.moves += 1
        message.version += 1

    def rendered(self, folder: Folder) -> Json:
        """Write *folder* as Graph does."""
        inside = self.inside(folder)
        return {
            "id": folder.id,
            "displayName": folder.name,
            "parentFolderId": folder.parent or None,
            "childFolderCount": len(self.children(folder)),
            "unreadItemCount": sum(not message.is_read for message in inside),
            "totalItemCount": len(inside),
            "isHidden": False,
        }


def immutable_id(mutable: str) -> str:
    """Return the lasting id of a message, also when it is gone."""
    return f"{IMMUTABLE}{mutable[-32:]}"
