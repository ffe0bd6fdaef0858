"""A RabbitMQ from the first of: HUB_AMQP_URL, a Docker engine, a private node of this machine's rabbitmq-server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mirakuru import HTTPExecutor

from deploy.local.prepare import has_docker
from deploy.local.rabbitmq import free_port, private_rabbitmq

IMAGE = "rabbitmq:4-management"
PULL_SECONDS = 300


@contextmanager
def some_rabbitmq(folder: Path) -> Iterator[tuple[str, str | None]]:
    """Yield the broker's address and that of its management API, for as long as the block lasts.

    Raises: NoRabbitMQError saying what to install.
    """
    given = os.environ.get("HUB_AMQP_URL")
    if given:
        yield given, None
    elif has_docker():
        with _container() as addresses:
            yield addresses
    else:
        with private_rabbitmq(folder) as node:
            yield node.url, node.management_url


@contextmanager
def _container() -> Iterator[tuple[str, str]]:
    amqp, management = free_port(), free_port()
    words = ["docker", "run", "--rm", "-p", f"127.0.0.1:{amqp}:5672", "-p", f"127.0.0.1:{management}:15672", IMAGE]
    url = f"http://127.0.0.1:{management}"
    with HTTPExecutor(words, f"{url}/", timeout=PULL_SECONDS):
        yield f"amqp://guest:guest@127.0.0.1:{amqp}/%2F", url
