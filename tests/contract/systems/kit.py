"""Each absence system with its sample, its junk and its bad day: what the contract is held against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from services.timesync.systems import KINDS
from services.timesync.systems.base import Codes, Parts, System, SystemHttp
from shared.clock import FixedClock

from .feeds import FeedServer, file_system, sample
from .feeds import system as feed_system
from .recorded import CODES, SAMPLES, RecordedProtime
from .recorded_http import (
    RecordedBamboohr,
    RecordedFrappe,
    RecordedHttp,
    RecordedKelio,
    RecordedOdoo,
    RecordedPersonio,
)
from .views import sql, view, view_of_text

NOW = datetime.fromisoformat("2026-11-12T07:05:00+01:00")
_KINDS = {kind.name: kind for kind in KINDS}
PROTIME_TABLE = {
    "base_url": "https://voorbeeldegem.example.org",
    "token_url": "https://login.example.org/tenants/voorbeeldegem/connect/token",
    "client_id": "hub",
    "user_agent": "IntegrationHub/v1 (Voorbeeldegem)",
}
LEAVE_CODES = dict.fromkeys(("Jaarlijkse vakantie", "Recuperatie", "Ziekte"), "afwezig") | {
    f"b7c0c1aa-0000-4000-8000-0000000000{number}": "afwezig" for number in (21, 31, 41)
}
HTTP_TABLES: dict[str, dict[str, object]] = {
    "personio": {"client_id": "hub"},
    "bamboohr": {"base_url": "https://voorbeeldegem.bamboohr.com"},
    "odoo": {"base_url": "https://odoo.example.org", "database": "voorbeeldegem", "login": "hub"},
    "frappe": {"base_url": "https://hr.example.org"},
    "kelio": {"base_url": "https://kelio.example.org", "user": "hub"},
}
RECORDED: dict[str, Callable[..., RecordedHttp]] = {
    "personio": RecordedPersonio,
    "bamboohr": RecordedBamboohr,
    "odoo": RecordedOdoo,
    "frappe": RecordedFrappe,
    "kelio": RecordedKelio,
}


@dataclass(frozen=True)
class Specimen:
    """A system in one of its conditions.."""

    system: System
    records: int
    expects: str = ""


def build(kind: str, table: dict[str, object], folder: Path, http: SystemHttp | None = None) -> System:
    clock, codes = FixedClock(NOW), Codes(CODES | LEAVE_CODES)
    parts = Parts(http or RecordedProtime(), clock, codes, folder, lambda name: f"secret of {name}")
    chosen = _KINDS[kind]
    return chosen.build(kind, chosen.options.load(table), parts)


def flatfile(folder: Path, content: bytes | None) -> System:
    if content is not None:
        (folder / "tijdsregistratie_export.csv").write_bytes(content)
    return build("flatfile", {"path": "."}, folder)


def protime(folder: Path, http: RecordedProtime) -> System:
    return build("protime", dict(PROTIME_TABLE), folder, http)


def over_http(kind: str, http: RecordedHttp | None = None, **options: object) -> System:
    """Return the leave system *kind* in front of *http*, its recorded vendor when none is given."""
    return build(kind, HTTP_TABLES[kind] | options, Path(), http or RECORDED[kind]())


def recorded(kind: str, records: int = 0, expects: str = "", **condition: bool) -> Callable[[Path], Specimen]:
    return lambda _: Specimen(over_http(kind, RECORDED[kind](**condition)), records, expects)


SAMPLE: dict[str, Callable[[Path], Specimen]] = {
    "flatfile": lambda folder: Specimen(
        flatfile(folder, (SAMPLES / "tijdsregistratie_export.csv").read_bytes()), records=9
    ),
    "icalendar": lambda folder: Specimen(file_system(folder, sample()), records=6),
    "protime": lambda folder: Specimen(protime(folder, RecordedProtime()), records=17),
    "sql": lambda folder: Specimen(view(view_of_text(folder)), records=9),
    "personio": recorded("personio", records=5),
    "bamboohr": recorded("bamboohr", records=5),
    "odoo": recorded("odoo", records=3),
    "frappe": recorded("frappe", records=4),
    "kelio": recorded("kelio", records=3),
}
JUNK: dict[str, Callable[[Path], Specimen]] = {
    "flatfile": lambda folder: Specimen(
        flatfile(folder, b"<html>Ziekte van Tuur</html>\r\n"), records=0, expects="expected the columns 'Aanvraagnr'"
    ),
    "icalendar": lambda folder: Specimen(
        file_system(folder, b"<html>Ziekte van Tuur</html>"), records=0, expects="expected a feed that starts with"
    ),
    "protime": lambda folder: Specimen(
        protime(folder, RecordedProtime(junk=True)),
        records=0,
        expects="expected an object with a list 'value' of rows with an 'id'",
    ),
    "sql": lambda folder: Specimen(
        view(view_of_text(folder, headings=False)), records=0, expects="expected the columns 'aanvraagnr'"
    ),
    "personio": recorded("personio", expects="expected an object with a list '_data' of rows with 'id'", junk=True),
    "bamboohr": recorded("bamboohr", expects="expected an object with a list 'employees' of rows with 'id'", junk=True),
    "odoo": recorded("odoo", expects="expected an answer with a 'result'", junk=True),
    "frappe": recorded("frappe", expects="expected an object with a list 'data' of rows with 'name'", junk=True),
    "kelio": recorded("kelio", expects="expected a SOAP answer with 'exportedAbsenceFiles'", junk=True),
}
ABSENT: dict[str, Callable[[Path], Specimen]] = {
    "flatfile": lambda folder: Specimen(flatfile(folder, None), records=0, expects="expected *.csv"),
    "icalendar": lambda _: Specimen(feed_system(FeedServer(throttled=True)), records=0, expects="429"),
    "protime": lambda folder: Specimen(protime(folder, RecordedProtime(throttled=True)), records=0, expects="429"),
    "sql": lambda _: Specimen(
        sql("postgresql://hub:geheim@127.0.0.1:1/tijd"), records=0, expects="postgresql+psycopg at 127.0.0.1"
    ),
    **{kind: recorded(kind, expects="429", throttled=True) for kind in RECORDED},
}
OVER_HTTP = ("icalendar", "protime", *RECORDED)
