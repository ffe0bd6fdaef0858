"""The code of the how-to runs: whoever copies it has an adapter that keeps its promises."""

from __future__ import annotations

import re
import sys
from datetime import date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from services.timesync.domain.records import AbsenceRecord
from services.timesync.systems.base import Codes, Held, Kind, Parts
from shared.clock import FixedClock
from shared.errors import Invalid
from tests.contract.systems.recorded_http import RecordedHttp

HOW_TO = Path(__file__).parents[3] / "docs" / "howto" / "new-absence-system.md"
NOW = datetime.fromisoformat("2026-11-12T07:05:00+01:00")
GOOD = {"id": "7", "employee": "000101", "kind": "verlof", "first": "2026-11-23", "last": "2026-11-24", "changed": "1"}


class Answering(RecordedHttp):
    """An HTTP that has one answer."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.only = answer

    def answer(self, path: str, told: dict[str, str], headers: dict[str, str], auth: tuple[str, str] | None) -> Any:
        return self.only


@pytest.fixture
def rota(monkeypatch: pytest.MonkeyPatch) -> Kind:
    (code,) = re.findall(r"^```python\n(.*?)^```", HOW_TO.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    module = ModuleType("rota")
    monkeypatch.setitem(sys.modules, "rota", module)  # type hints are resolved through it
    exec(compile(code, str(HOW_TO), "exec"), module.__dict__)  # noqa: S102 - our own page
    kind: Kind = module.__dict__["ROTA"]
    return kind


def read(kind: Kind, answer: Any, folder: Path) -> Any:
    codes, secrets = Codes({"VERLOF": "afwezig"}), {"HUB_ROTA_TOKEN": "of-no-use"}
    parts = Parts(Answering(answer), FixedClock(NOW), codes, folder, secrets.__getitem__)
    return kind.build("rota", kind.options.load({"url": "https://rota.example.org/absences"}), parts).read(None)


def test_the_system_of_the_how_to_reads_what_it_understands_and_holds_the_rest(rota: Kind, tmp_path: Path) -> None:
    reading = read(rota, [GOOD, {**GOOD, "id": "8", "kind": "onbekend"}, {"id": "9"}], tmp_path)

    assert reading.records == (
        AbsenceRecord(
            source="rota",
            source_id="7",
            employee="000101",
            first=date(2026, 11, 23),
            last=date(2026, 11, 24),
            profile="afwezig",
            version="1",
            place="absences/7",
        ),
    )
    assert reading.held == (
        Held("absences/8", "unknown_code", "000101", "8"),
        Held("absences[2]", "incomplete_row"),
    )


def test_the_system_of_the_how_to_tells_nothing_of_why(rota: Kind, tmp_path: Path) -> None:
    reading = read(rota, [GOOD, {**GOOD, "id": "8", "kind": "onbekend"}], tmp_path)

    assert "verlof" not in repr(reading)
    assert "onbekend" not in repr(reading)


def test_the_system_of_the_how_to_refuses_junk_without_quoting_it(rota: Kind, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="expected a list") as refusal:
        read(rota, {"html": "Ziekte van Tuur"}, tmp_path)

    assert "Tuur" not in str(refusal.value)
