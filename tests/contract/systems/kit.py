"""Each absence system with its sample, its junk and its bad day: what the contract is held against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from services.timesync.systems import KINDS
from services.timesync.systems.base import Codes, Parts, System
from shared.clock import FixedClock

from .recorded import CODES, SAMPLES, RecordedProtime

NOW = datetime.fromisoformat("2026-11-12T07:05:00+01:00")
_KINDS = {kind.name: kind for kind in KINDS}
PROTIME_TABLE = {
    "base_url": "https://voorbeeldegem.example.org",
    "token_url": "https://login.example.org/tenants/voorbeeldegem/connect/token",
    "client_id": "hub",
    "user_agent": "IntegrationHub/v1 (Voorbeeldegem)",
}


@dataclass(frozen=True)
class Specimen:
    """A system in one of its conditions.."""

    system: System
    records: int
    expects: str = ""


def build(kind: str, table: dict[str, object], folder: Path, http: RecordedProtime | None = None) -> System:
    clock, codes = FixedClock(NOW), Codes(CODES)
    parts = Parts(http or RecordedProtime(), clock, codes, folder, lambda name: f"secret of {name}")
    chosen = _KINDS[kind]
    return chosen.build(kind, chosen.options.load(table), parts)


def flatfile(folder: Path, content: bytes | None) -> System:
    if content is not None:
        (folder / "tijdsregistratie_export.csv").write_bytes(content)
    return build("flatfile", {"path": "."}, folder)


def protime(folder: Path, http: RecordedProtime) -> System:
    return build("protime", dict(PROTIME_TABLE), folder, http)


SAMPLE: dict[str, Callable[[Path], Specimen]] = {
    "flatfile": lambda folder: Specimen(
        flatfile(folder, (SAMPLES / "tijdsregistratie_export.csv").read_bytes()), records=9
    ),
    "protime": lambda folder: Specimen(protime(folder, RecordedProtime()), records=17),
}
JUNK: dict[str, Callable[[Path], Specimen]] = {
    "flatfile": lambda folder: Specimen(
        flatfile(folder, b"<html>Ziekte van Tuur</html>\r\n"), records=0, expects="expected the columns 'Aanvraagnr'"
    ),
    "protime": lambda folder: Specimen(
        protime(folder, RecordedProtime(junk=True)),
        records=0,
        expects="expected an object with a list 'value' of rows with an 'id'",
    ),
}
ABSENT: dict[str, Callable[[Path], Specimen]] = {
    "flatfile": lambda folder: Specimen(flatfile(folder, None), records=0, expects="expected *.csv"),
    "protime": lambda folder: Specimen(protime(folder, RecordedProtime(throttled=True)), records=0, expects="429"),
}
OVER_HTTP = ("protime",)
