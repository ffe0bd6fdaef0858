"""Why deliveries are refused, and how much of that is kept: whoever floods us must not fill our disk or our memory."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import suppress
from datetime import datetime

from services.webhooks.domain.limits import Bucket
from services.webhooks.sources.base import Malformed
from services.webhooks.store.deliveries import REFUSED, Delivered, Deliveries
from shared.errors import HubError, Permanent, Transient
from shared.events import DeliveryRefused
from shared.events.envelope import first
from shared.observability.metrics import DELIVERED
from shared.observability.metrics import REFUSED as REFUSALS
from shared.persistence.database import Database
from shared.persistence.ledger import SqlLedger

REFUSALS_NOTED = 60  # rows a minute per source, for what is proven and for what is not
LONGEST_PLACE, PLACES_TOLD = 200, 20  # characters of a faulty place, and how many of them one event names
LARGEST = 2**31 - 1  # bytes that a row can tell: a sender may claim any size
GRAPH = "graph"  # its proof is in the body: what of it cannot be read is proven by nothing


class TooMany(Transient):
    """The source sends more than hub.toml allows."""


class Uncertain(Transient):
    """The commit is under way and nobody can wait for it: the sender repeats itself, and the repeat is known."""


class Unknown(Permanent):
    """Nobody has this address."""


class TooLarge(Permanent):
    """The body is larger than any system of ours sends."""


class Broken(Permanent):
    """The body did not come whole."""


class Unsupported(Permanent):
    """The body is not in a form that is read here."""


class Refusals:
    """Notes refusals: the metrics have all, the table and the events a share."""

    def __init__(self, database: Database, ledger: SqlLedger, deliveries: Deliveries) -> None:
        self._database = database
        self._ledger = ledger
        self._deliveries = deliveries
        self._shares: dict[tuple[str, bool], Bucket] = {}
        self._unnoted: Counter[tuple[str, str]] = Counter()
        self._counting = threading.Lock()

    def note(self, id_: str, source: str, error: HubError, size: int, now: datetime) -> None:
        """Note that *source* was refused. Nobody waits for it; while the storage is behind, the metrics have it."""
        REFUSALS.labels(source, error.reason).inc()
        DELIVERED.labels(source, REFUSED).inc()
        proven = error if isinstance(error, Malformed) and source != GRAPH else None
        if repeats := self._to_note(source, error.reason, now, is_proven=proven is not None):
            row = Delivered(id_, source, REFUSED, min(size, LARGEST), now, error.reason, repeats=repeats)
            with suppress(Transient):
                self._deliveries.note_refused(row)
                if proven:
                    self._tell(row, proven)

    def _tell(self, row: Delivered, error: Malformed) -> None:
        """Say that a system of ours sends what cannot be used: the sender is told so, and ICT must see it too."""
        places = sorted(place[:LONGEST_PLACE] for place in error.fields)[:PLACES_TOLD]
        refused = DeliveryRefused(source=row.source, delivery_id=row.id, reason=error.reason, places=places)
        said = first(refused, "webhooks", row.received_at, correlation_id=row.id)
        stored = self._database.submit(lambda connection: self._ledger.say_in(connection, [said]))
        stored.add_done_callback(lambda _: self._ledger.wake_relay())

    def _to_note(self, source: str, reason: str, now: datetime, *, is_proven: bool) -> int:
        """Return how many refusals a row stands for, 0 for no row now: the next one counts it."""
        with self._counting:
            share = self._shares.setdefault((source, is_proven), Bucket(REFUSALS_NOTED))
            self._unnoted[source, reason] += 1
            if share.wait(now) is not None:
                return 0
            return self._unnoted.pop((source, reason))
