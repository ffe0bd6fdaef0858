"""The outside world of the notifier's handlers, and how one notice is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.notifier.channels.base import Card, Channel
from services.notifier.domain import FiledLetter, Notice, Routes, Standing
from shared.clock import Clock
from shared.crashpoints import crashpoint
from shared.errors import Permanent
from shared.events import NoticeSent
from shared.messaging.router import Router


class Letters(Protocol):
    """Where filed letters are read."""

    def read(self, drive_id: str, item_id: str) -> FiledLetter | None: ...


class People(Protocol):
    """Where the names of colleagues are asked."""

    def names_of(self, user_ids: Iterable[str]) -> dict[str, str]: ...


class Memory(Protocol):
    """What the handlers ask of the store."""

    def is_sent(self, notice: Notice) -> bool: ...
    def is_mine(self, notice: Notice, message: str, at: datetime) -> bool: ...
    def start(self, notice: Notice, at: datetime) -> None: ...
    def finish(self, notice: Notice, at: datetime) -> None: ...
    def standing(self, subject: str) -> Standing | None: ...
    def stand(self, subject: str, standing: Standing) -> None: ...


@dataclass(frozen=True)
class Notifier:
    """The outside world of the handlers."""

    channels: Mapping[str, Channel]
    routes: Routes
    letters: Letters
    people: People
    notices: Memory
    clock: Clock


router: Router[Notifier] = Router("notifier")


def tell(notice: Notice, compose: Callable[[], Card], world: Notifier) -> NoticeSent:
    """Send what *compose* makes, unless it was sent. Safe to repeat but for the instant between POST and memory.

    Raises: Permanent("unknown_channel").
    """
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
