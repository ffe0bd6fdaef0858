"""Others who make the same events, on a sample: a plain client, and Microsoft's own library, alone and in batches."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests

from sandbox.voorbeeldegem import CLIENT_ID, CLIENT_SECRET, TENANT_ID
from services.timesync.effects.calendar import TAG
from tests.bench.timesync.municipality import user_id

AT_A_TIME = 4
ZONE = "Romance Standard Time"
SCOPE = "https://graph.microsoft.com/.default"


@dataclass(frozen=True)
class Written:
    """What it took somebody else to make *writes* events. *slug* names it in build/bench.json."""

    name: str
    slug: str
    writes: int
    seconds: float
    cpu_seconds: float


def written_by_others(tenant_url: str, ca: Path, events: int) -> list[Written]:
    """Have each of them make *events* events, all in mailboxes of different people, and return what that took."""
    from tests.bench.timesync import sdk

    return [
        _measured("requests.Session, 4 threads", "plain", events, lambda: _plain(tenant_url, ca, events)),
        _measured("Microsoft's SDK, 4 tasks", "sdk", events, lambda: sdk.one_by_one(tenant_url, ca, events)),
        _measured("Microsoft's SDK, $batch", "sdk_batch", events, lambda: sdk.in_batches(tenant_url, ca, events)),
    ]


def _measured(name: str, slug: str, events: int, write: Callable[[], None]) -> Written:
    began, cpu = time.monotonic(), time.process_time()
    write()
    return Written(name, slug, events, time.monotonic() - began, time.process_time() - cpu)


def _plain(tenant_url: str, ca: Path, events: int) -> None:
    """One request for one event, as most scripts do."""
    session = requests.Session()
    session.verify, session.trust_env = str(ca), False
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "scope": SCOPE}
    answer = session.post(f"{tenant_url}/{TENANT_ID}/oauth2/v2.0/token", data=form, timeout=30)
    session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def write(n: int) -> None:
        made = session.post(f"{tenant_url}/v1.0/users/{user_id(n)}/events", json=_body(), timeout=60)
        made.raise_for_status()

    with ThreadPoolExecutor(AT_A_TIME) as threads:
        list(threads.map(write, range(events)))


def _body() -> dict[str, Any]:
    return {
        "subject": "Afwezig",
        "isAllDay": True,
        "start": {"dateTime": "2030-05-06T00:00:00", "timeZone": ZONE},
        "end": {"dateTime": "2030-05-08T00:00:00", "timeZone": ZONE},
        "showAs": "oof",
        "sensitivity": "private",
        "isReminderOn": False,
        "responseRequested": False,
        "transactionId": str(uuid4()),
        "singleValueExtendedProperties": [{"id": TAG, "value": str(uuid4())}],
    }
