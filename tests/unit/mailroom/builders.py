"""A letter as the scanner delivers it, and a mailroom on fakes: valid unless the test says otherwise."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sandbox.quickxorhash import quick_xor_hash
from services.mailroom.domain.letter import Letter
from services.mailroom.domain.places import Project
from services.mailroom.handlers import Mailroom, router
from services.mailroom.intakes.hotfolder import HotFolder
from services.mailroom.intakes.limits import Limits
from services.mailroom.intakes.sidecar import read_sidecar
from services.mailroom.store import Filings, metadata
from shared.clock import FixedClock
from shared.errors import Transient
from shared.events import ClockStruck, Event
from shared.graph.drives import Fingerprint, Item
from shared.graph.errors import Conflict
from shared.persistence.database import Database

SAMPLES = Path(__file__).parents[2] / "samples" / "mailroom"
NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
TICK = ClockStruck(at=NOW, period="tick")
STABLE = timedelta(seconds=10)
LIMITS = Limits(max_bytes=1_000_000, max_files=3, extensions=frozenset({".pdf"}))
MAIN, ATTACHMENT = "2026-IN-001234.pdf", "2026-IN-001234_bijlage1.pdf"
SIDECAR = f"{MAIN}.metadata.xml"
PROJECTS = {
    "A40201": Project("A40201 - Moderne digitale werkplaats"),
    "A40003": Project("A40003 - Digitaal loket"),
    "A40001": Project("A40001 - Afgerond", closed=True),
}


def sample_letter(**changes: Any) -> Letter:
    """Return the sample letter with *changes* to its fields."""
    return replace(read_sidecar(SAMPLES / SIDECAR), **changes)


def deliver(
    folder: Path, texts: Mapping[str, str] | None = None, *, age: timedelta = 2 * STABLE, **files: bytes
) -> None:
    """Drop the sample set in *folder*, *age* before NOW. *texts* replaces text in the sidecar; *main* its content."""
    sidecar = (SAMPLES / SIDECAR).read_text(encoding="utf-8")
    contents = {name: (SAMPLES / name).read_bytes() for name in (MAIN, ATTACHMENT)}
    if "main" in files:
        sidecar = _described(sidecar, contents[MAIN], files["main"])
        contents[MAIN] = files["main"]
    for old, new in (texts or {}).items():
        assert old in sidecar
        sidecar = sidecar.replace(old, new)
    for name, content in {**contents, SIDECAR: sidecar.encode()}.items():
        (folder / name).write_bytes(content)
        touch(folder / name, NOW - age)


def touch(path: Path, at: datetime) -> None:
    """Make *path* look as if it was last written *at*."""
    os.utime(path, (at.timestamp(), at.timestamp()))


def _described(sidecar: str, old: bytes, new: bytes) -> str:
    for before, after in ((_sha(old), _sha(new)), (f'bytes="{len(old)}"', f'bytes="{len(new)}"')):
        sidecar = sidecar.replace(before, after)
    return sidecar


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass
class Stored:
    """An item of the fake library."""

    id: str
    name: str
    parent: str
    content: bytes | None = None
    fields: dict[str, Any] = field(default_factory=dict)


class FakeLibrary:
    """A document library in memory. *writes* lists what changed it; *breaks_after* names one that fails."""

    id = "drive-1"

    def __init__(self) -> None:
        self.items = {"root": Stored("root", "", "")}
        self.numbers = count(1)
        self.writes: list[str] = []
        self.breaks_after = ""
        self.forgets = False  # columns are accepted, and not kept
        self.damages = False  # the content changes once the columns are filled

    def item(self, item_id: str) -> Item | None:
        return self._shown(self.items[item_id]) if item_id in self.items else None

    def child(self, folder_id: str, name: str) -> Item | None:
        found = self._named(folder_id, name)
        return self._shown(found) if found else None

    def ensure_folder(self, path: str) -> Item:
        parent = self.items["root"]
        for name in path.split("/"):
            parent = self._named(parent.id, name) or self._add(name, parent.id, None)
        self._wrote("folder")
        return self._shown(parent)

    def upload(self, folder_id: str, name: str, source: Path) -> Item:
        if self._named(folder_id, name):
            raise Conflict("graph_409", "PUT answered 409", "nameAlreadyExists")
        made = self._add(name, folder_id, source.read_bytes())
        self._wrote("upload")
        return self._shown(made)

    def replace(self, item_id: str, source: Path) -> Item:
        self.items[item_id].content = source.read_bytes()
        self._wrote("replace")
        return self._shown(self.items[item_id])

    def move(self, item_id: str, folder_id: str, name: str) -> Item:
        self.items[item_id].parent, self.items[item_id].name = folder_id, name
        self._wrote("move")
        return self._shown(self.items[item_id])

    def fields(self, item_id: str) -> dict[str, Any]:
        return {name: value for name, value in self.items[item_id].fields.items() if value is not None}

    def set_fields(self, item_id: str, values: Mapping[str, str | None]) -> None:
        if not self.forgets:
            self.items[item_id].fields |= values
        if self.damages:
            self.items[item_id].content = b"damaged"
        self._wrote("columns")

    @property
    def files(self) -> dict[str, bytes]:
        """Return every file by its path."""
        return {self.path(item): item.content for item in self.items.values() if item.content is not None}

    def at(self, path: str) -> Stored:
        return next(item for item in self.items.values() if self.path(item) == path)

    def path(self, item: Stored) -> str:
        above = self.path(self.items[item.parent]) if item.parent else ""
        return f"{above}/{item.name}".lstrip("/")

    def _named(self, parent: str, name: str) -> Stored | None:
        return next((i for i in self.items.values() if i.parent == parent and i.name.lower() == name.lower()), None)

    def _add(self, name: str, parent: str, content: bytes | None) -> Stored:
        made = Stored(f"item-{next(self.numbers)}", name, parent, content)
        self.items[made.id] = made
        return made

    def _wrote(self, what: str) -> None:
        self.writes.append(what)
        if what == self.breaks_after:
            self.breaks_after = ""
            raise Transient("graph_unreachable", "the answer was lost")

    def _shown(self, item: Stored) -> Item:
        content = None if item.content is None else Fingerprint(len(item.content), quick_xor_hash(item.content))
        return Item(item.id, item.name, item.parent, self.path(item).rpartition("/")[0], "https://example.org", content)


@dataclass
class FakeMailroom:
    """A mailroom over a real hot folder and memory, and a fake library."""

    folder: Path
    clock: FixedClock
    library: FakeLibrary
    filings: Filings
    database: Database

    @classmethod
    def at(cls, path: Path) -> FakeMailroom:
        (path / "scans").mkdir()
        database = Database(f"sqlite:///{path}/mailroom.db", "mailroom")
        metadata.create_all(database.engine)
        return cls(path / "scans", FixedClock(NOW), FakeLibrary(), Filings(database), database)

    def world(self) -> Mailroom:
        return Mailroom(
            intakes={"scans": HotFolder(self.folder, STABLE, LIMITS, self.clock)},
            library=lambda: self.library,
            filings=self.filings,
            projects=PROJECTS,
            unclassified="Te klasseren",
            clock=self.clock,
        )

    def hear(self, *events: Event) -> list[Event]:
        """Return what the handlers say of *events*, one after the other."""
        world = self.world()
        return [said for event in events for said in router.handle(event, world)]

    def run(self) -> list[Event]:
        """Let a tick pass, and everything that comes of it; return all that was said, a second later."""
        said, waiting = list[Event](), list[Event]([TICK])
        while waiting:
            outcome = self.hear(waiting.pop(0))
            said += outcome
            waiting += outcome
        self.clock.advance(timedelta(seconds=1))
        return said

    def shelves(self) -> dict[str, Sequence[str]]:
        """Return the names in each place of the hot folder, without the moments in them."""
        return {place: sorted(_names(self.folder / place)) for place in ("bezig", "verwerkt", "fout")}


def _names(place: Path) -> Iterator[str]:
    if place.exists():
        yield from (path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file())
