"""The sample export as the view of a database: as text, like SQLite keeps it, or with the types of a real one."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from sqlalchemy import NullPool, create_engine, text

from services.timesync.systems.base import Codes, Parts, System
from services.timesync.systems.sql import SQL
from shared.clock import FixedClock
from shared.http import Http

from .recorded import CODES, SAMPLES

NOW = datetime.fromisoformat("2026-11-12T07:05:00+01:00")
HEADINGS = {
    "request": "aanvraagnr",
    "employee": "personeelsnr",
    "code": "code",
    "first": "datum van",
    "last": "datum tot",
    "part": "dagdeel",
    "starts": "uur van",
    "ends": "uur tot",
    "status": "status",
    "changed": "laatst gewijzigd",
}


def run(url: str, *statements: str, rows: list[dict[str, Any]] | None = None) -> None:
    """Do *statements* as the owner of the database; *rows* are the parameters of the last."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        for statement in statements[:-1]:
            connection.execute(text(statement))
        connection.execute(text(statements[-1]), rows)


def view_of_text(folder: Path, *, headings: bool = True) -> str:
    """Make a SQLite file with the sample export, every cell a text, and return its address."""
    sample = (SAMPLES / "tijdsregistratie_export.csv").read_text(encoding="cp1252")
    rows = list(csv.DictReader(io.StringIO(sample), delimiter=";"))
    names = list(rows[0]) if headings else [f"kolom {number}" for number, _ in enumerate(rows[0])]
    url = f"sqlite:///{folder}/view.db"
    columns = ", ".join(f'"{name}" TEXT' for name in names)
    cells = ", ".join(f":c{at}" for at, _ in enumerate(names))
    run(
        url,
        "DROP TABLE IF EXISTS afwezigheden",
        f"CREATE TABLE afwezigheden ({columns})",
        f"INSERT INTO afwezigheden VALUES ({cells})",  # noqa: S608 - our own placeholders
        rows=[{f"c{at}": cell for at, cell in enumerate(row.values())} for row in rows],
    )
    return url


TYPED = {
    "request": "A-1",
    "employee": "000101",
    "code": "JV",
    "first": date(2026, 11, 16),
    "last": date(2026, 11, 20),
    "part": "V",
    "starts": None,
    "ends": None,
    "status": "Goedgekeurd",
    "changed": datetime.fromisoformat("2026-11-01T09:12:30"),
}


def typed_view(url: str, *rows: dict[str, Any]) -> None:
    """Fill the table `verlof` of the database at *url* with TYPED, changed by each of *rows*."""
    cells = ", ".join(f":{name}" for name in TYPED)
    run(
        url,
        "DROP TABLE IF EXISTS verlof",
        "CREATE TABLE verlof (request TEXT, employee TEXT, code TEXT, first DATE, last DATE, part TEXT, starts TIME, "
        "ends TIME, status TEXT, changed TIMESTAMP)",
        f"INSERT INTO verlof VALUES ({cells})",  # noqa: S608 - our own placeholders
        rows=[{name: _plain(value, url) for name, value in {**TYPED, **row}.items()} for row in rows or ({},)],
    )


def _plain(value: Any, url: str) -> Any:
    """SQLite has no dates and times: what it gives back is text."""
    return str(value) if url.startswith("sqlite") and isinstance(value, date | time) else value


def sql(url: str, **table: object) -> System:
    secrets = {"HUB_TIMESYNC_VIEW_URL": url}
    parts = Parts(Http(), FixedClock(NOW), Codes(CODES), Path(), secrets.__getitem__)
    options = SQL.options.load({"url": "HUB_TIMESYNC_VIEW_URL", "query": "SELECT * FROM verlof", **table})
    return SQL.build("sql", options, parts)


def view(url: str) -> System:
    return sql(url, query="SELECT * FROM afwezigheden", columns=HEADINGS)
