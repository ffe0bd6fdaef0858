"""The sample world of Voorbeeldegem laid around any day, so that somebody is absent now, weekends included.

| person          | mainly from | now                          | later                                             |
|-----------------|-------------|------------------------------|---------------------------------------------------|
| Fien (000101)   | CSV         | absent, corrected to shorter | leave over two closing days                       |
| Joris (000102)  | Protime     | telework, today or next day  | half day (both); Friday + Monday; unknown code    |
| Mira (000103)   | Protime     | at work                      | 10:00-11:30 next day (both); leave, then sickness |
| Tuur (000104)   | CSV         | absent, open end             | impossible date                                   |
| Noor (000105)   | Protime     | absent, then returns earlier | telework (both); leave asked, not granted (both)  |
| Stan (000106)   | CSV         | absent                       | cancelled day                                     |
| Zita (000107)   | Protime     | absent, has no mailbox       |                                                   |

What stands in both says the same in both. Pure: *today* is the only clock.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from string import Template
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.protime_days import ProtimeData, protime
from sandbox.workdays import joris_half_day, monday, next_workday, noor_asked, noor_telework, workday

__all__ = [
    "LetterSet",
    "NamedFile",
    "ProtimeData",
    "email",
    "letter",
    "mistyped_letter",
    "protime",
    "roster",
    "time_export",
]

Json = dict[str, Any]

BRUSSELS = ZoneInfo("Europe/Brussels")
SAMPLES = Path(__file__).parent / "samples"


@dataclass(frozen=True)
class NamedFile:
    name: str
    content: bytes


@dataclass(frozen=True)
class LetterSet:
    """A registered letter as the scanner drops it in the hot folder."""

    sidecar: NamedFile
    document: NamedFile
    attachment: NamedFile

    def in_writing_order(self) -> tuple[NamedFile, NamedFile, NamedFile]:
        """Return the files as a producer writes them: the sidecar last, for it says that the set is complete."""
        return self.document, self.attachment, self.sidecar


def roster(today: date) -> Json:
    """Return people with their weekly schedules, and the closing days around *today*.

    Shape: `{"timezone": …, "people": [{"employee_number", "name", "upn", "service", "schedule"}], "closures":
    [{"date", "name", "kind", "applies_to", "except"?}]}`. No closing day falls within ten days of *today*.
    """
    everyone, childcare = ["*"], ["Buitenschoolse kinderopvang"]
    past, coming = monday(today, weeks=-3), monday(today, weeks=5)
    closures: list[Json] = [
        _closure(past - timedelta(days=1), "Feestdag op zondag", "statutory", everyone),
        _closure(past, "Lokale feestdag", "local", everyone) | {"except": childcare},
        _closure(past + timedelta(days=9), "Feestdag", "statutory", everyone),
        _closure(coming + timedelta(days=3), "Vervangdag kinderopvang", "replacement", childcare),
        _closure(coming + timedelta(days=4), "Feestdag", "statutory", everyone),
        _closure(coming + timedelta(days=7), "Vervangdag voor een feestdag in het weekend", "replacement", everyone),
    ]
    people: Json = json.loads((SAMPLES / "people.json").read_text("utf-8"))
    return people | {"closures": closures}


def time_export(today: date) -> bytes:
    """Return the nightly CSV of the time registration: cp1252, CRLF, with every error such a file holds."""
    coming = monday(today, weeks=5)
    days = {
        "fien_first": workday(today, -2),
        "fien_last_asked": workday(today, 2),
        "fien_last": workday(today, 1),
        "fien_holiday_first": coming + timedelta(days=2),
        "fien_holiday_last": coming + timedelta(days=10),
        "joris_half_day": joris_half_day(today),
        "joris_unknown_code": monday(today, weeks=4) + timedelta(days=1),
        "mira_interval": next_workday(today),
        "noor_asked": noor_asked(today),
        "noor_telework": noor_telework(today),
        "nobody": monday(today, weeks=4) + timedelta(days=2),
        "stan_first": workday(today, -1),
        "stan_last": workday(today, 1),
        "stan_cancelled": monday(today, weeks=2) + timedelta(days=3),
        "tuur_first": workday(today, -1),
        "yesterday": today - timedelta(days=1),
        "a_week_ago": today - timedelta(days=7),
        "a_month_ago": today - timedelta(days=30),
    }
    written = {name: f"{day:%d/%m/%Y}" for name, day in days.items()} | {"year": f"{today:%Y}"}
    rows = Template((SAMPLES / "time_export.csv").read_text("utf-8")).substitute(written)
    return rows.replace("\n", "\r\n").encode("cp1252")


def letter(today: date) -> LetterSet:
    """Return the registered letter `<year>/IN/001234` for project A40201, registered on *today*."""
    year = f"{today:%Y}"
    document = _scan("letter.pdf", f"{year}-IN-001234.pdf", year)
    attachment = _scan("letter_attachment.pdf", f"{year}-IN-001234_bijlage1.pdf", year)
    words = {
        "year": year,
        "kenmerk": f"{year}/IN/001234",
        "written": (today - timedelta(days=2)).isoformat(),
        "received": today.isoformat(),
        "scanned": _moment(today, time(7, 10, 2)),
        "checked": _moment(today, time(7, 11, 30)),
        "registered": _moment(today, time(7, 12, 11)),
        "answer_by": workday(today + timedelta(days=20), 0).isoformat(),
        "paper_until": (today + timedelta(days=90)).isoformat(),
    }
    for role, file in (("document", document), ("attachment", attachment)):
        words[f"{role}_name"] = file.name
        words[f"{role}_bytes"] = str(len(file.content))
        words[f"{role}_sha256"] = sha256(file.content).hexdigest()
    sidecar = Template((SAMPLES / "letter.metadata.xml").read_text("utf-8")).substitute(words)
    return LetterSet(NamedFile(f"{document.name}.metadata.xml", sidecar.encode()), document, attachment)


def mistyped_letter(today: date) -> tuple[NamedFile, NamedFile]:
    """Return a letter whose project code has an O for a 0, with its JSON sidecar, in the order of writing."""
    year = f"{today:%Y}"
    document = _scan("letter_attachment.pdf", f"{year}-IN-001236.pdf", year)
    record = {
        "kenmerk": f"{year}/IN/001236",
        "versie": 1,
        "richting": "inkomend",
        "kanaal": "brief",
        "onderwerp": "Handleiding headsets",
        "documenttype": "handleiding",
        "ontvangstdatum": today.isoformat(),
        "registratiedatum": _moment(today, time(7, 20)),
        "projectcode": "A4O201",
        "serie": "ALG.AANKOOP",
        "vertrouwelijkheid": "intern",
        "bestanden": [
            {
                "rol": "hoofddocument",
                "naam": document.name,
                "bytes": len(document.content),
                "sha256": sha256(document.content).hexdigest(),
            }
        ],
    }
    return document, NamedFile(f"{document.name}.metadata.json", json.dumps(record).encode())


def email() -> bytes:
    """Return a question of a citizen about project A40003, as it comes into the shared mailbox."""
    return (SAMPLES / "mail.eml").read_bytes()


def _closure(day: date, name: str, kind: str, applies_to: list[str]) -> Json:
    return {"date": day.isoformat(), "name": name, "kind": kind, "applies_to": applies_to}


def _scan(sample: str, name: str, year: str) -> NamedFile:
    # same length, so the offsets inside the PDF stay right
    return NamedFile(name, (SAMPLES / sample).read_bytes().replace(b"2026/IN", f"{year}/IN".encode()))


def _moment(day: date, at: time) -> str:
    return datetime.combine(day, at, BRUSSELS).isoformat()
