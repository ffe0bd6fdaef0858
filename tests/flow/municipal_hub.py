"""Timesync with all of its surroundings in one thread: real books, ledger, relay, workers and Graph client, any weather."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event as database_event

import services.timesync
from sandbox.app import create_app
from sandbox.state import Tenant
from services.timesync.effects.calendar import TAG, CalendarEffect
from services.timesync.effects.inspection import Inspection
from services.timesync.effects.look import own_look
from services.timesync.effects.replies import ReplyEffect
from services.timesync.handlers import Scheduled, Timesync, router
from services.timesync.rulebook import LiveRulebook
from services.timesync.store import Store
from services.timesync.systems.base import Codes, Parts, Reading
from services.timesync.systems.flatfile import HEADINGS
from shared.circuit import Circuits
from shared.clock import BRUSSELS, FixedClock
from shared.config import Policy
from shared.errors import Unavailable
from shared.events import AbsenceReported, ClockStruck, Event, GraphResourceChanged
from shared.events.envelope import Outgoing, first
from shared.graph.batch import Coalescer
from shared.graph.calendar import Calendar
from shared.graph.client import GraphClient
from shared.graph.directory import Directory
from shared.graph.mailbox import Mailbox
from shared.http import Http
from shared.persistence.database import Database
from shared.persistence.ledger import SqlLedger
from shared.persistence.migrate import migrate
from shared.run import Pipeline
from shared.service import Service
from tests.flow.weather import Killed, Line, Post, Weather
from tests.municipality import CLOCK, EXPORT, PLANNING, Colleague, Leave, Municipality

GRAPH = "https://graph.example.org"
_MIGRATIONS = Path(services.timesync.__file__).parent / "migrations"
_RULES = """
[timesync]
people = "people.json"
organisation = "Gemeente Voorbeeldegem"
contact.mail = "info@example.org"
requested = "{requested}"

[timesync.codes]
{codes}

[timesync.systems.export]
kind = "flatfile"
path = "export.csv"
every_minutes = 60

[webhooks.sources.clock]
[webhooks.sources.planning]
"""
_STATES = {"approved": "Goedgekeurd", "requested": "Aangevraagd", "rejected": "Geweigerd", "cancelled": "Geannuleerd"}
_PARTS = {"whole": "V", "morning": "VM", "afternoon": "NM", "interval": "U"}
_KEPT = 30  # entries of its log that the clock system may tell again


class _Token:
    """A token that the tenant knows."""

    def token(self) -> str:
        return "known"

    def forget(self) -> None:
        raise AssertionError("the token was refused")


@dataclass
class ClockSystem:
    """A time registration that tells what changed since a cursor, sometimes of long ago too, or all of it."""

    town: Municipality
    weather: Weather
    name: str = CLOCK
    away: bool = False
    forgets: bool = False  # its next answer is everything: it does not know the cursor any more

    def read(self, cursor: str | None) -> Reading:
        if self.away:
            raise Unavailable("source_unavailable", "clock answered 503")
        log, reached = self.town.log[CLOCK], str(len(self.town.log[CLOCK]))
        if cursor is None or self.forgets:
            self.forgets = False
            known = self.town.registers[CLOCK].values()
            return Reading(tuple(self._record(each) for each in known), complete=True, cursor=reached)
        since = int(cursor)
        told = [log[at] for at in range(max(0, since - _KEPT), since) if self.weather.happens(0.1)] + log[since:]
        records = [self._record(each) for each in told if isinstance(each, Leave)]
        self.weather.random.shuffle(records)
        gone = {each[0]: f"{each[1]:020d}" for each in told if isinstance(each, tuple)}
        return Reading(tuple(records), gone, cursor=reached)

    def _record(self, leave: Leave) -> Any:
        return replace(
            leave.record(self.town.codes[leave.code]), employee=self.town.people[leave.number].alias, place=leave.id
        )


class _Rulebook(LiveRulebook):
    """The real one, with a system that hub.toml has no kind for."""

    clock_system: ClockSystem

    @property
    def systems(self) -> Mapping[str, Scheduled]:
        return {**super().systems, CLOCK: Scheduled(self.clock_system, timedelta(hours=1))}

    @property
    def readings(self) -> Mapping[str, str]:
        return {**super().readings, CLOCK: "always the same"}


@dataclass
class Stage:
    """The municipality, its files, its tenant, and a hub that may die at any step and comes back."""

    town: Municipality
    folder: Path
    clock: FixedClock
    weather: Weather
    tenant: Tenant
    post: Post
    clock_system: ClockSystem
    line: Line
    accounts: dict[str, str] = field(default_factory=dict)  # number → id of the account
    frozen: dict[str, Leave] | None = None  # what the export stood at when it broke; None: it is sound
    export_fault: str = ""
    reports: list[AbsenceReported] = field(default_factory=list)
    said: int = 0  # entries of the log of PLANNING that were reported

    @classmethod
    def of(cls, town: Municipality, folder: Path) -> Stage:
        start = datetime.combine(town.start, datetime.min.time(), BRUSSELS) + timedelta(hours=6)
        clock, weather = FixedClock(start.astimezone(UTC)), Weather(random.Random(town.seed + 1))
        tenant = Tenant("voorbeeldegem", "hub", "secret", clock=clock.now)
        tenant.tokens["known"] = start + timedelta(days=10_000)
        line = Line(create_app(tenant), tenant, weather)
        stage = cls(town, folder, clock, weather, tenant, Post(weather=weather), ClockSystem(town, weather), line)
        for one in town.people.values():
            if one.since <= town.start:
                stage.give_account(one)
        migrate(stage.database_url, "timesync", _MIGRATIONS)
        stage.write_rules()
        stage.write_people()
        stage.write_export()
        stage.begin()
        return stage

    # --- the process

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.folder / 'timesync.db'}"

    def begin(self) -> None:
        """Start a process anew, with nothing but what its database holds."""
        self.database = Database(self.database_url, "timesync")
        self.database.write_by(lambda _: None)  # in this thread, so that the same seed plays the same
        database_event.listen(self.database.engine, "connect", _unsafely)
        self.store, self.ledger = Store.of(self.database), SqlLedger(self.database, self.clock, "one")
        parts = Parts(Http(), self.clock, Codes({}), self.folder, lambda name: name)
        self.rulebook = _Rulebook(Policy.read(self.folder / "hub.toml"), parts)
        self.rulebook.clock_system = self.clock_system
        graph, look = self._graph(), own_look(lambda: self.rulebook.rules)
        calendar = Calendar(graph, TAG)
        effects = (
            CalendarEffect(calendar, self.store.events, look),
            ReplyEffect(Mailbox(graph), self.store.replies, lambda: self.rulebook.rules),
        )
        self.world = Timesync(
            self.clock,
            self.store,
            self.rulebook,
            Directory(graph),
            effects,
            Inspection(calendar, self.store.events, look),
        )
        service = Service("timesync", router, Flask("timesync"), self.world)
        self.pipeline = Pipeline(service, self.ledger, self.clock, self.post, 1)
        self.inbound = self.post.inbound("timesync", self.pipeline.types, self._replay)
        self.ledger.release()
        self.inbound.start()

    def _replay(self) -> None:
        self.pipeline._own.call_for_replay(self.pipeline.types)

    def _graph(self) -> GraphClient:
        graph = GraphClient(f"{GRAPH}/v1.0", _Token())
        graph._session.mount(GRAPH, self.line)
        graph._circuits = Circuits(lambda: self.clock.now().timestamp())
        graph._coalescer = Coalescer(graph._together, window=0.0)
        graph._coalescer._lanes = ThreadPoolExecutor(1)
        return graph

    def restart(self) -> None:
        self.database.close()
        self.inbound.stop()
        self.begin()

    def work(self) -> None:
        """Carry messages and handle them until nothing is due."""
        while self._surviving(self._step):
            pass

    def _surviving(self, act: Callable[[], bool]) -> bool:
        if self.weather.happens(0.01):
            self.weather.fatal = self.weather.random.randrange(1, 40)
        try:
            return act()
        except Killed:
            self.restart()
            return True

    def _step(self) -> bool:
        said = self.pipeline.relay.say()
        self.post.mix()
        batch = self.inbound.take(100, 0.0) if self.post.queues["timesync"] else None
        if batch is not None:
            self.pipeline.consumer.store(batch.bodies)
            batch.ack()
        return self.pipeline.workers.step() or batch is not None or said

    # --- what the hub is told

    def tell(self, event: Event) -> None:
        envelope = first(event, "outside", self.clock.now())
        self.post.route(Outgoing(0, envelope.id, envelope.type, envelope.to_json()))

    def pass_time(self, by: timedelta) -> None:
        """Let time pass; the clock says so, and says when a day began."""
        before = self.local().date()
        self.clock.advance(by)
        self.tell(ClockStruck(at=self.clock.now(), period="tick"))
        if self.local().date() != before:
            self.tell(ClockStruck(at=self.clock.now(), period="day"))

    def local(self) -> datetime:
        return self.clock.now().astimezone(BRUSSELS).replace(tzinfo=None)

    def report(self) -> None:
        """Say what changed in the planning: late, twice, and in any order while the weather is rough."""
        changed = self.town.log[PLANNING][self.said :]
        self.said += len(changed)
        self.reports += [self._reported(each) for each in changed if isinstance(each, Leave)]
        self.weather.random.shuffle(self.reports)
        late = [each for each in self.reports if self.weather.happens(0.3)]
        for each in self.reports:
            if each not in late or self.weather.happens(0.1):
                self.tell(each)
        self.reports = late

    def _reported(self, leave: Leave) -> AbsenceReported:
        hours = (leave.starts, leave.ends) if leave.starts and leave.ends else None
        return AbsenceReported(
            source=PLANNING,
            rule="planning",
            absence_id=leave.id,
            employee=self.town.people[leave.number].alias,
            first=leave.first,
            last=leave.first if hours else leave.last,
            part="whole" if hours else str(leave.part),
            starts=f"{hours[0]:%H:%M}" if hours else None,
            ends=f"{hours[1]:%H:%M}" if hours else None,
            state=str(leave.state),
            profile=self.town.codes[leave.code],
            version=f"{leave.version:020d}",
        )

    # --- files

    def write_rules(self) -> None:
        codes = "\n".join(f'{code} = "{profile}"' for code, profile in self.town.codes.items())
        requested = "tentative" if self.town.seed % 2 else "nothing"
        (self.folder / "hub.toml").write_text(_RULES.format(codes=codes, requested=requested))

    def write_people(self) -> None:
        people = [one.row() for one in self.town.people.values() if one.since <= self.local().date()]
        closures = self.town.closures()
        services = {row["service"] for row in people}
        for row in closures:
            for key in ("applies_to", "except"):
                row[key] = [each for each in row.get(key, []) if each == "*" or each in services]
        content = {"people": people, "closures": [row for row in closures if row["applies_to"]]}
        (self.folder / "people.json").write_text(json.dumps(content))

    def write_export(self) -> None:
        """Drop the export as it is, or as its fault makes it."""
        file = self.folder / "export.csv"
        if self.export_fault == "away":
            file.unlink(missing_ok=True)
            return
        leaves = list((self.town.registers[EXPORT] if self.frozen is None else self.frozen).values())
        if self.export_fault == "cut":
            leaves = leaves[: len(leaves) // 3]
        rows = [";".join(HEADINGS.values())] + [self._row(each) for each in leaves]
        rows += [rows[-1]] if len(rows) > 1 and self.weather.happens(0.1) else []
        file.write_text("\r\n".join(rows) + "\r\n")

    def _row(self, leave: Leave) -> str:
        alias = self.town.people[leave.number].alias
        alias = alias.lstrip("0") if self.export_fault == "zeros" else alias
        first, last = f"{leave.first:%d/%m/%Y}", f"{leave.last:%d/%m/%Y}" if leave.last else ""
        first = "31/02/2026" if leave.flaw == "date" else first
        hours = [f"{each:%H:%M}" if each else "" for each in (leave.starts, leave.ends)]
        cells = [leave.id, alias, leave.code, first, last, _PARTS[leave.part], *hours, _STATES[leave.state]]
        return ";".join([*cells, str(leave.version)])

    def believed(self) -> list[Leave]:
        """Return what the hub should have made of the sources by now."""
        registers = dict(self.town.registers)
        if self.frozen is not None:
            registers[EXPORT] = self.frozen
        return [leave for register in registers.values() for leave in register.values() if not leave.flaw]

    # --- accounts

    def give_account(self, one: Colleague) -> None:
        properties = {"userPrincipalName": one.upn, "displayName": one.name, "employeeId": one.entra}
        number = f"6f1d2c3b-0000-4000-9000-{int(one.number):012d}"
        user = self.tenant.add_user(
            properties | {"id": number, "mail": one.upn if one.mailbox else None}, "user" if one.mailbox else None
        )
        self.accounts[one.number] = user["id"]
        self.notify(user["id"])

    def change_account(self, one: Colleague, **properties: object) -> None:
        self.tenant.update_user(self.accounts[one.number], dict(properties))
        self.notify(self.accounts[one.number])

    def notify(self, user_id: str) -> None:
        """Say that an account changed, as Graph does when a subscription stands."""
        if self.weather.happens(0.5):
            self.tell(
                GraphResourceChanged(subscription_id="people", resource=f"Users/{user_id}", change_type="updated")
            )


def _unsafely(connection: Any, _: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")  # the process dies here, and never the machine
