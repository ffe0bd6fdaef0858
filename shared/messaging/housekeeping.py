"""What every service answers about its own ledger: a person's decision on a parked message, and a call for a replay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shared.clock import Clock
from shared.events import (
    ClockStruck,
    Event,
    MessageDiscardRequested,
    MessageRetryRequested,
    MessageUnparked,
    ReplayRequested,
)
from shared.messaging.router import Router
from shared.persistence.ledger import KEEP, Ledger

router: Router[Housekeeping] = Router("housekeeping")


@dataclass(frozen=True)
class Housekeeping:
    """The outside world of these handlers: the service's ledger."""

    ledger: Ledger
    clock: Clock

    def call_for_replay(self, types: tuple[str, ...]) -> None:
        """Our queue is new: say everything again that we said, and ask the others for what we hear.

        Each pair of services meets: who declared later asks, who declared earlier has answered already.
        """
        since = self.clock.now() - KEEP
        self.ledger.replay(None, since)
        self.ledger.say([ReplayRequested(service=self.ledger.service, types=list(types), since=since)])


@router.on(MessageRetryRequested)
def retry(event: MessageRetryRequested, own: Housekeeping) -> Iterator[Event]:
    """Let a parked message wait for its turn again.

    Safe to repeat: one that is not parked (any more) is left alone, and whoever asked hears that it is not.
    """
    if event.service == own.ledger.service:
        own.ledger.retry(event.message_id)
        yield MessageUnparked(service=event.service, message_id=event.message_id, outcome="retried", by=event.by)


@router.on(MessageDiscardRequested)
def discard(event: MessageDiscardRequested, own: Housekeeping) -> Iterator[Event]:
    """Close a parked message without effect. Safe to repeat, like a retry."""
    if event.service == own.ledger.service:
        own.ledger.discard(event.message_id)
        yield MessageUnparked(service=event.service, message_id=event.message_id, outcome="discarded", by=event.by)


@router.on(ReplayRequested)
def replay(event: ReplayRequested, own: Housekeeping) -> None:
    """Send again what another service lost; our own call comes back to us too and is done already."""
    if event.service != own.ledger.service:
        own.ledger.replay(event.types, event.since)


@router.on(ClockStruck)
def purge(event: ClockStruck, own: Housekeeping) -> None:
    """Forget, once a day, what is finished long ago."""
    if event.period == "day":
        own.ledger.purge()
