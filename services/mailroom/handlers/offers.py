"""Reads an e-mail that came in a shared mailbox, and says whose it is: a registrar's, the register's or nobody's."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from services.mailroom.domain.mail.incoming import IncomingMail
from services.mailroom.domain.mail.mime import read_mail
from services.mailroom.domain.mail.suggestions import Suggestion
from services.mailroom.handlers.world import Mailroom
from services.mailroom.intakes.mailboxes.mailbox import LONGEST_KENMERK, SharedMailbox
from services.mailroom.store.messages import REGISTERED, SKIPPED, WAITING, Mention, Message
from shared.events import Event, MailOffered, MailRegistered, RegistrationChosen
from shared.graph.messages import ReceivedMessage

# https://learn.microsoft.com/office365/servicedescriptions/exchange-online-service-description/exchange-online-limits
MOST_BYTES = 150 * 1024 * 1024  # the largest that can be set there; more is not read
REGISTER, OUTLOOK = "register", "outlook"  # who may say under which kenmerk a mail is registered, besides people here
TOO_LARGE, DUPLICATE = "too_large", "duplicate"
_LONGEST_CODE = 64  # characters of a project code that an event takes
_reading = Lock()  # one at a time: of the largest mail a gigabyte is in memory while it is read


def offer_new(message: ReceivedMessage, mailbox: SharedMailbox, room: Mailroom) -> Iterator[Event]:
    """Offer a message that nobody knows yet, unless it is registered already or no mail of a person."""
    with TemporaryDirectory(prefix="hub-") as folder:
        path = Path(folder) / "message.eml"
        sha256 = mailbox.fetch(message.id, path)
        if sha256 is None:
            return
        read = _read(path, sha256, message, mailbox, room)
    read = _told_apart(read, mailbox, room)
    kenmerk = mailbox.kenmerk_among(message.categories)
    chosen, by = (kenmerk, OUTLOOK) if kenmerk else (room.store.messages.letter_with(sha256), REGISTER)
    if chosen:
        room.store.messages.save(replace(read, state=WAITING, reason=None))
        yield RegistrationChosen(intake=mailbox.name, message=read.key, kenmerk=chosen, by=by)
    elif read.state == SKIPPED:
        mailbox.mark_skipped(message)
        room.store.messages.save(read)
        yield passed_over(read)
    else:
        room.store.messages.save(read)
        yield offered(read)


def offered(message: Message) -> MailOffered:
    return MailOffered(
        intake=message.intake,
        message=message.key,
        received_at=message.received_at,
        references=[mention.value for mention in message.references],
        projects=[mention.value for mention in message.projects],
    )


def passed_over(message: Message) -> MailRegistered:
    return MailRegistered(intake=message.intake, message=message.key, reason=message.reason)


def _read(path: Path, sha256: str, message: ReceivedMessage, mailbox: SharedMailbox, room: Mailroom) -> Message:
    """Return what the books shall hold of the e-mail at *path*. Who forwarded it, and who wrote it, is kept nowhere."""
    found = Message(
        key=_key(mailbox.name, sha256),
        intake=mailbox.name,
        message_id=message.id,
        state=WAITING,
        sha256=sha256,
        received_at=message.received_at,
        web_url=message.web_url,
        at=room.clock.now(),
    )
    if path.stat().st_size > MOST_BYTES:
        return replace(found, reason=TOO_LARGE)
    with _reading:
        return _interpreted(read_mail(path.read_bytes()), found, mailbox, room)


def _interpreted(mail: IncomingMail, found: Message, mailbox: SharedMailbox, room: Mailroom) -> Message:
    found = replace(found, key=_key(mailbox.name, mail.key), digest=mail.message_id_digest)
    skip = mailbox.skip(mail)
    if skip is not None:
        return replace(found, state=SKIPPED, reason=skip.reason)
    titles = {code: project.title for code, project in room.projects().items()}
    hints = mailbox.suggest(mail, titles, lambda kenmerk: room.store.letters.newest(kenmerk) is not None)
    references, projects = map(_mentions, (hints.references, hints.projects), (LONGEST_KENMERK, _LONGEST_CODE))
    return replace(found, references=references, projects=projects)


def _told_apart(read: Message, mailbox: SharedMailbox, room: Mailroom) -> Message:
    """Return *read*, as a copy if the same mail stands in the mailbox or was registered: people copy, and restore."""
    known = room.store.messages.get(read.key)
    if known is None or (known.state != REGISTERED and not mailbox.is_in_inbox(mailbox.get(known.message_id))):
        return read
    return replace(read, key=_key(read.key, read.message_id), state=SKIPPED, reason=DUPLICATE)


def _mentions(found: tuple[Suggestion, ...], longest: int) -> tuple[Mention, ...]:
    return tuple(Mention(each.value, each.confidence, each.place) for each in found if 0 < len(each.value) <= longest)


def _key(*parts: str) -> str:
    """Return the hub's own id of a message: the same mail in two mailboxes is two messages to put away."""
    return hashlib.sha256("/".join(parts).encode()).hexdigest()
