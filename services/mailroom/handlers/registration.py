"""Registers e-mails under the kenmerk that a person or the register says, in the mailbox and in the books."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from services.mailroom.handlers.offers import REGISTER
from services.mailroom.handlers.world import Mailroom, router
from services.mailroom.store.letters import CANCELLED
from services.mailroom.store.messages import REGISTERED, Message
from shared.errors import Permanent
from shared.events import Event, MailFiled, MailKept, MailRegistered, RegistrationChosen


@router.on(RegistrationChosen)
def register_message(event: RegistrationChosen, room: Mailroom) -> Iterator[Event]:
    """Mark a message with its kenmerk, put it away, and remember it. Safe to repeat.

    The last choice holds. Whatever people did to the message meanwhile, it is registered.
    Raises: Permanent when there is no such message, or the kenmerk is none.
    """
    mailbox, known = room.mailbox(event.intake), _known(event, room)
    if not mailbox.is_kenmerk(event.kenmerk):
        raise Permanent(
            "not_a_kenmerk",
            f"message {event.message[:12]}: expected a kenmerk like {mailbox.kenmerk_pattern} "
            f"([mailroom.mailboxes.{mailbox.name}] of hub.toml): choose again",
        )
    room.store.messages.begin(known.key, event.kenmerk)
    wrong = known.kenmerk if known.kenmerk != event.kenmerk else None
    mailbox.put_away(known.message_id, event.kenmerk, wrong)
    room.store.trail.note(
        event.kenmerk, None, "registered", intake=event.intake, message=known.key, sha256=known.sha256, by=event.by
    )
    done = replace(known, state=REGISTERED, kenmerk=event.kenmerk, reason=None, at=room.clock.now())
    room.store.messages.save(done)
    yield MailRegistered(intake=event.intake, message=known.key, kenmerk=event.kenmerk)


@router.on(MailFiled)
def confirm_filed(event: MailFiled, room: Mailroom) -> Iterator[Event]:
    """A register filed a letter that came by mail: that is where its e-mail belongs."""
    yield from _confirmed(event.kenmerk, room)


@router.on(MailKept)
def confirm_kept(event: MailKept, room: Mailroom) -> Iterator[Event]:
    """A letter that stays in the register is registered all the same."""
    yield from _confirmed(event.kenmerk, room)


def _confirmed(kenmerk: str, room: Mailroom) -> Iterator[Event]:
    letter = room.store.letters.newest(kenmerk) if room.mailboxes else None
    if letter is None or letter.state == CANCELLED:
        return
    hashes = {piece.sha256 for piece in letter.pieces} | ({letter.sha256} if letter.sha256 else set())
    for message in room.store.messages.with_content(hashes):
        if message.intake in room.mailboxes and message.state != REGISTERED and message.kenmerk is None:
            yield RegistrationChosen(intake=message.intake, message=message.key, kenmerk=kenmerk, by=REGISTER)


def _known(event: RegistrationChosen, room: Mailroom) -> Message:
    known = room.store.messages.get(event.message)
    if known is None:
        raise Permanent("unknown_message", f"message {event.message[:12]}: expected one that mailroom offered")
    return known
