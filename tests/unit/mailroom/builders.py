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
from urllib.parse import quote

from sandbox.quickxorhash import quick_xor_hash
from services.mailroom.domain.letter import Letter
from services.mailroom.domain.projects import Project
from services.mailroom.domain.routing import Table
from services.mailroom.domain.terms import Terms
from services.mailroom.filing.library import NoShelf, Shelf
from services.mailroom.handlers import Mailroom, Rules, router
from services.mailroom.intakes.base import Delivery, Heard, Register
from services.mailroom.intakes.hotfolder.folder import HotFolder
from services.mailroom.intakes.hotfolder.sidecar import read_sidecar
from services.mailroom.intakes.limits import Limits
from services.mailroom.store import Store, metadata
from shared.clock import FixedClock
from shared.errors import Transient
from shared.events import ClockStruck, Event, LetterReported
from shared.events.envelope import Envelope
from shared.graph.directory import User
from shared.graph.drives import Fingerprint, Item
from shared.graph.errors import Conflict, NotFound
from shared.persistence.database import Database
from shared.vault import Vault

SAMPLES = Path(__file__).parents[2] / "samples" / "mailroom"
NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
TICK = ClockStruck(at=NOW, period="tick")
STABLE = timedelta(seconds=10)
LIMITS = Limits(max_bytes=1_000_000, max_files=3, extensions=frozenset({".pdf"}))
MAIN, ATTACHMENT = "2026-IN-001234.pdf", "2026-IN-001234_bijlage1.pdf"
SIDECAR = f"{MAIN}.metadata.xml"
PROJECTS = {
    "A40201": Project(code="A40201", folder="A40201 - Moderne digitale werkplaats"),
    "A40003": Project(code="A40003", folder="A40003 - Digitaal loket"),
    "A40001": Project(code="A40001", folder="A40001 - Afgerond", closed=True),
    "A40002": Project(code="A40002", folder="A40002 - Oud plan", closed=True, successors=("A40201",)),
    "A40004": Project(code="A40004", folder="A40004 - Nergens"),
}
WITHOUT_FOLDER = "A40004"


def sample_letter(**changes: Any) -> Letter:
    """Return the sample letter with *changes* to its fields."""
    return replace(read_sidecar(SAMPLES / SIDECAR), **changes)


def deliver(
    folder: Path, texts: Mapping[str, str] | None = None, *, age: timedelta = 2 * STABLE, main: bytes | None = None
) -> None:
    """Drop the sample set in *folder*, *age* before NOW. *texts* replaces text in the sidecar; *main* its content."""
    sidecar = (SAMPLES / SIDECAR).read_text(encoding="utf-8")
    contents = {name: (SAMPLES / name).read_bytes() for name in (MAIN, ATTACHMENT)}
    if main is not None:
        sidecar = _described(sidecar, contents[MAIN], main)
        contents[MAIN] = main
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
    dated: datetime | None = None


class FakeLibrary:
    """A document library in memory. *writes* lists what changed it; *breaks_after* names one that fails."""

    def __init__(self, id_: str = "drive-1") -> None:
        self.id = id_
        self.items = {"root": Stored("root", "", "")}
        self.numbers = count(1)
        self.bin: list[Stored] = []
        self.writes: list[str] = []
        self.breaks_after = ""
        self.forgets = False  # columns are accepted, and not kept
        self.damages = False  # the content changes once the columns are filled

    def item(self, item_id: str) -> Item | None:
        return self._shown(self.items[item_id]) if item_id in self.items else None

    def item_and_fields(self, item_id: str) -> tuple[Item, dict[str, Any]] | None:
        found = self.item(item_id)
        return (found, self.fields(item_id)) if found else None

    def child(self, folder_id: str, name: str) -> Item | None:
        found = self._named(folder_id, name)
        return self._shown(found) if found else None

    def ensure_folder(self, path: str) -> Item:
        parent = self.items["root"]
        for name in path.split("/"):
            parent = self._named(parent.id, name) or self._add(name, parent.id, None)
        self._wrote("folder")
        return self._shown(parent)

    def folder_below(self, folder_id: str, path: str) -> Item:
        if folder_id not in self.items:
            raise NotFound("graph_404", "GET answered 404", "itemNotFound")
        parent = self.items[folder_id]
        for name in filter(None, path.split("/")):
            parent = self._named(parent.id, name) or self._add(name, parent.id, None)
        self._wrote("folder")
        return self._shown(parent)

    def upload(self, folder_id: str, name: str, source: Path, content: Fingerprint) -> Item:
        if self._named(folder_id, name):
            raise Conflict("graph_409", "PUT answered 409", "nameAlreadyExists")
        made = self._add(name, folder_id, source.read_bytes())
        self._wrote("upload")
        return self._shown(made)

    def replace(self, item_id: str, source: Path, content: Fingerprint) -> Item:
        self.items[item_id].content = source.read_bytes()
        self._wrote("replace")
        return self._shown(self.items[item_id])

    def move(self, item_id: str, folder_id: str, name: str) -> Item:
        there = self._named(folder_id, name)
        if there and there.id != item_id:
            raise Conflict("graph_409", "PATCH answered 409", "nameAlreadyExists")
        self.items[item_id].parent, self.items[item_id].name = folder_id, name
        self._wrote("move")
        return self._shown(self.items[item_id])

    def download(self, item_id: str, target: Path) -> None:
        target.write_bytes(self.items[item_id].content or b"")

    def recycle(self, item_id: str) -> None:
        if item_id in self.items:
            self.bin.append(self.items.pop(item_id))
        self._wrote("recycle")

    def set_dates(self, item_id: str, created: datetime, modified: datetime) -> None:
        self.items[item_id].dated = created

    def fields(self, item_id: str) -> dict[str, Any]:
        return {name: value for name, value in self.items[item_id].fields.items() if value is not None}

    def set_fields(self, item_id: str, values: Mapping[str, str | bool | None]) -> None:
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
        made = Stored(f"{self.id}-{next(self.numbers)}", name, parent, content)
        self.items[made.id] = made
        return made

    def _wrote(self, what: str) -> None:
        self.writes.append(what)
        if what == self.breaks_after:
            self.breaks_after = ""
            raise Transient("graph_unreachable", "the answer was lost")

    def _shown(self, item: Stored) -> Item:
        content = None if item.content is None else Fingerprint(len(item.content), quick_xor_hash(item.content))
        return Item(
            item.id,
            item.name,
            item.parent,
            self.path(item).rpartition("/")[0],
            f"https://example.org/{quote(self.path(item))}",
            content,
        )


class FakeLibraries:
    """The libraries of a tenant; *secret* is None when the organisation has no protected one."""

    def __init__(self) -> None:
        self.projects, self.other, self.secret = FakeLibrary(), FakeLibrary("drive-2"), FakeLibrary("drive-9")
        self.has_secret = False

    def main(self) -> FakeLibrary:
        return self.projects

    def protected(self) -> FakeLibrary | None:
        return self.secret if self.has_secret else None

    def of(self, drive_id: str) -> FakeLibrary:
        return next(each for each in (self.projects, self.other, self.secret) if each.id == drive_id)


class FakeFolders:
    """Every project has its folder but one; *elsewhere* are in the other library, *refusals* say why there is none."""

    def __init__(self, libraries: FakeLibraries) -> None:
        self.libraries = libraries
        self.elsewhere: set[str] = set()
        self.refusals = {WITHOUT_FOLDER: "folder_missing"}

    def of(self, project: Project, confidentiality: str) -> Shelf | NoShelf:
        if project.code in self.refusals:
            return NoShelf(self.refusals[project.code])
        library = self.libraries.other if project.code in self.elsewhere else self.libraries.projects
        path = project.folder or ""
        return Shelf(library, library.ensure_folder(path), path)

    def below(self, shelf: Shelf, path: str) -> Shelf:
        return Shelf(shelf.library, shelf.library.folder_below(shelf.folder.id, path), f"{shelf.path}/{path}")


class FakeAccounts:
    """Knows one account."""

    def user(self, id_or_upn: str) -> User | None:
        return User("user-4", id_or_upn) if id_or_upn == "tuur.testman@example.org" else None


class FakeRegister:
    """A register with one letter, whose content is the sample's."""

    def __init__(self, letter: Letter) -> None:
        self.letter = letter

    def named(self, event: LetterReported) -> LetterReported:
        return event

    def hear(self, event: LetterReported) -> Heard:
        return Heard(f"{event.kenmerk}@{event.version}", event.kenmerk, event.version)

    def scan(self) -> list[str]:
        return []

    def read(self, reference: str) -> Letter:
        return self.letter

    def open(self, reference: str) -> Delivery:
        files = tuple(SAMPLES / Path(file.name) for file in self.letter.files)
        return Delivery(self.letter, files)

    def settle(self, reference: str) -> None: ...

    def refuse(self, reference: str, reason: str) -> None: ...


def _take_all(_path: Path, _name: str) -> None:
    """Find nothing wrong: the samples of these tests are no real PDFs."""


@dataclass
class FakeMailroom:
    """A mailroom over a real hot folder and memory, and fake libraries."""

    folder: Path
    clock: FixedClock
    libraries: FakeLibraries
    folders: FakeFolders
    store: Store
    database: Database
    table: Table = field(default_factory=Table)
    terms: Terms = field(default_factory=Terms)
    projects: dict[str, Project] = field(default_factory=lambda: dict(PROJECTS))
    registers: dict[str, Register] = field(default_factory=dict)
    came: dict[str, Envelope] = field(default_factory=dict)

    @classmethod
    def at(cls, path: Path) -> FakeMailroom:
        database = Database(f"sqlite:///{path}/mailroom.db", "mailroom")
        metadata.create_all(database.engine)
        return cls.on(database, path)

    @classmethod
    def on(cls, database: Database, path: Path) -> FakeMailroom:
        """Return a mailroom whose memory is *database*, with its tables."""
        (path / "scans").mkdir()
        clock, libraries = FixedClock(NOW), FakeLibraries()
        store = Store.of(database, clock, Vault(["a key for the tests of mailroom"]))
        return cls(path / "scans", clock, libraries, FakeFolders(libraries), store, database)

    @property
    def library(self) -> FakeLibrary:
        """Return the library of projects."""
        return self.libraries.projects

    def world(self) -> Mailroom:
        folder = HotFolder(self.folder, STABLE, LIMITS, self.clock, inspect=_take_all)
        return Mailroom(
            clock=self.clock,
            store=self.store,
            rules=Rules(self.table, self.terms, "Te klasseren", "Geannuleerd"),
            projects=lambda: self.projects,
            intakes={"scans": folder, **self.registers},
            registers=self.registers,
            libraries=self.libraries,
            folders=self.folders,
            accounts=FakeAccounts(),
            spool=self.folder.parent / "spool",
            came=self.came.get,
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
