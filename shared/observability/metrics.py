"""What Prometheus reads: counts and durations by service and type, never by person."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prometheus_client import REGISTRY, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from shared.errors import Transient
from shared.persistence.ledger import Books, Ledger

_SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)

HANDLED = Counter("hub_messages_handled_total", "Messages handled, by verdict.", ["service", "type", "verdict"])
HANDLING_SECONDS = Histogram("hub_handling_seconds", "Time to handle a message.", ["service", "type"], buckets=_SECONDS)
FAILED = Counter("hub_attempts_failed_total", "Failed attempts, by reason.", ["service", "type", "reason"])
DELIVERED = Counter("hub_deliveries_total", "Deliveries at the front door, by outcome.", ["source", "outcome"])
REFUSED = Counter(
    "hub_deliveries_refused_total", "Deliveries at the front door that were not accepted.", ["source", "reason"]
)
GRAPH_CALLS = Counter("hub_graph_calls_total", "Calls to Microsoft Graph.", ["method", "status"])


class BooksCollector(Collector):
    """The accounts of a service, read when Prometheus asks; nothing of them while its storage is away."""

    def __init__(self, ledger: Ledger, now: Callable[[], float]) -> None:
        self.service = ledger.service
        self._ledger = ledger
        self._now = now

    def describe(self) -> Iterable[Metric]:
        """Return nothing: else the registry collects once to learn the names, and the storage may be away."""
        return ()

    def collect(self) -> Iterable[Metric]:
        try:
            accounts = self._ledger.balance()
        except Transient:
            return ()
        return self._shown(accounts)

    def _shown(self, accounts: Books) -> Iterable[Metric]:
        books = GaugeMetricFamily(
            "hub_ledger_messages", "Messages of the ledger by state.", labels=["service", "state"]
        )
        for state in ("accepted", "done", "superseded", "parked", "discarded", "pending", "unsent"):
            books.add_metric([self.service, state], getattr(accounts, state))
        yield books
        unbalanced = GaugeMetricFamily("hub_ledger_unbalanced", "1 when the books do not balance.", labels=["service"])
        unbalanced.add_metric([self.service], 0 if accounts.balanced else 1)
        yield unbalanced
        age = GaugeMetricFamily(
            "hub_ledger_oldest_pending_seconds", "Age of the oldest open message.", labels=["service"]
        )
        oldest = accounts.oldest_pending
        age.add_metric([self.service], max(0.0, self._now() - oldest.timestamp()) if oldest else 0)
        yield age


_registered: dict[str, BooksCollector] = {}


def register(collector: BooksCollector) -> None:
    """Let *collector* be read with the others, in the place of an earlier one of its service. Safe to repeat."""
    if earlier := _registered.get(collector.service):
        REGISTRY.unregister(earlier)
    REGISTRY.register(collector)
    _registered[collector.service] = collector
