"""A municipality of any size: who works there, the rules of its hub, and the export that HR drops."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from sandbox.voorbeeldegem import CLIENT_ID, CLIENT_SECRET, TENANT_ID
from services.timesync.systems.flatfile import HEADINGS

DEPARTMENTS = 40
SOON = 3  # weeks to the first period: within the window of 180 days, and no automatic reply is due yet
BEYOND = 40  # weeks: behind the window, so that nothing of it is written yet
WEEKS_APART = 4
_RULES = """
[timesync]
people = "people.json"
organisation = "Gemeente Voorbeeldegem"
contact.mail = "info@example.org"
codes.JV = "afwezig"

[timesync.systems.export]
kind = "flatfile"
path = "export.csv"
"""


@dataclass(frozen=True)
class Leave:
    """One period of one employee, as HR registered it."""

    number: str
    employee: str
    first: date
    last: date
    state: str = "Goedgekeurd"


def leaves(people: int, periods: int, today: date, soon: int = SOON) -> list[Leave]:
    """Return *periods* of two working days for each of *people*, the first *soon* weeks from now."""
    monday = today - timedelta(days=today.weekday())
    found = []
    for n in range(people):
        for period in range(periods):
            first = monday + timedelta(weeks=soon + WEEKS_APART * period, days=n % 3)
            found.append(Leave(f"A-{n}-{period}", number(n), first, first + timedelta(days=1)))
    return found


def morning(known: Sequence[Leave], changes: int) -> list[Leave]:
    """Return *known* after *changes*: of five, three are a day longer, one is withdrawn and one is new."""
    after = list(known)
    for n in range(changes):
        at = n * len(known) // changes
        one = known[at]
        if n % 5 < 3:
            after[at] = replace(one, last=one.last + timedelta(days=1))
        elif n % 5 == 3:
            after[at] = replace(one, state="Geannuleerd")
        else:
            week = timedelta(weeks=1)
            after.append(replace(one, number=f"{one.number}-more", first=one.first + week, last=one.last + week))
    return after


def write_export(folder: Path, rows: Sequence[Leave]) -> None:
    """Drop the export as HR's system does: under its final name when it is complete."""
    unfinished = folder / "export.tmp"
    with unfinished.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADINGS.values())
        for row in rows:
            days = f"{row.first:%d/%m/%Y}", f"{row.last:%d/%m/%Y}"
            writer.writerow([row.number, row.employee, "JV", *days, "V", "", "", row.state, ""])
    unfinished.replace(folder / "export.csv")


def write_rules(folder: Path, people: int) -> None:
    """Write hub.toml and the people file."""
    rows = [
        {
            "employee_number": number(n),
            "name": f"Persoon {n}",
            "upn": address(n),
            "service": f"Dienst {n % DEPARTMENTS}",
        }
        for n in range(people)
    ]
    (folder / "people.json").write_text(json.dumps({"people": rows}), encoding="utf-8")
    (folder / "hub.toml").write_text(_RULES, encoding="utf-8")


def settings(folder: Path, amqp_url: str, bind: str, tenant_url: str) -> dict[str, str]:
    """Return the settings of its timesync."""
    return {
        "HUB_AMQP_URL": amqp_url,
        "HUB_TENANT_ID": TENANT_ID,
        "HUB_CLIENT_ID": CLIENT_ID,
        "HUB_CLIENT_SECRET": CLIENT_SECRET,
        "HUB_GRAPH_URL": f"{tenant_url}/v1.0",
        "HUB_AUTHORITY_URL": tenant_url,
        "HUB_DATA_DIR": str(folder),
        "HUB_CONFIG": str(folder / "hub.toml"),
        "HUB_TIMESYNC_BIND": bind,
        "REQUESTS_CA_BUNDLE": str(folder / "ca.pem"),
    }


def number(n: int) -> str:
    return f"{n:06d}"


def address(n: int) -> str:
    return f"persoon.{n}@example.org"


def user_id(n: int) -> str:
    return f"6f1d2c3b-0000-4000-9000-{n:012d}"
