"""No reason of an absence gets anywhere but where it was registered, whatever way it comes and whatever goes wrong.

Every kind of source is read, and reports at the front door are taken, with a word in each code, name of a code, category
and remark that occurs nowhere else. Then everything that the hub keeps, says or shows is searched for it.
"""

from __future__ import annotations

import io
import logging
import re
import shutil
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
import structlog
from flask import Flask
from prometheus_client import generate_latest
from sqlalchemy import inspect, select, table, text

import services.timesync
import services.webhooks
from services.console.handlers import Console
from services.console.handlers import router as console_router
from services.timesync.app import create_app
from services.timesync.handlers import Scheduled
from services.timesync.handlers import router as timesync_router
from services.timesync.systems.base import Reading, System
from services.webhooks.wiring import build as build_webhooks
from shared.clock import FixedClock
from shared.config import Settings
from shared.events import AbsencesHinted, ClockStruck
from shared.events.envelope import first
from shared.messaging.memory import MemoryBroker, MemoryInbound
from shared.persistence.database import Database
from shared.persistence.ledger import SqlLedger
from shared.persistence.migrate import migrate
from shared.run import Pipeline, add_health, base_of
from shared.service import Base, Service
from tests.contract.sources.kit import SECRET, signed
from tests.contract.systems import feeds, kit, recorded, recorded_http, views
from tests.contract.systems.recorded import SAMPLES
from tests.unit.console.builders import FakeConsole
from tests.unit.shared.builders import environ
from tests.unit.timesync.conftest import Town

CANARY = "Kanarievogel"
# What stands for the reason in the samples: codes, their names and groups, and what people remarked.
_REASONS = re.compile(
    r"\b(?:JV|RC|ZK|DV|SV|TW|XQ|FD)\b|Jaarlijkse vakantie|Recuperatie|Ziekte|Syndicaal verlof|Telewerk|"
    r"Dienstvrijstelling|Arbeidsongeschiktheid|Elders werken|Feestdag(?:en)?|Onbekende code"
)
# The names and addresses of the samples' people.
_PEOPLE = re.compile(r"verzonnen|fictief|bedacht|testman|voorbeeld@|staalkaart|zondermail", re.IGNORECASE)
_NUMBERED = {"fien.verzonnen": "000101", "joris.fictief": "000102", "mira.bedacht": "000103", "tuur.testman": "000104",
             "noor.voorbeeld": "000105", "stan.staalkaart": "000106"}  # fmt: skip
_JSON = {"content-type": "application/json"}
_MODULES = (kit, recorded, recorded_http, feeds, views)
_RULES = f"""
[webhooks]
people = false

[webhooks.sources.personeel]
scheme = "standard"
secrets = ["HUB_HOOK_PERSONEEL_SECRET"]

[[rule]]
name = "verlof"
source = "personeel"
makes = "absence"

[rule.fields]
id = "id"
employee = "nr"
first = "van"
last = "tot"
code = "code"

[rule.profiles]
"{CANARY} JV" = "afwezig"
"{CANARY} XX" = "afwezig"
"""
_REPORTS: tuple[dict[str, Any], ...] = (
    {"id": "R-1", "nr": "000104", "van": "2026-12-01", "tot": "2026-12-02", "code": f"{CANARY} JV"},
    {"id": "R-2", "nr": "000104", "van": "2026-12-03", "tot": "2026-12-04", "code": f"{CANARY} onbekend"},
    {"id": "R-3", "nr": "000104", "van": CANARY, "tot": "2026-12-04", "code": f"{CANARY} XX"},
    {"id": "R-4", "nr": "000104", "van": "2026-12-09", "tot": "2026-12-08", "code": f"{CANARY} JV"},
    {"id": "R-5", "van": "2026-12-09", "opmerking": CANARY, "code": {"naam": CANARY}},
)


def planted(sample: str) -> str:
    """Return *sample* with the word in everything that tells why."""
    told = _REASONS.sub(lambda found: f"{CANARY} {found[0]}", sample)
    told = told.replace('"comment": null', f'"comment": "{CANARY}"').replace(
        '"notes": {}', f'"notes": {{"x": "{CANARY}"}}'
    )
    return told.replace("DESCRIPTION:", f"DESCRIPTION:{CANARY} ").replace(
        "CLASS:PRIVATE", f"CLASS:PRIVATE\r\nCOMMENT:{CANARY}"
    )


@dataclass
class Clumsy:
    """A system whose adapter trips over a row, with the row in its hand."""

    name: str = "clumsy"

    def read(self, cursor: str | None) -> Reading:
        row = {"code": f"{CANARY} ZK", "remark": CANARY}
        raise ValueError(f"cannot read {row}")


@dataclass
class Recorder(MemoryBroker):
    """A broker that remembers every body."""

    bodies: list[bytes] = field(default_factory=list)

    def route(self, message: Any) -> None:
        self.bodies.append(message.body)
        super().route(message)


@dataclass
class Member:
    """One service and its part of the pipeline."""

    pipeline: Pipeline
    inbound: MemoryInbound

    def step(self) -> bool:
        said = self.pipeline.relay.say()
        waiting = self.inbound.broker.queues.get(self.inbound.service, deque())
        batch = self.inbound.take(100, 0.0) if waiting else None
        if batch:
            self.pipeline.consumer.store(batch.bodies)
            batch.ack()
        return self.pipeline.workers.step() or batch is not None or said


@dataclass
class Searched:
    """All that a hub kept, said and showed, by where."""

    places: dict[str, str]

    def with_(self, pattern: str | re.Pattern[str]) -> dict[str, list[str]]:
        """Return where *pattern* was found, and a little around it."""
        wanted = pattern if isinstance(pattern, re.Pattern) else re.compile(pattern, re.IGNORECASE)
        found = {
            place: [told[max(0, each.start() - 60) : each.end() + 60] for each in wanted.finditer(told)][:3]
            for place, told in self.places.items()
        }
        return {place: told for place, told in found.items() if told}


def systems_of(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, System]:
    """Return every kind of system, sound, out of order and away, in front of sources full of the word."""
    samples = folder / "samples"
    shutil.copytree(SAMPLES, samples)
    for sample in samples.iterdir():
        encoding = "cp1252" if sample.suffix == ".csv" else "utf-8"
        sample.write_bytes(planted(sample.read_bytes().decode(encoding)).encode(encoding))
    for module in _MODULES:
        monkeypatch.setattr(module, "SAMPLES", samples)
        if hasattr(module, "CODES"):
            monkeypatch.setattr(module, "CODES", {planted(code): name for code, name in module.CODES.items()})
    monkeypatch.setattr(kit, "LEAVE_CODES", {planted(code): name for code, name in kit.LEAVE_CODES.items()})
    made: dict[str, System] = {"clumsy": Clumsy()}
    for condition, kinds in (("sound", kit.SAMPLE), ("junk", kit.JUNK), ("away", kit.ABSENT)):
        for kind, build in kinds.items():
            place = folder / f"{kind}-{condition}"
            place.mkdir()
            made[f"{kind}-{condition}"] = build(place).system
    kelio = recorded_http.RecordedKelio(content=(samples / "kelio_absence_files.xml").read_bytes())
    made["kelio-sound"] = kit.over_http("kelio", kelio)
    made["torn"] = kit.flatfile(folder / "flatfile-junk", f"Aanvraagnr;{CANARY}\r\n1;{CANARY}\r\n".encode())
    return made


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searched]:
    """Read every source and take every report, and return all that came of it."""
    hub, sources = tmp_path_factory.mktemp("hub"), tmp_path_factory.mktemp("sources")
    log, library, before = io.StringIO(), io.StringIO(), structlog.get_config()
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.format_exc_info,
                    structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=structlog.PrintLoggerFactory(log),
    )  # fmt: skip
    heard, root = logging.StreamHandler(library), logging.getLogger()
    level = root.level
    root.addHandler(heard)
    root.setLevel(logging.DEBUG)
    monkeypatch = pytest.MonkeyPatch()
    broker = Recorder()
    migrate(f"sqlite:///{hub / 'timesync.db'}", "timesync", Path(services.timesync.__file__).parent / "migrations")
    town = _town(hub, systems_of(sources, monkeypatch))
    console = FakeConsole.at(hub)
    base = _front(hub, town.clock)
    webhooks = build_webhooks(base)
    timesync = Service("timesync", timesync_router, create_app(town.world), town.world)
    members = [
        _joined(timesync, town.database, town.clock, broker),
        _joined(webhooks, base.database, town.clock, broker),
        _joined(
            Service("console", console_router, console.app(), Console(console.store, town.clock)),
            console.database,
            town.clock,
            broker,
        ),
    ]
    try:
        answers = _reported(webhooks.app, town.clock)
        _live(members, town)
        pages = _pages("timesync", members[0].pipeline._service.app) | _pages("console", console.app())
        yield Searched(
            {
                **{f"table {name}": told for name, told in _tables(town.database, base.database, console.database)},
                **{f"file {file.name}": file.read_bytes().decode("latin-1") for file in hub.glob("*.db*")},
                **{f"message {at}": body.decode() for at, body in enumerate(broker.bodies)},
                **{f"answer {at}": answer for at, answer in enumerate(answers)},
                **pages,
                "log": log.getvalue(),
                "library log": library.getvalue(),
                "metrics": generate_latest().decode(),
            }
        )
    finally:
        monkeypatch.undo()
        root.removeHandler(heard)
        root.setLevel(level)
        structlog.configure(**before)
        for database in (town.database, base.database, console.database):
            database.close()


def _town(folder: Path, systems: dict[str, System]) -> Town:
    town = Town.at(folder)
    for name, number in _NUMBERED.items():
        town.outlook.add(number, upn=f"{name}@example.org")
    for name, system in systems.items():
        monkey = system if isinstance(system, Clumsy) else _named(system, name)
        town.rulebook.systems[name] = Scheduled(monkey, timedelta(minutes=15))
    del town.rulebook.systems["file"]
    town.rulebook.readings = dict.fromkeys(systems, "codes")
    return town


def _named(system: System, name: str) -> System:
    object.__setattr__(system, "name", name)  # a frozen dataclass, which is made under the word of its kind
    return system


def _front(folder: Path, clock: FixedClock) -> Base:
    (folder / "hub.toml").write_text(_RULES, encoding="utf-8")
    settings = Settings.load(environ(folder, HUB_HOOK_PERSONEEL_SECRET=SECRET))
    migrate(settings.database("webhooks"), "webhooks", Path(services.webhooks.__file__).parent / "migrations")
    return base_of("webhooks", settings, clock)


def _joined(service: Service, database: Database, clock: FixedClock, broker: Recorder) -> Member:
    ledger = SqlLedger(database, clock, "one")
    pipeline = Pipeline(service, ledger, clock, broker, 1)
    inbound = broker.inbound(service.name, pipeline.types, lambda: None)
    inbound.start()
    settings = Settings.load(environ(Path()))
    add_health(service, pipeline, Base(settings, None, clock, database, ledger))  # type: ignore[arg-type]  # health asks for no rules
    return Member(pipeline, inbound)


def _reported(app: Flask, clock: FixedClock) -> list[str]:
    """Let the system of HR report, and forge, and tell nonsense; return what it was answered."""
    browser, answers = app.test_client(), []
    for at, report in enumerate(_REPORTS):
        delivery = signed(orjson.dumps(report), id_=f"msg-{at}", at=clock.now().astimezone(UTC))
        answers.append(browser.post("/hooks/personeel", data=delivery.body, headers={**delivery.headers, **_JSON}).text)
    forged = {"webhook-id": "msg-9", "webhook-timestamp": "1", "webhook-signature": "v1,x"}
    answers.append(browser.post("/hooks/personeel", data=CANARY, headers={**forged, **_JSON}).text)
    half = signed(f'{{"code": "{CANARY}'.encode(), id_="msg-8", at=clock.now().astimezone(UTC))
    answers.append(browser.post("/hooks/personeel", data=half.body, headers={**half.headers, **_JSON}).text)
    return answers


def _live(members: list[Member], town: Town) -> None:
    """Let hours pass in which all is tried, and tried again until it is parked."""
    for hour in range(5):
        town.clock.advance(timedelta(hours=1))
        tick = ClockStruck(at=town.clock.now(), period="tick" if hour else "day")
        for event in (tick, *(AbsencesHinted(source=name) for name in town.rulebook.systems)):
            members[0].pipeline.consumer.store([first(event, "outside", town.clock.now()).to_json()])
        while sum(member.step() for member in members):
            pass


def _tables(*databases: Database) -> Iterator[tuple[str, str]]:
    for database in databases:
        with database.read() as connection:
            for name in inspect(database.engine).get_table_names():
                rows = connection.execute(select(text("*")).select_from(table(name))).all()
                yield f"{database.service}.{name}", "\n".join(str(tuple(row)) for row in rows)


def _pages(service: str, app: Flask) -> dict[str, str]:
    browser = app.test_client()
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    pages = {str(rule): browser.get(str(rule)).text for rule in rules}
    for link in sorted(set(re.findall(r'href="(/[^"#]+)"', "\n".join(pages.values())))):
        pages[link] = browser.get(link.replace("&amp;", "&")).text
    return {f"page {service} {address}": page for address, page in pages.items()}


def test_the_word_of_a_reason_is_nowhere_outside_its_source(searched: Searched) -> None:
    assert searched.with_(f"{CANARY}|van Tuur|zei Tuur|b7c0c1aa") == {}


def test_no_name_and_no_address_of_a_colleague_is_in_a_log_a_message_a_metric_or_a_table(searched: Searched) -> None:
    found = searched.with_(_PEOPLE)

    assert {place: told for place, told in found.items() if not place.startswith("page")} == {}


def test_what_was_searched_holds_the_work_that_it_is_about(searched: Searched) -> None:
    places = searched.places
    known = places["table timesync.records"]
    parked = places["table timesync.inbox"]

    assert [kind for kind in kit.SAMPLE if f"'{kind}-sound'" not in known] == []
    assert "'personeel'" in known
    for reason in ("unknown_code", "impossible_date", "unexpected_ValueError", "unexpected_columns"):
        assert any(reason in told for told in places.values()), reason
    assert "parked" in parked
    assert "clumsy" in places["log"] or "unexpected_ValueError" in places["log"]
    assert any(place.startswith("message") and "absences.shown" in told for place, told in places.items())
    assert "hub_" in places["metrics"]
    assert {"page timesync /held", "page timesync /items", "page timesync /openapi.json", "page console /"} <= {*places}


def test_the_search_finds_what_it_looks_for() -> None:
    planted_sample = planted("A-1;000104;Testman;ZK;Ziekte")

    assert Searched({"here": planted_sample}).with_(CANARY)
    assert Searched({"here": planted_sample}).with_(_PEOPLE)
    assert Searched({"here": "nothing"}).with_(CANARY) == {}
