"""One connection to RabbitMQ with one channel, owned by one thread, that comes back by itself."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

import pika
import structlog
from pika.adapters.blocking_connection import BlockingChannel
from pika.channel import Channel
from pika.exceptions import AMQPError

RECONNECT_SECONDS = (0.2, 3.0)  # first and longest pause: two links of six processes disturb no broker
STEADY_SECONDS = 15.0  # a link that held this long begins again with the first pause
LEAVE_SECONDS = 2.0  # how long a peer may take to answer our goodbye

log = structlog.get_logger()


def parameters(url: str) -> pika.URLParameters:
    """Return connection parameters in which nothing waits for ever."""
    chosen = pika.URLParameters(url)
    chosen.heartbeat = 30
    chosen.socket_timeout = 10
    chosen.stack_timeout = 10
    chosen.blocked_connection_timeout = 20
    return chosen


class Link:
    """One connection with one channel, owned by one thread, that comes back by itself."""

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._name = name
        self._connection: pika.SelectConnection | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.channel: Channel | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Close the connection: what was not acknowledged goes back to its queue."""
        self._stopping.set()
        self.drop("stopping")
        self._thread.join(timeout=5)

    def call(self, work: Callable[[], None]) -> None:
        """Run *work* in the thread that owns the connection; silently nowhere when there is none."""
        connection = self._connection
        if connection is not None:
            connection.ioloop.add_callback_threadsafe(work)

    def is_current(self, channel: Channel) -> bool:
        """Tell whether *channel* is the one in use, and not one of a connection that was lost."""
        return channel is self.channel

    def drop(self, why: str) -> None:
        """Give the connection up, so that a new one is made."""
        self.call(lambda: self._drop(why))

    def prepare(self, channel: BlockingChannel) -> None:
        """Declare what this link needs, before it is used."""

    def opened(self, channel: Channel) -> None:
        """Begin: the channel is open."""

    def lost(self) -> None:
        """Forget what belonged to the channel: its delivery tags mean nothing on the next one."""

    def _run(self) -> None:
        pause = RECONNECT_SECONDS[0]
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                self._declare()
                self._serve()
            except (AMQPError, OSError, TimeoutError) as error:
                log.warning("broker_unreachable", link=self._name, error=type(error).__name__)
            self.channel, self._connection = None, None
            self.lost()
            pause = (
                RECONNECT_SECONDS[0]
                if time.monotonic() - began > STEADY_SECONDS
                else min(pause * 2, RECONNECT_SECONDS[1])
            )
            self._stopping.wait(pause * random.uniform(0.5, 1.0))

    def _declare(self) -> None:
        connection = pika.BlockingConnection(parameters(self._url))
        try:
            self.prepare(connection.channel())
        finally:
            if connection.is_open:
                connection.close()

    def _serve(self) -> None:
        connection = pika.SelectConnection(
            parameters(self._url),
            on_open_callback=lambda opened: opened.channel(on_open_callback=self._opened),
            on_open_error_callback=lambda failed, _error: failed.ioloop.stop(),
            on_close_callback=lambda closed, _reason: closed.ioloop.stop(),
        )
        self._connection = connection
        if self._stopping.is_set():  # stop() came between two connections
            return
        connection.ioloop.start()

    def _opened(self, channel: Channel) -> None:
        channel.add_on_close_callback(lambda _channel, reason: self._drop(type(reason).__name__))
        self.channel = channel
        self.opened(channel)

    def _drop(self, why: str) -> None:
        connection = self._connection
        if connection is None:
            return
        if not self._stopping.is_set():
            log.warning("broker_link_dropped", link=self._name, why=why)
        self.channel = None
        if connection.is_open:
            connection.close()
        # A peer that is gone never answers the close: leave after a moment without it.
        connection.ioloop.call_later(LEAVE_SECONDS, connection.ioloop.stop)
