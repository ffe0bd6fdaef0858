"""What Protime knows on the demo's first day, and what it has to tell later; one record per person per day."""

from dataclasses import dataclass
from datetime import date, timedelta
from operator import itemgetter
from pathlib import Path
from typing import Any

import orjson

from sandbox.workdays import joris_half_day, joris_telework, monday, next_workday, noor_asked, noor_telework, workday

Json = dict[str, Any]

_SAMPLE = Path(__file__).parent / "samples" / "protime_absences.json"
_LEAVE, _SICKNESS, _TELEWORK, _DISPENSATION, _PUBLIC_HOLIDAY = 11, 21, 31, 41, 51  # absence-definition ids
_WHOLE_DAY = 456  # minutes
_HALF_DAY = {"durationInMinutes": 228, "calculatedDurationInMinutes": 228}  # all of a day for who works mornings only


@dataclass(frozen=True)
class ProtimeData:
    """What the time registration knows on its first day, and the *delta* it has to tell later."""

    definitions: list[Json]
    groups: list[Json]
    records: list[Json]
    delta: list[Json]


def protime(today: date) -> ProtimeData:
    """Return the absences that Protime holds, one record per person per day."""
    sample = orjson.loads(_SAMPLE.read_bytes())
    return ProtimeData(
        definitions=sample["absence_definitions"]["value"],
        groups=sample["absence_groups"]["value"],
        records=sorted(_absent_now(today) + _planned(today), key=itemgetter("id")),
        delta=_delta(today),
    )


def _absent_now(today: date) -> list[Json]:
    noor = [_absence(5008 + n, 105, workday(today, n - 1), 9006) for n in range(4)]
    zita = [_absence(5014 + n, 107, workday(today, n - 1), 9008) for n in range(3)]
    return noor + zita


def _planned(today: date) -> list[Json]:
    fridays_week = monday(today, weeks=2)
    public_holiday = _absence(5013, 101, monday(today, weeks=5) + timedelta(days=4), 0, _PUBLIC_HOLIDAY)
    return [
        *_mira_leave(today),
        _half_day(today),
        _absence(5005, 103, next_workday(today), 9003, _DISPENSATION)
        | {"startTimeInMinutes": 600, "durationInMinutes": 90, "calculatedDurationInMinutes": 90},
        _absence(5006, 105, noor_asked(today), 9004) | {"approvalLevel": "AwaitingApproval"},
        _absence(5007, 105, noor_telework(today), 9005, _TELEWORK),
        _absence(5012, 102, joris_telework(today), 9007, _TELEWORK),
        public_holiday | {"request": None, "status": "Auto", "isLocked": True},
        _absence(5017, 102, fridays_week + timedelta(days=4), 9009),
        _absence(5018, 102, fridays_week + timedelta(days=7), 9010),
    ]


def _delta(today: date) -> list[Json]:
    """Return what changes later; only Noor's early return and Joris' lost Friday may show in Outlook."""
    noor_last_day, joris_friday = 5011, _absence(5017, 102, monday(today, weeks=2) + timedelta(days=4), 9009)
    last_week = monday(today, weeks=-1)
    sick_days = [_absence(5020 + n, 102, last_week + timedelta(days=n), 0, _SICKNESS) for n in range(2)]
    newer = [
        *(day | {"resultingAbsenceDefinition": {"id": _SICKNESS}} for day in _mira_leave(today)[1:]),
        joris_friday | {"approvalLevel": "NotApproved"},
        *(day | {"request": None, "status": "Manual"} for day in sick_days),
    ]
    stale = _half_day(today) | {"changeVersion": _version(1003), "dayPart": "First"}
    return [
        {"changeType": "Delete", "data": {"changeVersion": _version(1100), "id": noor_last_day}},
        *(_change(record | {"changeVersion": _version(1101 + n)}) for n, record in enumerate(newer)),
        _change(stale),
    ]


def _mira_leave(today: date) -> list[Json]:
    tuesday = monday(today, weeks=3) + timedelta(days=1)
    return [_absence(5001 + n, 103, tuesday + timedelta(days=n), 9001) | _HALF_DAY for n in range(3)]


def _half_day(today: date) -> Json:
    return _absence(5004, 102, joris_half_day(today), 9002) | _HALF_DAY | {"dayPart": "Second"}


def _absence(number: int, person: int, day: date, request: int, definition: int = _LEAVE) -> Json:
    """Return one approved whole day, in the field names of the Protime API connector."""
    return {
        "changeVersion": _version(number - 4000),
        "id": number,
        "person": {"id": person, "externalReferences": {"@employee-number": f"{person:06}"}},
        "resultingAbsenceDefinition": {"id": definition},
        "requestedAbsenceDefinition": {"id": definition},
        "shiftDefinition": {"id": 7},
        "date": day.isoformat(),
        "startTimeInMinutes": None,
        "durationInMinutes": _WHOLE_DAY,
        "calculatedDurationInMinutes": _WHOLE_DAY,
        "dayPart": "Unknown",
        "request": {"id": f"voorbeeldegem-{person}-{request}"},
        "status": "Calendar",
        "approvalLevel": "Approved",
        "isLocked": False,
        "periodType": "Day",
    }


def _change(record: Json) -> Json:
    return {"changeType": "InsertOrUpdate", "data": record}


def _version(number: int) -> str:
    return f"00000902{number:012X}"
