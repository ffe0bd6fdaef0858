"""A RabbitMQ from the first of: HUB_AMQP_URL, a Docker engine, a private node of this machine's rabbitmq-server."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mirakuru import HTTPExecutor

from deploy.local.prepare import has_docker
from deploy.local.rabbitmq import PrivateRabbitMQ, free_port

IMAGE = "rabbitmq:4-management"
PULL_SECONDS = 300


@dataclass(frozen=True)
class RunningBroker:
    """Where a broker is, or soon will be: `wait` returns when it serves."""

    url: str
    management_url: str | None = None
    wait: Callable[[], None] = lambda: None


@contextmanager
def some_rabbitmq(folder: Path) -> Iterator[RunningBroker]:
    """Yield a broker that lives as long as the block; it may still be starting.

    Raises: NoRabbitMQError saying what to install.
    """
    given = os.environ.get("HUB_AMQP_URL")
    if given:
        yield RunningBroker(given)
    elif has_docker():
        with _container() as broker:
            yield broker
    else:
        node = PrivateRabbitMQ(folder)
        try:
            node.launch()
            yield RunningBroker(node.url, node.management_url, node.wait)
        finally:
            node.kill()
            node.stop()


@contextmanager
def _container() -> Iterator[RunningBroker]:
    amqp, management = free_port(), free_port()
    words = ["docker", "run", "--rm", "-p", f"127.0.0.1:{amqp}:5672", "-p", f"127.0.0.1:{management}:15672", IMAGE]
    url = f"http://127.0.0.1:{management}"
    with HTTPExecutor(words, f"{url}/", timeout=PULL_SECONDS):
        yield RunningBroker(f"amqp://guest:guest@127.0.0.1:{amqp}/%2F", url)
