"""Takes notice of what comes in the shared mailboxes, and offers it to whoever registers it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from services.mailroom.handlers.offers import OUTLOOK, offer_new, offered, passed_over
from services.mailroom.handlers.world import Mailroom, router
from services.mailroom.intakes.mailboxes.mailbox import SharedMailbox
from services.mailroom.store.messages import REGISTERED, SKIPPED, WAITING, Message
from shared.events import ClockStruck, CollectionDue, Event, GraphResourceChanged, RegistrationChosen
from shared.graph.messages import ReceivedMessage

EVERY = timedelta(hours=1)  # a notification may be lost, or not be allowed through the firewall
MOST_TOLD = 1000  # messages of one look; the next tick has the rest
LEFT = "left_inbox"  # people took it out of the inbox
_MESSAGE = re.compile(r"/?users/([^/]+)/messages/([^/]+)", re.IGNORECASE)


@router.on(ClockStruck)
def say_when_to_look(event: ClockStruck, room: Mailroom) -> Iterator[Event]:
    """Have every mailbox looked in at the first tick, and when that is an hour ago."""
    if event.period != "tick":
        return
    now = room.clock.now()
    for name in room.mailboxes:
        asked_at = room.store.messages.asked_at(name)
        if asked_at is None or not timedelta(0) <= now - asked_at < EVERY:
            room.store.messages.ask(name, now)
            yield CollectionDue(intake=name)


@router.on(CollectionDue)
def look_in_mailbox(event: CollectionDue, room: Mailroom) -> Iterator[Event]:
    """Say of every message that is otherwise than the books have it what Graph should have said of it.

    Each is work of its own: one that fails keeps no other waiting.
    """
    mailbox = room.mailboxes.get(event.intake)
    if mailbox is None:
        return  # an intake of another kind, or hub.toml lost it since
    unlike = list(islice(_unlike(mailbox, room), MOST_TOLD + 1))
    for message_id in unlike[:MOST_TOLD]:
        resource = f"users/{mailbox.user_id}/messages/{message_id}"
        yield GraphResourceChanged(subscription_id=mailbox.name, resource=resource, change_type="updated")
    if len(unlike) > MOST_TOLD:
        room.store.messages.ask(mailbox.name, None)


@router.on(GraphResourceChanged)
def take_notice(event: GraphResourceChanged, room: Mailroom) -> Iterator[Event]:
    """Offer a message that came in one of our inboxes, or heed what people did with one there. Safe to repeat."""
    told = _MESSAGE.fullmatch(event.resource)
    mailbox = told and next((each for each in room.mailboxes.values() if each.is_called(told[1])), None)
    if not told or not mailbox:
        return
    message = mailbox.get(told[2])  # before the books: what they do not know yet, the hub did not do to it
    known = room.store.messages.of_many(mailbox.name, [told[2]]).get(told[2])
    if message is None or not mailbox.is_in_inbox(message):
        yield from _left(known, room)
    elif known is None:
        yield from offer_new(message, mailbox, room)
    else:
        yield from _again(known, message, mailbox, room)


def _unlike(mailbox: SharedMailbox, room: Mailroom) -> Iterator[str]:
    inbox = {message.id: message for message in mailbox.inbox()}
    books = room.store.messages.of_many(mailbox.name, list(inbox))
    for message_id, message in inbox.items():
        known = books.get(message_id)
        if known is None or known.reason == LEFT or _choice(known, message, mailbox):
            yield message_id
    for known in room.store.messages.waiting():
        if known.intake == mailbox.name and known.is_open and known.message_id not in inbox:
            yield known.message_id


def _left(known: Message | None, room: Mailroom) -> Iterator[Event]:
    """Who takes a message out of the inbox has dealt with it; the register may still confirm that it is a letter."""
    if known is not None and known.is_open:
        yield passed_over(room.store.messages.turn(known, SKIPPED, LEFT))


def _again(known: Message, message: ReceivedMessage, mailbox: SharedMailbox, room: Mailroom) -> Iterator[Event]:
    if known.reason == LEFT:
        known = room.store.messages.turn(known, WAITING, None)
        yield offered(known)
    kenmerk = _choice(known, message, mailbox)
    if kenmerk:
        yield RegistrationChosen(intake=mailbox.name, message=known.key, kenmerk=kenmerk, by=OUTLOOK)


def _choice(known: Message, message: ReceivedMessage, mailbox: SharedMailbox) -> str | None:
    """Return the kenmerk that a person gave a message in Outlook; what we mark it with ourselves is none."""
    kenmerk = mailbox.kenmerk_among(message.categories)
    return None if known.state == REGISTERED or kenmerk == known.kenmerk else kenmerk
