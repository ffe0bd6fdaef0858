"""A service at work: its web app, and beside it the pipeline relay → broker → consumer → workers."""

from __future__ import annotations

import os
from collections.abc import Callable

import structlog
from flask import Flask

from shared import green
from shared.clock import Clock, SystemClock
from shared.config import Policy, Settings
from shared.events import ClockStruck, Event
from shared.events.envelope import first
from shared.messaging import housekeeping
from shared.messaging.broker import Broker
from shared.messaging.consumer import Consumer
from shared.messaging.housekeeping import Housekeeping
from shared.messaging.rabbitmq import RabbitMQ
from shared.messaging.relay import Relay
from shared.messaging.topology import EVERYTHING
from shared.messaging.worker import Company, Workers
from shared.observability import logs, metrics
from shared.observability.health import Health, add_routes
from shared.persistence.database import Database
from shared.persistence.ledger import Ledger, SqlLedger
from shared.service import Base, Service

STOP_SECONDS = 25.0  # a handler in hand may finish; less than what systemd and Docker wait

log = structlog.get_logger()


def base_of(name: str, settings: Settings, clock: Clock | None = None) -> Base:
    """Return what the service *name* is built from; its tables must be there (migrate)."""
    clock = clock or SystemClock()
    database = Database(settings.database(name), name)
    ledger = SqlLedger(database, clock, owner=settings.instance)
    return Base(settings, Policy.read(settings.config), clock, database, ledger)


class Pipeline:
    """The life of messages in one service. Several instances share the work through the database.

    *is_heard*: those who hear everything are there, so that the first word is not lost on them.
    """

    def __init__(
        self,
        service: Service,
        ledger: Ledger,
        clock: Clock,
        broker: Broker,
        threads: int,
        is_heard: Callable[[], bool] = lambda: True,
    ) -> None:
        self._service = service
        self._ledger = ledger
        self._clock = clock
        self._own = Housekeeping(ledger, clock)
        self.types = tuple(sorted({e.TYPE for e in (*service.router.hears, *housekeeping.router.hears)}))
        inbound = broker.inbound(service.name, self.types, lambda: self._own.call_for_replay(self.types))
        self.consumer = Consumer(inbound, ledger)
        self.relay = Relay(broker.outbound(service.name), ledger, lambda: self.consumer.consuming and is_heard())
        router, world = service.router, service.world
        company = Company(router.in_company, lambda events: router.handle_together(events, world))
        self.workers = Workers(ledger, self.handle, clock, threads, company)

    def handle(self, event: Event) -> list[Event]:
        """Return everything that the service's handlers, and those of every service, say of *event*."""
        said = list(self._service.router.handle(event, self._service.world))
        return said + list(housekeeping.router.handle(event, self._own))

    def start(self) -> None:
        """Begin: free what a predecessor held, then say, take and work."""
        freed = self._ledger.release()
        if freed:
            log.info("leases_freed", service=self._service.name, messages=freed)
        # What the clock said while nobody listened here is past; what is due is due now.
        now = self._clock.now()
        self._ledger.accept([first(ClockStruck(at=now, period="tick"), self._service.name, now)])
        self.relay.start()
        self.consumer.start()
        self.workers.start()

    def stop(self) -> None:
        """Take nothing new, finish what is in hand, say what came of it, and let go."""
        self.consumer.stop()
        self.workers.stop(STOP_SECONDS)
        self.relay.stop()
        for close in self._service.closing:
            close()


def start(name: str, build: Callable[[Base], Service], settings: Settings) -> tuple[Flask, Callable[[], None]]:
    """Build the service *name*, start its pipeline, and return its app with what stops it."""
    logs.configure(settings.log_level)
    base = base_of(name, settings)
    service = build(base)
    broker = RabbitMQ(settings.amqp_url)
    threads = settings.worker_threads
    pipeline = Pipeline(service, base.ledger, base.clock, broker, threads, lambda: broker.has_reader(EVERYTHING))
    add_health(service, pipeline, base)
    pipeline.start()
    log.info("started", service=name, bind=settings.binds[name], pid=os.getpid())

    def stop() -> None:
        pipeline.stop()
        base.database.close()
        log.info("stopped", service=name)

    return service.app, stop


def start_front(name: str, build: Callable[[Base], Service], settings: Settings) -> tuple[Flask, Callable[[], None]]:
    """Build the service *name* to answer HTTP only, beside the process that has the pipeline; as `start` otherwise.

    It claims nothing, frees no lease and says nothing: what it stores, the other process relays.
    """
    logs.configure(settings.log_level)
    base = base_of(name, settings)
    base.database.write_by(green.soon)
    service = build(base)
    add_routes(service.app, Health(service.name, settings.instance, base.ledger, base.clock, checks={}))
    log.info("front_started", service=name, bind=settings.binds[name], pid=os.getpid())

    def stop() -> None:
        for close in service.closing:
            close()
        base.database.close()
        log.info("front_stopped", service=name, pid=os.getpid())

    return service.app, stop


def add_health(service: Service, pipeline: Pipeline, base: Base) -> None:
    """Give the service's app the routes that every service has."""
    metrics.register(metrics.BooksCollector(base.ledger, lambda: base.clock.now().timestamp()))
    checks: dict[str, Callable[[], bool]] = {
        "workers": lambda: pipeline.workers.alive,
        "consumer": lambda: pipeline.consumer.consuming,
        "publisher": lambda: pipeline.relay.connected,
    }
    add_routes(service.app, Health(service.name, base.settings.instance, base.ledger, base.clock, checks))
