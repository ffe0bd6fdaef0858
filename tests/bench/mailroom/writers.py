"""Somebody else who files the same letters: a plain client with four threads, that keeps no books and reads nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from sandbox.stage import Stage
from sandbox.voorbeeldegem import CLIENT_ID, CLIENT_SECRET, TENANT_ID
from tests.faults.post import standing

AT_A_TIME = 4
SCOPE = "https://graph.microsoft.com/.default"
_FRAGMENT = 16 * 320 * 1024  # bytes: as large as the hub's
_DATES = {"createdDateTime": "2026-11-20T12:00:00Z", "lastModifiedDateTime": "2026-11-20T12:00:00Z"}
_FAIL = {"@microsoft.graph.conflictBehavior": "fail"}


@dataclass(frozen=True)
class Filed:
    """What it took somebody else to file *letters*."""

    letters: int
    seconds: float
    cpu_seconds: float


class Plain:
    """The client, that files in the root of the library of projects."""

    def __init__(self, stage: Stage) -> None:
        self._session = requests.Session()
        self._session.verify, self._session.trust_env = str(stage.certificate), False
        form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        url = f"{stage.tenant_url}/{TENANT_ID}/oauth2/v2.0/token"
        answer = self._session.post(url, data=form | {"scope": SCOPE}, timeout=30)
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        state = stage.ask("/_sandbox/state")
        drive = next(each["id"] for each in state["drives"] if each["name"] == "Documenten")
        self._items = f"{stage.tenant_url}/v1.0/drives/{drive}"
        self._columns = standing(stage)[0]["columns"]  # those of a letter of the hub

    def letters(self, count: int, size: int) -> Filed:
        """File *count* letters of *size* bytes with the calls that the hub makes for one, one after the other."""

        def file(number: int) -> None:
            content = number.to_bytes(8) + bytes(size)
            made = self._put(f"{self._items}/root:/plain{number}.pdf:/content", content)
            item = f"{self._items}/items/{made['id']}"
            self._patch(f"{item}/listItem/fields", self._columns | {"PostKenmerk": f"plain {number}"})
            self._patch(item, {"fileSystemInfo": _DATES})
            read = self._session.get(item, params={"$expand": "listItem($expand=fields)"}, timeout=60)
            assert read.json()["listItem"]["fields"]["PostKenmerk"] == f"plain {number}"

        def everything() -> None:
            with ThreadPoolExecutor(AT_A_TIME) as threads:
                list(threads.map(file, range(count)))

        return _measured(count, everything)

    def large(self, source: Path) -> Filed:
        """File *source* by an upload session."""
        return _measured(1, lambda: self._in_fragments(source))

    def _in_fragments(self, source: Path) -> None:
        begun = f"{self._items}/root:/plain-{source.name}:/createUploadSession"
        url = self._session.post(begun, json={"item": _FAIL}, timeout=60).json()["uploadUrl"]
        total, first = source.stat().st_size, 0
        with source.open("rb") as file:
            while fragment := file.read(_FRAGMENT):
                span = f"bytes {first}-{first + len(fragment) - 1}/{total}"
                headers = {"Content-Range": span, "Authorization": None}
                self._session.put(url, data=fragment, headers=headers, timeout=60).raise_for_status()
                first += len(fragment)

    def _put(self, url: str, content: bytes) -> dict[str, Any]:
        answer = self._session.put(url, data=content, params=_FAIL, timeout=60)
        answer.raise_for_status()
        return dict(answer.json())

    def _patch(self, url: str, body: dict[str, Any]) -> None:
        self._session.patch(url, json=body, timeout=60).raise_for_status()


def _measured(letters: int, file: Callable[[], None]) -> Filed:
    began, cpu = time.monotonic(), time.process_time()
    file()
    return Filed(letters, time.monotonic() - began, time.process_time() - cpu)
