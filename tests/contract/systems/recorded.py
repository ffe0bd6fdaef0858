"""A recorded conversation with Protime, played back over the HTTP that systems are given."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from shared.errors import Permanent, Unavailable
from shared.http import Document

SAMPLES = Path(__file__).parents[2] / "samples" / "timesync"
_AWAY = dict.fromkeys(("JV", "RC", "ZK", "DV", "SV"), "afwezig")
CODES = _AWAY | {"TW": "telewerk", "FD": "feestdag"}


def conversation() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SAMPLES / "protime_absences.json").read_text(encoding="utf-8"))
    return loaded


@dataclass
class RecordedProtime:
    """Answers as Protime did. `requests` are the addresses asked, `tokens` how many tokens were given."""

    talk: dict[str, Any] = field(default_factory=conversation)
    requests: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    tokens: int = 0
    withdrawn: set[str] = field(default_factory=set)
    throttled: bool = False
    junk: bool = False

    def post_form(self, url: str, form: Mapping[str, str], *, headers: Mapping[str, str] | None = None) -> Any:
        self._heard(url, headers)
        assert form["grant_type"] == "client_credentials"
        self.tokens += 1
        return {"access_token": f"token-{self.tokens}", "expires_in": 1800}

    def get_json(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> Any:
        assert params is None
        assert auth is None
        self._heard(url, headers)
        if (headers or {}).get("Authorization", "").removeprefix("Bearer ") in self.withdrawn:
            raise Permanent("http_401", "GET answered 401")
        if self.throttled:
            raise Unavailable("http_429", "GET answered 429", timedelta(seconds=17))
        if self.junk:
            return {"html": "<h1>Onderhoud</h1>"}
        return self._answer(urlsplit(url).path.rpartition("/v1/")[2], parse_qs(urlsplit(url).query))

    def ask_json(
        self, url: str, body: Any, *, headers: Mapping[str, str] | None = None, auth: tuple[str, str] | None = None
    ) -> Any:
        raise AssertionError(f"Protime is asked nothing in JSON: {url}")

    def fetch(
        self, url: str, *, headers: Mapping[str, str] | None = None, auth: tuple[str, str] | None = None
    ) -> Document:
        raise AssertionError(f"Protime has no documents: {url}")

    def ask_bytes(
        self, url: str, body: bytes, *, headers: Mapping[str, str], auth: tuple[str, str] | None = None
    ) -> Document:
        raise AssertionError(f"Protime is asked nothing in bytes: {url}")

    def _heard(self, url: str, headers: Mapping[str, str] | None) -> None:
        self.requests.append(url)
        self.agents.add((headers or {}).get("User-Agent", ""))

    def _answer(self, path: str, query: dict[str, list[str]]) -> Any:
        if path == "absence-definitions":
            return self.talk["absence_definitions"]
        if path == "absence-groups":
            return self.talk["absence_groups"]
        if path == "absences":
            number = int(query.get("continuationToken", ["c0"])[0][1:])
            return self.talk["initial_pages"][number]["body"]
        page = self.talk["delta_pages"][int(query["deltaToken"][0][1:]) - 1]
        if page["status"] == 410:
            raise Permanent("http_410", "GET answered 410")
        return page["body"]
