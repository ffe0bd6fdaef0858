"""The e-mails of the shared mailboxes: which wait for whoever registers them, and what became of the others."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import orjson
from sqlalchemy import ColumnElement, Connection, RowMapping, delete, select, update

from services.mailroom.store.letters import CANCELLED, STARTED
from services.mailroom.store.tables import letters, marks, messages
from shared.persistence.database import Database

WAITING, REGISTERED, SKIPPED = "waiting", "registered", "skipped"
_PAGE = 500


@dataclass(frozen=True)
class Mention:
    """A reference or project code that a mail mentions, how sure (high, medium, low) and in which place of it."""

    value: str
    confidence: str
    place: str


@dataclass(frozen=True, kw_only=True)
class Message:
    """What is known of one e-mail: never its subject, its sender or its text.

    *key* is the hub's own id, *message_id* Graph's, which stays when it moves. *sha256* is of the MIME, *digest* of the
    sender's Message-ID. *kenmerk* is set before the mailbox is touched, so that what the hub does there is not taken
    for what a person did.
    """

    key: str
    intake: str
    message_id: str
    state: str
    sha256: str
    received_at: datetime
    web_url: str
    at: datetime
    digest: str | None = None
    kenmerk: str | None = None
    reason: str | None = None
    references: tuple[Mention, ...] = ()
    projects: tuple[Mention, ...] = ()

    @property
    def is_open(self) -> bool:
        """Tell whether nobody has begun to register it."""
        return self.state == WAITING and self.kenmerk is None


class MessageBook:
    """One row per e-mail and mailbox."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> Message | None:
        return next(self._found(messages.c.key == key), None)

    def of_many(self, intake: str, message_ids: Sequence[str]) -> dict[str, Message]:
        """Return those of *message_ids* that are known, by their ids."""
        found: dict[str, Message] = {}
        for start in range(0, len(message_ids), _PAGE):
            page = messages.c.message_id.in_(message_ids[start : start + _PAGE])
            found |= {each.message_id: each for each in self._found((messages.c.intake == intake) & page)}
        return found

    def waiting(self) -> list[Message]:
        """Return what waits in all mailboxes, the longest first."""
        return list(self._found(messages.c.state == WAITING))

    def with_content(self, hashes: Collection[str]) -> list[Message]:
        """Return every e-mail whose MIME has one of these sha256, whatever became of it."""
        return list(self._found(messages.c.sha256.in_(hashes)))

    def letter_with(self, sha256: str) -> str | None:
        """Return the kenmerk of the letter whose main document is that e-mail, byte for byte."""
        same = (letters.c.sha256 == sha256) & letters.c.state.not_in((STARTED, CANCELLED))
        query = select(letters.c.kenmerk).where(same).order_by(letters.c.at, letters.c.kenmerk).limit(1)
        with self._database.read() as connection:
            return connection.execute(query).scalar_one_or_none()

    def begin(self, key: str, kenmerk: str) -> None:
        """Remember that an e-mail is about to be registered, before its mailbox shows it."""
        begun = update(messages).where(messages.c.key == key).values(kenmerk=kenmerk)
        self._database.write(lambda connection: connection.execute(begun))

    def save(self, message: Message) -> None:
        """Remember *message*, with the outcome, in the place of what was known of it."""
        self._database.write_with_outcome(lambda connection: _put(connection, message))

    def turn(self, known: Message, state: str, reason: str | None) -> Message:
        """Return *known* in another state; with the outcome it is remembered, unless it is being registered by then."""
        same = (messages.c.key == known.key) & (messages.c.state == known.state) & messages.c.kenmerk.is_(None)
        turned = update(messages).where(same).values(state=state, reason=reason)
        self._database.write_with_outcome(lambda connection: connection.execute(turned))
        return replace(known, state=state, reason=reason)

    def asked_at(self, intake: str) -> datetime | None:
        """Return when a mailbox was last to be looked in as a whole."""
        with self._database.read() as connection:
            same = select(marks.c.value).where(marks.c.name == _mark(intake))
            value = connection.execute(same).scalar_one_or_none()
        return datetime.fromisoformat(value) if value else None

    def ask(self, intake: str, at: datetime | None) -> None:
        """Remember, with the outcome, when a mailbox is looked in as a whole; None: it is to be done again."""

        def work(connection: Connection) -> None:
            connection.execute(delete(marks).where(marks.c.name == _mark(intake)))
            if at is not None:
                connection.execute(marks.insert().values(name=_mark(intake), value=at.isoformat()))

        self._database.write_with_outcome(work)

    def _found(self, condition: ColumnElement[bool]) -> Iterator[Message]:
        query = select(messages).where(condition).order_by(messages.c.received_at, messages.c.key)
        with self._database.read() as connection:
            yield from [_message(row) for row in connection.execute(query).mappings()]


def _put(connection: Connection, message: Message) -> None:
    connection.execute(delete(messages).where(messages.c.key == message.key))
    row = asdict(replace(message, references=(), projects=()))
    mentions = {"references": message.references, "projects": message.projects}
    del row["references"], row["projects"]
    connection.execute(messages.insert().values(**row, hints=orjson.dumps(mentions).decode()))


def _message(row: RowMapping) -> Message:
    known = dict(row)
    hints = orjson.loads(known.pop("hints"))
    known |= {name: tuple(Mention(**each) for each in hints[name]) for name in ("references", "projects")}
    return Message(**known)


def _mark(intake: str) -> str:
    return f"mailbox:{intake}"
