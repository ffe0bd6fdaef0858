"""A shell on the machine of the hub, where mailroom ran before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.__main__ import main
from services.mailroom.commands import opened
from services.mailroom.domain.routing import Facts
from services.mailroom.store import Store
from services.mailroom.store.letters import TRAY, Filing
from shared.clock import FixedClock
from shared.events import Event
from shared.persistence.database import Database
from shared.persistence.ledger import SqlLedger
from shared.persistence.migrate import migrate
from tests.unit.shared.builders import ENVIRON, environ

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
MIGRATIONS = Path("services/mailroom/migrations")
TOML = """\
[mailroom]
site = "example.sharepoint.com:/sites/projecten"
library = "Documenten"

[mailroom.projects.A40201]
title = "Digitale werkplaats"

[[mailroom.routes]]
name = "klachten"
document_type = ["Klacht*"]
to = "tray"
"""
FACTS = Facts(direction="inkomend", confidentiality="intern", series="ALG-2026", day=date(2026, 11, 18))


@dataclass
class Desk:
    """A shell on the machine of the hub."""

    folder: Path
    database: Database
    clock: FixedClock

    def hub(self, *words: str) -> Result:
        environment = {**dict.fromkeys(ENVIRON), **environ(self.folder, COLUMNS="200")}
        return CliRunner().invoke(main, ["mail", *words], env=environment)

    @property
    def store(self) -> Store:
        return Store.of(self.database, self.clock, None)

    def file(self, name: str, content: bytes) -> str:
        path = self.folder / name
        path.write_bytes(content)
        return str(path)

    def waiting(self) -> list[Event]:
        """Return what was handed over to mailroom."""
        ledger, found = SqlLedger(self.database, self.clock, "the hub"), []
        while task := ledger.claim():
            ledger.done(task, [])
            found.append(task.envelope.open())
        return found


def filing(kenmerk: str = "2026/IN/001234", state: str = TRAY, **more: object) -> Filing:
    told = {"facts": FACTS, "rule": "projectcode", "reason": "unknown_project", "suggestions": ("A40201",)} | more
    return Filing(kenmerk, 1, state, NOW, **told)  # type: ignore[arg-type]  # what each test says of it


@contextmanager
def a_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Wednesday 18 November 2026, 9 hours UTC; mailroom ran before."""
    url, clock = f"sqlite:///{tmp_path / 'mailroom.db'}", FixedClock(NOW)
    migrate(url, "mailroom", MIGRATIONS)
    monkeypatch.setattr(opened, "SystemClock", lambda: clock)
    (tmp_path / "hub.toml").write_text(TOML, encoding="utf-8")
    database = Database(url, "mailroom")
    yield Desk(tmp_path, database, clock)
    database.close()
