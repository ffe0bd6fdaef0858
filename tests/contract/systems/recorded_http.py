"""Leave systems as they answer over HTTP, and as they refuse: without proof, without a window, without an order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from defusedxml.ElementTree import fromstring

from services.timesync.systems.base import SystemHttp
from shared.errors import Permanent, Unavailable
from shared.http import Document

from .recorded import SAMPLES

KEY = "secret of "  # before the name of the setting, as the kit resolves it


def talk(sample: str) -> Any:
    return json.loads((SAMPLES / sample).read_text(encoding="utf-8"))


@dataclass
class RecordedHttp(SystemHttp):
    """What a vendor does not offer fails the test. `asked` are the addresses, the questions are in `questions`."""

    throttled: bool = False
    junk: bool = False
    asked: list[str] = field(default_factory=list)
    questions: list[Any] = field(default_factory=list)

    def get_json(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> Any:
        told = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()} | dict(params or {})
        self._heard(url, told)
        if self.junk:
            return {"html": "<h1>Onderhoud, zei Tuur</h1>"}
        return self.answer(unquote(urlsplit(url).path), told, dict(headers or {}), auth)

    def post_form(self, url: str, form: Mapping[str, str], *, headers: Mapping[str, str] | None = None) -> Any:
        raise AssertionError(f"nothing takes a form at {url}")

    def ask_json(
        self, url: str, body: Any, *, headers: Mapping[str, str] | None = None, auth: tuple[str, str] | None = None
    ) -> Any:
        raise AssertionError(f"nothing takes JSON at {url}")

    def fetch(
        self, url: str, *, headers: Mapping[str, str] | None = None, auth: tuple[str, str] | None = None
    ) -> Document:
        raise AssertionError(f"nothing to fetch at {url}")

    def ask_bytes(
        self, url: str, body: bytes, *, headers: Mapping[str, str], auth: tuple[str, str] | None = None
    ) -> Document:
        raise AssertionError(f"nothing takes bytes at {url}")

    def answer(self, path: str, told: dict[str, str], headers: dict[str, str], auth: tuple[str, str] | None) -> Any:
        raise AssertionError(f"nothing to get at {path}")

    def _heard(self, url: str, question: Any) -> None:
        self.asked.append(url)
        self.questions.append(question)
        if self.throttled:
            raise Unavailable("http_429", "the system answered 429", timedelta(seconds=17))


def require(*, status: int, met: bool) -> None:
    """Answer *status* unless what the vendor wants was *met*."""
    if not met:
        raise Permanent(f"http_{status}", f"the system answered {status}")


@dataclass
class RecordedPersonio(RecordedHttp):
    """Gives a page of each list by its cursor."""

    talk: dict[str, Any] = field(default_factory=lambda: talk("personio_absences.json"))

    def post_form(self, url: str, form: Mapping[str, str], *, headers: Mapping[str, str] | None = None) -> Any:
        self._heard(url, dict(form))
        require(status=404, met=urlsplit(url).path == "/v2/auth/token")
        require(status=401, met=form["client_secret"] == KEY + "HUB_TIMESYNC_PERSONIO_SECRET")
        return {"access_token": "token-1", "expires_in": 86400}

    def answer(self, path: str, told: dict[str, str], headers: dict[str, str], auth: tuple[str, str] | None) -> Any:
        require(status=401, met=headers.get("Authorization") == "Bearer token-1")
        if path == "/v2/persons":
            return self.talk["persons"]
        require(status=404, met=path == "/v2/absence-periods")
        if "cursor" in told:
            return self.talk["absence_periods"][1]
        require(status=400, met=int(told["limit"]) <= 100)
        return self.talk["absence_periods"][0]


@dataclass
class RecordedBamboohr(RecordedHttp):
    """Wants its key as the user, and both days of a window."""

    talk: dict[str, Any] = field(default_factory=lambda: talk("bamboohr_time_off.json"))

    def answer(self, path: str, told: dict[str, str], headers: dict[str, str], auth: tuple[str, str] | None) -> Any:
        require(status=401, met=auth is not None and auth[0] == KEY + "HUB_TIMESYNC_BAMBOOHR_KEY")
        assert headers["Accept"] == "application/json"
        if path == "/api/v1/employees/directory":
            return self.talk["directory"]
        require(status=404, met=path == "/api/v1/time_off/requests")
        require(status=400, met="start" in told and "end" in told)
        first, last = date.fromisoformat(told["start"]), date.fromisoformat(told["end"])
        return [row for row in self.talk["requests"] if _overlaps(row["start"], row["end"], first, last)]


@dataclass
class RecordedFrappe(RecordedHttp):
    """Gives at most *page* rows that meet the filters."""

    talk: dict[str, Any] = field(default_factory=lambda: talk("frappe_leave_applications.json"))
    page: int = 500
    deaf: bool = False  # to where a page is to begin

    def answer(self, path: str, told: dict[str, str], headers: dict[str, str], auth: tuple[str, str] | None) -> Any:
        require(status=403, met=headers.get("Authorization") == f"token {KEY}HUB_TIMESYNC_FRAPPE_KEY")
        assert told["order_by"] == "name asc"
        tests = {
            "<=": lambda mine, theirs: mine <= theirs,
            ">=": lambda mine, theirs: mine >= theirs,
            ">": lambda mine, theirs: mine > theirs,
        }
        rows = self.talk[path.removeprefix("/api/resource/")]["data"]
        filters, limit = json.loads(told["filters"]), min(self.page, int(told["limit_page_length"]))
        filters = [each for each in filters if not (self.deaf and each[1] == ">")]
        found = [row for row in rows if all(tests[how](row[what], value) for what, how, value in filters)]
        wanted = json.loads(told["fields"])
        return {"data": [{name: row[name] for name in wanted} for row in found[:limit]]}


@dataclass
class RecordedOdoo(RecordedHttp):
    """A database that has the fields of its rows; asking for another one is an error. Gives at most *page* rows."""

    talk: dict[str, Any] = field(default_factory=lambda: talk("odoo_hr_leave.json"))
    refuses: str = ""
    page: int = 500
    deaf: bool = False  # to where a page is to begin

    def ask_json(
        self, url: str, body: Any, *, headers: Mapping[str, str] | None = None, auth: tuple[str, str] | None = None
    ) -> Any:
        self._heard(url, body)
        require(status=404, met=urlsplit(url).path == "/jsonrpc" and body["method"] == "call")
        if self.junk:
            return "<h1>Onderhoud, zei Tuur</h1>"
        called, args = body["params"]["method"], body["params"]["args"]
        if called == "authenticate":
            return {"result": 2 if args[1:3] == ["hub", KEY + "HUB_TIMESYNC_ODOO_KEY"] else False}
        if self.refuses or args[1:3] != [2, KEY + "HUB_TIMESYNC_ODOO_KEY"]:
            refusal = {"name": self.refuses or "odoo.exceptions.AccessDenied", "message": "Tuur heeft geen toegang"}
            return {"error": {"code": 200, "message": "Odoo Server Error", "data": refusal}}
        return {"result": self._executed(args[3], args[4], args[5], args[6])}

    def _executed(self, model: str, method: str, args: list[Any], how: dict[str, Any]) -> Any:
        rows = self.talk["result"] if model == "hr.leave" else self.talk["employees"]
        known = {name for row in rows for name in row}
        if method == "fields_get":
            return {name: {"type": "char"} for name in known & set(args[0])}
        assert method == "search_read"
        assert how["order"] == "id asc"
        require(status=400, met=set(how["fields"]) <= known)
        told = () if self.deaf else args[0]
        after = max((value for name, operator, value in told if [name, operator] == ["id", ">"]), default=0)
        found = [row for row in rows if row["id"] > after][: min(self.page, how["limit"])]
        return [{name: row[name] for name in ("id", *how["fields"]) if name in row} for row in found]


@dataclass
class RecordedKelio(RecordedHttp):
    """Speaks SOAP to who says its action."""

    content: bytes = field(default_factory=(SAMPLES / "kelio_absence_files.xml").read_bytes)

    def ask_bytes(
        self, url: str, body: bytes, *, headers: Mapping[str, str], auth: tuple[str, str] | None = None
    ) -> Document:
        question = {element.tag.rpartition("}")[2]: element.text for element in fromstring(body).iter()}
        self._heard(url, question)
        require(status=401, met=auth == ("hub", KEY + "HUB_TIMESYNC_KELIO_PASSWORD"))
        portal = headers.get("SOAPAction") != "urn:exportAbsenceFilesList"
        if self.junk or portal:
            return Document(200, {}, b"<html><h1>Portaal van Tuur</h1></html>")
        assert urlsplit(url).path == "/open/services/AbsenceFileService"
        require(status=500, met=question["dateMode"] == "1" and "startOffset" in question)
        return Document(200, {}, self.content)


def _overlaps(starts: str, ends: str, first: date, last: date) -> bool:
    return date.fromisoformat(starts) <= last and date.fromisoformat(ends) >= first
