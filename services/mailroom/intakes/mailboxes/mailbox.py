"""A shared mailbox that the mail register is fed from: read as it came, marked and put away once it is registered.

Nothing in it is deleted, and nobody is answered: whether a receipt is sent is for the organisation's own register.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from services.mailroom.domain.mail.incoming import IncomingMail
from services.mailroom.domain.mail.notation import notation
from services.mailroom.domain.mail.suggestions import Suggestions, suggestions
from services.mailroom.domain.mail.triage import Skip, triage
from services.mailroom.intakes.mailboxes.options import MailboxOptions
from shared.crashpoints import crashpoint
from shared.errors import Permanent
from shared.graph.directory import User
from shared.graph.errors import NotFound, Refused
from shared.graph.messages import ReceivedMessage

SKIPPED_CATEGORY = "Hub: overgeslagen"
LONGEST_KENMERK = 40  # characters: what an event takes


class Mail(Protocol):
    """The mail of the tenant; shared.graph.messages.Messages is it."""

    def inbox(self, mailbox: str) -> str: ...
    def get(self, mailbox: str, message_id: str) -> ReceivedMessage | None: ...
    def waiting(self, mailbox: str) -> Iterator[ReceivedMessage]: ...
    def mime(self, mailbox: str, message_id: str, target: Path) -> None: ...
    def folder(self, mailbox: str, name: str) -> str: ...
    def move(self, mailbox: str, message_id: str, folder_id: str) -> str: ...
    def set_categories(
        self, mailbox: str, message_id: str, categories: Sequence[str], etag: str | None = None
    ) -> None: ...


class SharedMailbox:
    """The mailbox of the table [mailroom.mailboxes.<name>].

    Raises, everywhere: Permanent("mailbox_not_permitted") when Exchange keeps the hub out; Transient when it is away.
    """

    def __init__(self, name: str, options: MailboxOptions, mail: Mail, account: Callable[[str], User | None]) -> None:
        self.name = name
        self._options, self._mail, self._account = options, mail, account
        self._kenmerk = notation(options.kenmerk).exact
        # Asked once: neither changes. https://learn.microsoft.com/en-us/graph/outlook-immutable-id (container types)
        self._user_id, self._inbox_id = "", ""

    @property
    def user_id(self) -> str:
        """Return the id of its account, by which Graph tells of it. Raises: Permanent("mailbox_missing")."""
        if not self._is_resolved():
            raise self._missing()
        return self._user_id

    def is_called(self, mailbox: str) -> bool:
        """Tell whether *mailbox*, an address or the id of an account, is this one."""
        if mailbox.lower() == self._options.address.lower():
            return True
        return self._is_resolved() and mailbox.lower() == self._user_id.lower()

    def inbox(self) -> list[ReceivedMessage]:
        """Return what stands in the inbox, oldest first. Raises: Permanent("mailbox_missing")."""
        with self._permitted(), self._there():
            return list(self._mail.waiting(self._options.address))

    def get(self, message_id: str) -> ReceivedMessage | None:
        with self._permitted():
            return self._mail.get(self._options.address, message_id)

    def is_in_inbox(self, message: ReceivedMessage | None) -> bool:
        if not self._inbox_id:
            with self._permitted(), self._there():
                self._inbox_id = self._mail.inbox(self._options.address)
        return message is not None and message.folder_id == self._inbox_id

    def fetch(self, message_id: str, target: Path) -> str | None:
        """Write the original MIME to *target* and return its sha256; None when the message is gone."""
        with self._permitted():
            try:
                self._mail.mime(self._options.address, message_id, target)
            except NotFound:
                return None
        with target.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def skip(self, mail: IncomingMail) -> Skip | None:
        return triage(mail, self._options.senders, self._options.domains)

    def suggest(self, mail: IncomingMail, projects: Mapping[str, str], known: Callable[[str], bool]) -> Suggestions:
        """Return what *mail* may be about: *projects* are titles by code, *known* tells which kenmerken exist."""
        return suggestions(mail, self._options.kenmerk, self._options.project, projects, known)

    @property
    def kenmerk_pattern(self) -> str:
        return self._options.kenmerk

    def is_kenmerk(self, text: str) -> bool:
        return len(text) <= LONGEST_KENMERK and self._kenmerk.fullmatch(text) is not None

    def kenmerk_among(self, categories: Collection[str]) -> str | None:
        """Return the category that is a kenmerk; None if there is none, or more than one to choose from."""
        found = {category for category in categories if self.is_kenmerk(category)}
        return found.pop() if len(found) == 1 else None

    def mark_skipped(self, message: ReceivedMessage) -> None:
        """Let people see in Outlook that *message* was passed over, if the organisation wants that. Safe to repeat."""
        if self._options.mark_skipped:
            self._categorise(message, [*message.categories, SKIPPED_CATEGORY])
            crashpoint("mailroom.after_mark_skipped")

    def put_away(self, message_id: str, kenmerk: str, instead_of: str | None) -> None:
        """Mark a message with its kenmerk and move it out of the inbox. Safe to repeat, whatever was done before.

        What people deleted or moved themselves stays where they put it. *instead_of* is a kenmerk that was wrong.
        """
        message = self.get(message_id)
        if message is None:
            return
        others = [category for category in message.categories if category not in (instead_of, SKIPPED_CATEGORY)]
        self._categorise(message, [*others, kenmerk])
        crashpoint("mailroom.after_category")
        if self.is_in_inbox(message):
            self._move(message_id)
            crashpoint("mailroom.after_message_move")

    def _is_resolved(self) -> bool:
        if not self._user_id:
            user = self._account(self._options.address)
            self._user_id = user.id if user else ""
        return bool(self._user_id)

    def _categorise(self, message: ReceivedMessage, categories: Sequence[str]) -> None:
        wanted = list(dict.fromkeys(categories))
        if wanted == list(message.categories):
            return
        with self._permitted():
            try:  # with its etag: what somebody adds meanwhile is not lost
                self._mail.set_categories(self._options.address, message.id, wanted, message.etag or None)
            except NotFound:
                return

    def _move(self, message_id: str) -> None:
        with self._permitted():
            folder = self._mail.folder(self._options.address, self._options.folder)
            try:
                self._mail.move(self._options.address, message_id, folder)
            except NotFound:
                return

    @contextmanager
    def _permitted(self) -> Iterator[None]:
        try:
            yield
        except Refused as error:
            if error.reason != "graph_403":
                raise
            raise Permanent(
                "mailbox_not_permitted",
                f"mailbox {self.name!r}: Graph answered 403 {error.code}: grant the hub's application Mail.ReadWrite "
                f"for the address in [mailroom.mailboxes.{self.name}], then retry",
            ) from error

    @contextmanager
    def _there(self) -> Iterator[None]:
        try:
            yield
        except NotFound as error:
            raise self._missing() from error

    def _missing(self) -> Permanent:
        return Permanent(
            "mailbox_missing",
            f"mailbox {self.name!r}: expected one at the address in [mailroom.mailboxes.{self.name}] of hub.toml, and "
            "Exchange has none there",
        )
