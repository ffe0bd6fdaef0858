"""Real parts for the tests: RabbitMQ from a container or a private process, PostgreSQL as a private process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.local.broker import IMAGE
from deploy.local.postgresql import private_postgresql
from deploy.local.prepare import has_docker
from deploy.local.rabbitmq import PrivateRabbitMQ, private_rabbitmq
from tests.plays import Played, play_undisturbed


@contextmanager
def _container() -> Iterator[str]:
    from testcontainers.rabbitmq import RabbitMqContainer

    with RabbitMqContainer(IMAGE) as container:
        host, port = container.get_container_host_ip(), container.get_exposed_port(5672)
        yield f"amqp://guest:guest@{host}:{port}/%2F"


@pytest.fixture(scope="session")
def amqp_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker: HUB_AMQP_URL, else a container, else a private node. None at all is an error, never a skip."""
    given = os.environ.get("HUB_AMQP_URL")
    if given:
        yield given
    elif has_docker():
        with _container() as url:
            yield url
    else:
        with private_rabbitmq(tmp_path_factory.mktemp("rabbitmq")) as node:
            yield node.url


@pytest.fixture
def own_rabbitmq(tmp_path: Path) -> Iterator[PrivateRabbitMQ]:
    """A node of the test's own, to kill and to rob of its disk."""
    with private_rabbitmq(tmp_path / "rabbitmq") as node:
        yield node


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL of the tests' own."""
    with private_postgresql(tmp_path_factory.mktemp("postgresql")) as url:
        yield url


@pytest.fixture(scope="session")
def play_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateRabbitMQ]:
    """A broker for the plays, one after the other: each leaves its queues empty."""
    with private_rabbitmq(tmp_path_factory.mktemp("play-rabbitmq")) as node:
        yield node


@pytest.fixture(scope="session")
def played(play_node: PrivateRabbitMQ, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The sample municipality, played once without faults."""
    return play_undisturbed(play_node, tmp_path_factory.mktemp("played"))
