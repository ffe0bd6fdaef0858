"""What the stand-in Protime remembers: day records on pages, a log of changes, the tokens it gave."""

import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import orjson

from sandbox import layout

Json = dict[str, Any]

TOKEN_LIFETIME = timedelta(seconds=1800)
DELTA_LIFETIME = timedelta(hours=72)  # https://documentation.myprotime.eu/protimeapi/how-to/track-changes-with-delta
WINDOW_LIMIT = timedelta(days=366)  # "max 1 year"

_CLAUSES = {
    "from": re.compile(r"^date ge '(\d{4}-\d\d-\d\d)'$"),
    "until": re.compile(r"^date le '(\d{4}-\d\d-\d\d)'$"),
    "people": re.compile(r"^person in \(([\d, ]+)\)$"),
}


@dataclass(frozen=True)
class Filter:
    """Which day records a reader asked for; both days inclusive, no *people* means everybody."""

    first: date
    last: date
    people: frozenset[int] = frozenset()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `date ge '…' and date le '…'`, optionally `and person in (…)`. Raises: ValueError for anything else."""
        found = dict(_clause(part) for part in text.split(" and "))
        if not {"from", "until"} <= found.keys():
            raise ValueError("the filter needs date ge and date le")
        first, last = date.fromisoformat(found["from"]), date.fromisoformat(found["until"])
        if last - first > WINDOW_LIMIT:
            raise ValueError("the filter spans more than a year")
        return cls(first, last, frozenset(int(number) for number in found.get("people", "").split(",") if number))

    def matches(self, record: Json) -> bool:
        in_window = self.first.isoformat() <= record["date"] <= self.last.isoformat()
        return in_window and (not self.people or record["person"]["id"] in self.people)


@dataclass(frozen=True)
class _DeltaToken:
    """Where a reader stands in the log of changes."""

    position: int
    issued_at: datetime
    filter: Filter
    with_numbers: bool


@dataclass
class Protime:
    """The data of one Protime tenant. Records live on pages, for it pages first and filters after."""

    clock: Callable[[], datetime]
    definitions: list[Json] = field(default_factory=list)
    groups: list[Json] = field(default_factory=list)
    pages: list[dict[int, Json]] = field(default_factory=lambda: [{}])
    log: list[Json] = field(default_factory=list)
    coming: list[Json] = field(default_factory=list)  # the delta that the control will apply
    bearers: dict[str, datetime] = field(default_factory=dict)  # token -> when it ends
    delta_tokens: dict[str, _DeltaToken] = field(default_factory=dict)
    listeners: list[Callable[[list[Json]], None]] = field(default_factory=list)  # told of each change of an absence
    read_from: int = 0  # where the log stood when the last full read began: what changed during it comes in its delta

    @classmethod
    def around(cls, clock: Callable[[], datetime]) -> Self:
        """Return the sample world laid around the clock's day."""
        world = layout.protime(clock().astimezone(layout.BRUSSELS).date())
        protime = cls(clock, world.definitions, world.groups, coming=world.delta)
        protime.load(world.records)
        return protime

    def load(self, records: Iterable[Json]) -> None:
        """Replace all day records; an empty page stands between the two halves, as the vendor warns."""
        rows = list(records)
        half = (len(rows) + 1) // 2
        self._lay_out([rows[:half], [], rows[half:]])

    def load_fixture(self, path: Path) -> None:
        """Replace everything by a recorded conversation, with the pages it had; its delta waits to be applied."""
        recorded = orjson.loads(path.read_bytes())
        self.definitions = recorded["absence_definitions"]["value"]
        self.groups = recorded["absence_groups"]["value"]
        self._lay_out([page["body"]["value"] for page in recorded["initial_pages"]])
        self.coming = [item for page in recorded["delta_pages"] for item in page["body"].get("value", [])]

    def apply(self, items: Iterable[Json]) -> None:
        """Let changes happen: readers of a delta hear all of them, even a stale one; the records keep the newest."""
        changes = list(items)
        for item in changes:
            self.log.append(item)
            page = self._page_of(item["data"]["id"])
            if item["changeType"] == "Delete":
                page.pop(item["data"]["id"], None)
            else:
                _keep_newest(page, item["data"])
        for listen in self.listeners:
            listen(changes)

    def apply_coming(self) -> int:
        """Apply the delta that was waiting and return how many changes it held; a second time there are none."""
        items, self.coming = self.coming, []
        self.apply(items)
        return len(items)

    def issue_bearer(self) -> str:
        token = secrets.token_urlsafe(24)
        self.bearers[token] = self.clock() + TOKEN_LIFETIME
        return token

    def knows(self, bearer: str) -> bool:
        return bearer in self.bearers and self.clock() < self.bearers[bearer]

    def page(self, number: int, wanted: Filter) -> list[Json]:
        if number == 0:
            self.read_from = len(self.log)
        return [record for record in self.pages[number].values() if wanted.matches(record)]

    def open_delta(self, wanted: Filter, *, with_numbers: bool) -> str:
        """Return a token for what changes since the full read began."""
        return self._issue_delta(_DeltaToken(self.read_from, self.clock(), wanted, with_numbers))

    def changes_since(self, name: str) -> tuple[list[Json], str] | None:
        """Return the changes and the next token; None when *name* is unknown or older than 72 hours."""
        token = self.delta_tokens.get(name)
        if token is None or self.clock() - token.issued_at > DELTA_LIFETIME:
            return None
        fresh = [item for item in self.log[token.position :] if _concerns(item, token.filter)]
        items = [item | {"data": shown(item["data"], with_numbers=token.with_numbers)} for item in fresh]
        return items, self._issue_delta(replace(token, position=len(self.log), issued_at=self.clock()))

    def _issue_delta(self, token: _DeltaToken) -> str:
        name = f"d{len(self.delta_tokens) + 1}"
        self.delta_tokens[name] = token
        return name

    def _lay_out(self, pages: list[list[Json]]) -> None:
        self.pages = [{record["id"]: record for record in page} for page in pages]
        self.log.clear()
        self.read_from = 0
        self.delta_tokens.clear()

    def _page_of(self, number: int) -> dict[int, Json]:
        return next((page for page in self.pages if number in page), self.pages[-1])


def shown(record: Json, *, with_numbers: bool) -> Json:
    """Return *record* as a reader sees it: employee numbers only when asked for (`externalReferences`)."""
    if with_numbers or "person" not in record:
        return record
    return record | {"person": {"id": record["person"]["id"]}}


def _clause(text: str) -> tuple[str, str]:
    for name, pattern in _CLAUSES.items():
        if found := pattern.match(text.strip()):
            return name, found[1]
    raise ValueError(f"the filter does not understand: {text}")


def _keep_newest(page: dict[int, Json], record: Json) -> None:
    held = page.get(record["id"])
    if held is None or held["changeVersion"] < record["changeVersion"]:
        page[record["id"]] = record


def _concerns(item: Json, wanted: Filter) -> bool:
    return item["changeType"] == "Delete" or wanted.matches(item["data"])
