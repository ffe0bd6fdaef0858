"""What notifier does when something happens.

Teams keeps no key of ours: after a crash between the POST and the memory of it, or an answer that was lost, the card is
sent once more. It then carries the same id, so that doubles can be counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.notifier.channels.base import Card, Channel
from services.notifier.domain import FiledLetter, Notice, Routes
from services.notifier.templates import letter_filed, message_parked
from shared.clock import Clock
from shared.crashpoints import crashpoint
from shared.errors import Permanent
from shared.events import Event, MailFiled, MessageParked, NoticeSent
from shared.messaging.router import Router


class Letters(Protocol):
    """Where filed letters are read."""

    def read(self, filed: MailFiled) -> FiledLetter: ...


class Memory(Protocol):
    """What the handlers ask of the store."""

    def is_sent(self, notice: Notice) -> bool: ...
    def start(self, notice: Notice, at: datetime) -> None: ...
    def finish(self, notice: Notice, at: datetime) -> None: ...


@dataclass(frozen=True)
class Notifier:
    """The outside world of the handlers."""

    channels: Mapping[str, Channel]
    routes: Routes
    letters: Letters
    notices: Memory
    clock: Clock


router: Router[Notifier] = Router("notifier")


@router.on(MailFiled)
def tell_of_letter(event: MailFiled, world: Notifier) -> Iterator[Event]:
    """Tell the project's channel of a letter, once per version."""
    notice = Notice(world.routes.for_project(event.project), MailFiled.TYPE, event.kenmerk, str(event.version))
    yield _told(notice, lambda: letter_filed.card(notice.id, world.letters.read(event)), world)


@router.on(MessageParked)
def tell_of_parked(event: MessageParked, world: Notifier) -> Iterator[Event]:
    """Tell ICT that a message waits for a person, once each time it is parked.

    A warning that could not be sent is not warned of in turn: the console lists it.
    """
    if event.service == router.name and event.message_type == MessageParked.TYPE:
        return
    notice = Notice(world.routes.ict, MessageParked.TYPE, event.message_id, event.parked_at.isoformat())
    yield _told(notice, lambda: message_parked.card(notice.id, event), world)


def _told(notice: Notice, compose: Callable[[], Card], world: Notifier) -> NoticeSent:
    """Send what *compose* makes, unless it was sent. Safe to repeat but for the instant between POST and memory."""
    if not world.notices.is_sent(notice):
        channel = _channel(notice.channel, world)
        world.notices.start(notice, world.clock.now())
        channel.send(compose())
        crashpoint("notifier.after_send")
        world.notices.finish(notice, world.clock.now())
    return NoticeSent(channel=notice.channel, about=notice.about, notice_id=notice.id)


def _channel(name: str, world: Notifier) -> Channel:
    try:
        return world.channels[name]
    except KeyError as error:
        raise Permanent(
            "unknown_channel", f"no channel {name!r}: give it in [notifier.channels] of hub.toml, then retry"
        ) from error
