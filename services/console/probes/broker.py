"""Ask RabbitMQ's management API about the queues."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import quote, unquote, urlsplit

from services.console.domain.sighting import Queue
from services.console.probes.base import JsonClient
from shared.errors import HubError

MANAGEMENT_PORT = 15672


@dataclass(frozen=True)
class BrokerProbe:
    """The queues of one virtual host, seen through the management API at *url*."""

    client: JsonClient
    url: str
    vhost: str
    auth: tuple[str, str]

    @classmethod
    def of(cls, client: JsonClient, amqp_url: str, management_url: str | None) -> Self:
        """Build from the AMQP address: same host, same user; *management_url* when it lives elsewhere."""
        amqp = urlsplit(amqp_url)
        auth = (unquote(amqp.username or "guest"), unquote(amqp.password or "guest"))
        url = management_url or f"http://{amqp.hostname}:{MANAGEMENT_PORT}"
        return cls(client, url.rstrip("/"), unquote(amqp.path.removeprefix("/")) or "/", auth)

    def look(self) -> Sequence[Queue] | None:
        """Return the queues by name, None when the API gives no usable answer."""
        # https://www.rabbitmq.com/docs/management#http-api
        try:
            # Of a new consumer the list of consumers knows seconds before the numbers of its queue do.
            listed = Counter(one["queue"]["name"] for one in self._rows("consumers"))
            return sorted((_queue(row, listed) for row in self._rows("queues")), key=lambda queue: queue.name)
        except (HubError, AttributeError, KeyError, TypeError, ValueError):
            return None

    def _rows(self, kind: str) -> Any:
        return self.client.get_json(f"{self.url}/api/{kind}/{quote(self.vhost, safe='')}", auth=self.auth)


def _queue(row: Mapping[str, Any], consumers: Mapping[str, int]) -> Queue:
    stamp = row.get("head_message_timestamp")  # only there when the broker knows it
    return Queue(
        name=row["name"],
        ready=int(row.get("messages_ready", 0)),
        unacknowledged=int(row.get("messages_unacknowledged", 0)),
        consumers=consumers.get(row["name"], 0),
        rate_in=_rate(row, "publish_details"),
        rate_out=_rate(row, "deliver_get_details"),
        oldest=datetime.fromtimestamp(stamp, UTC) if isinstance(stamp, int | float) else None,
    )


def _rate(row: Mapping[str, Any], name: str) -> float:
    return float(row.get("message_stats", {}).get(name, {}).get("rate", 0.0))
