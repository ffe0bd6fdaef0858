"""A shared mailbox in memory, and a mailroom that looks in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from pathlib import Path

from services.mailroom.handlers import Mailroom, router
from services.mailroom.intakes.mailboxes.mailbox import SharedMailbox
from services.mailroom.intakes.mailboxes.options import MailboxOptions
from services.mailroom.store.messages import Message
from shared.errors import Transient
from shared.events import Event, GraphResourceChanged, RegistrationChosen
from shared.graph.directory import User
from shared.graph.errors import NotFound, Refused, Stale
from shared.graph.messages import ReceivedMessage
from shared.persistence.database import own_writes
from tests.unit.mailroom.builders import NOW, TICK, FakeMailroom

POST, POST_ID = "post@example.org", "0f6b3a52-0000-4000-8000-000000000007"
INBOX = "folder-inbox"
KENMERK = "2026/IN/001300"


@dataclass
class Mailed:
    """A message in the fake mailbox."""

    id: str
    raw: bytes
    folder: str = INBOX
    categories: list[str] = field(default_factory=list)
    version: int = 1


class FakeMail:
    """The mail of one mailbox. *breaks_after* names what is done once though its answer is lost; *refuses* 403s all."""

    def __init__(self) -> None:
        self.messages: dict[str, Mailed] = {}
        self.folders: dict[str, str] = {}
        self.writes: list[str] = []
        self.breaks_after = ""
        self.exists, self.refuses = True, False
        self._numbers = count(1)

    def deliver(self, raw: bytes) -> str:
        made = Mailed(f"AAk-{next(self._numbers)}", raw)
        self.messages[made.id] = made
        return made.id

    def categorise(self, message_id: str, *categories: str) -> None:
        """Do what a person does in Outlook."""
        message = self.messages[message_id]
        message.categories = list(categories)
        message.version += 1

    def place(self, message_id: str) -> str:
        folder = self.messages[message_id].folder
        return next((name for name, id_ in self.folders.items() if id_ == folder), folder)

    def inbox(self, mailbox: str) -> str:
        self._reached(mailbox)
        return INBOX

    def get(self, mailbox: str, message_id: str) -> ReceivedMessage | None:
        self._reached(mailbox)
        found = self.messages.get(message_id)
        return _shown(found) if found else None

    def waiting(self, mailbox: str) -> Iterator[ReceivedMessage]:
        self._reached(mailbox)
        yield from [_shown(each) for each in self.messages.values() if each.folder == INBOX]

    def mime(self, mailbox: str, message_id: str, target: Path) -> None:
        target.write_bytes(self._found(mailbox, message_id).raw)

    def folder(self, mailbox: str, name: str) -> str:
        self._reached(mailbox)
        made = self.folders.setdefault(name, f"folder-{len(self.folders)}")
        self._wrote("folder")
        return made

    def move(self, mailbox: str, message_id: str, folder_id: str) -> str:
        self._found(mailbox, message_id).folder = folder_id
        self._wrote("move")
        return message_id

    def set_categories(self, mailbox: str, message_id: str, categories: Sequence[str], etag: str | None = None) -> None:
        message = self._found(mailbox, message_id)
        if etag is not None and etag != str(message.version):
            raise Stale("graph_412", "PATCH answered 412", timedelta(0))
        self.categorise(message_id, *categories)
        self._wrote("categories")

    def _reached(self, mailbox: str) -> None:
        assert mailbox == POST
        if self.refuses:
            raise Refused("graph_403", "GET answered 403", "ErrorAccessDenied")
        if not self.exists:
            raise NotFound("graph_404", "GET answered 404", "ErrorInvalidUser")

    def _found(self, mailbox: str, message_id: str) -> Mailed:
        self._reached(mailbox)
        if message_id not in self.messages:
            raise NotFound("graph_404", "GET answered 404", "ErrorItemNotFound")
        return self.messages[message_id]

    def _wrote(self, what: str) -> None:
        self.writes.append(what)
        if what == self.breaks_after:
            self.breaks_after = ""
            raise Transient("graph_unreachable", "the answer was lost")


def _shown(message: Mailed) -> ReceivedMessage:
    return ReceivedMessage(
        message.id, "", NOW, message.folder, tuple(message.categories), f"https://outlook.example.org/{message.id}",
        str(message.version),
    )  # fmt: skip


@dataclass
class PostRoom:
    """A mailroom on fakes with one shared mailbox."""

    room: FakeMailroom
    mail: FakeMail = field(default_factory=FakeMail)
    options: MailboxOptions = field(default_factory=lambda: MailboxOptions(address=POST))
    name: str = "post"

    def world(self) -> Mailroom:
        def account(name: str) -> User | None:
            return User(POST_ID, POST) if name == POST and self.mail.exists else None

        mailbox = SharedMailbox(self.name, self.options, self.mail, account)
        return replace(self.room.world(), mailboxes={self.name: mailbox})

    def hear(self, event: Event, *, is_lost: bool = False) -> list[Event]:
        """Return what the handlers say; *is_lost*: the process dies before the outcome is stored."""
        with own_writes() as own:
            said = list(router.handle(event, self.world()))
        for work in () if is_lost else own:
            self.room.database.write(work)
        return said

    def told(self, message_id: str, *, is_lost: bool = False) -> list[Event]:
        """Return what comes of a notification."""
        return self.hear(changed(message_id), is_lost=is_lost)

    def offered(self, raw: bytes) -> tuple[str, Message]:
        """Deliver a mail and return its id in the mailbox, and what the books have of it."""
        message_id = self.mail.deliver(raw)
        self.told(message_id)
        return message_id, self.known(message_id)

    def registered(self, raw: bytes) -> str:
        message_id, message = self.offered(raw)
        self.hear(chosen(message))
        return message_id

    def known(self, message_id: str) -> Message:
        return self.room.store.messages.of_many(self.name, [message_id])[message_id]

    def run(self) -> list[Event]:
        """Let a tick pass, and everything that comes of it."""
        said, waiting = list[Event](), list[Event]([TICK])
        while waiting:
            outcome = self.hear(waiting.pop(0))
            said += outcome
            waiting += outcome
        return said


def changed(message_id: str, mailbox: str = POST_ID, change_type: str = "updated") -> GraphResourceChanged:
    return GraphResourceChanged(
        subscription_id="s1", resource=f"users/{mailbox}/messages/{message_id}", change_type=change_type
    )


def chosen(message: Message, kenmerk: str = KENMERK, by: str = "fien") -> RegistrationChosen:
    return RegistrationChosen(intake="post", message=message.key, kenmerk=kenmerk, by=by)
