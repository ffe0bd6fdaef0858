"""Where each version of each letter stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime

from sqlalchemy import Connection, RowMapping, Select, String, cast, delete, func, select, update

from services.mailroom.domain.routing import Facts
from services.mailroom.store.arrivals import was_answered
from services.mailroom.store.tables import letters
from shared.persistence.database import Database

STARTED, FILED, TRAY, PROTECTED, KEPT, CANCELLED = "started", "filed", "tray", "protected", "kept", "cancelled"
VISIBLE = (FILED, TRAY)
_PAGE = 500


@dataclass(frozen=True)
class Piece:
    """One file of a letter in a library. *hash* is SharePoint's; *item_id* is empty until it was written."""

    name: str
    sha256: str
    size: int
    hash: str
    item_id: str = ""


@dataclass(frozen=True)
class Filing:
    """What became of one version of a letter.

    *state*: started · filed (in a project) · tray · protected · kept (in the register only) · cancelled. *sha256* is
    of the main document; *pieces* has it first. *chosen*, the project that a person chose, holds for what comes later.
    *before* is the project in whose folder people saw it until then (TRAY: in the tray), when it is elsewhere now.
    *registered_at* is what the first version said: legal evidence, which no later one changes.
    *same_as* are the letters that have the same main document: a link to the first stands in its place.
    """

    kenmerk: str
    version: int
    state: str
    at: datetime
    sha256: str | None = None
    facts: Facts | None = None
    rule: str | None = None
    reason: str | None = None
    suggestions: tuple[str, ...] = ()
    project: str | None = None
    chosen: str | None = None
    drive_id: str | None = None
    folder: str = ""
    pieces: tuple[Piece, ...] = field(default_factory=tuple)
    due: date | None = None
    needs_reply: bool = False
    handler: str | None = None
    department: str | None = None
    before: str | None = None
    same_as: tuple[str, ...] = ()
    registered_at: datetime | None = None

    @property
    def item_id(self) -> str | None:
        """Return the item of the main document, None when there is none (any more)."""
        return (self.pieces[0].item_id or None) if self.pieces else None

    @property
    def is_visible(self) -> bool:
        """Tell whether people find it in a folder of theirs."""
        return self.state in VISIBLE


class Filings:
    """The letters."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self, kenmerk: str) -> Filing | None:
        """Return the newest version whose fate is settled."""
        settled = select(letters).where(letters.c.kenmerk == kenmerk, letters.c.state != STARTED)
        return next(self._found(settled.order_by(letters.c.version.desc()).limit(1)), None)

    def attempted(self, kenmerk: str) -> frozenset[str]:
        """Return the hashes of all that was ever begun to be written for a letter: a file with one of these is ours."""
        every = select(letters).where(letters.c.kenmerk == kenmerk)
        return frozenset(piece.hash for filing in self._found(every) for piece in filing.pieces)

    def shown(self, kenmerk: str) -> list[tuple[str, str]]:
        """Return library and item of all that any version has, or left behind, outside the protected library."""
        query = select(letters).where(letters.c.kenmerk == kenmerk, letters.c.state != PROTECTED)
        places = {(filing.drive_id, piece.item_id) for filing in self._found(query) for piece in filing.pieces}
        return sorted((drive, item) for drive, item in places if drive and item)

    def same_content(self, sha256: str, kenmerk: str) -> list[Filing]:
        """Return the other letters in a project whose main document is the same, the first registered first."""
        same = (letters.c.sha256 == sha256) & (letters.c.state == FILED) & (letters.c.kenmerk != kenmerk)
        found = self._found(select(letters).where(same).order_by(letters.c.at, letters.c.kenmerk))
        return [each for each in found if self.newest(each.kenmerk) == each]

    def linked_to(self, kenmerk: str) -> list[Filing]:
        """Return the letters in a project in whose place a link to the document of *kenmerk* may stand."""
        told = cast(letters.c.same_as, String).like(
            f'%"{kenmerk}"%'
        )  # JSON: no kenmerk has a quote or a wildcard in it
        return self._newest_of(told & (letters.c.state == FILED))

    def in_tray(self) -> list[Filing]:
        return self._newest_of(letters.c.state == TRAY)

    def due_until(self, day: date) -> list[Filing]:
        """Return the letters that must be answered by *day*, wherever they are; not those that were cancelled."""
        open_ = letters.c.needs_reply & (letters.c.due <= day) & letters.c.state.in_((*VISIBLE, PROTECTED, KEPT))
        return self._newest_of(open_)

    def settled(self, limit: int) -> list[Filing]:
        """Return the newest version of the letters handled last: what rules are tried on."""
        return self._newest_of(letters.c.state != STARTED, limit)

    def recent(self, limit: int) -> list[Filing]:
        """Return the letters handled last, newest first."""
        return list(self._found(select(letters).order_by(letters.c.at.desc(), letters.c.kenmerk).limit(limit)))

    def save(self, filing: Filing) -> None:
        """Remember *filing*, in the place of what was known of the same version."""
        self._database.write(lambda connection: _put(connection, filing))

    def answer(self, kenmerk: str) -> Filing | None:
        """Remember that a letter was answered; return it when that was news."""
        found = self.newest(kenmerk)
        if found is None or not found.needs_reply:
            return None
        done = update(letters).where(letters.c.kenmerk == kenmerk).values(needs_reply=False)
        self._database.write(lambda connection: connection.execute(done))
        return replace(found, needs_reply=False)

    def counts(self) -> dict[str, int]:
        """Return how many letters there are by state, each by its newest version."""
        newest = _newest_versions().subquery()
        query = select(letters.c.state, func.count()).join(
            newest, (newest.c.kenmerk == letters.c.kenmerk) & (newest.c.version == letters.c.version)
        )
        with self._database.read() as connection:
            return dict(connection.execute(query.group_by(letters.c.state)).tuples().all())

    def _newest_of(self, condition: object, limit: int | None = None) -> list[Filing]:
        newest = _newest_versions().subquery()
        query = (
            select(letters)
            .join(newest, (newest.c.kenmerk == letters.c.kenmerk) & (newest.c.version == letters.c.version))
            .where(condition)  # type: ignore[arg-type]  # a column expression; SQLAlchemy names its type in a private place
            .order_by(letters.c.at.desc(), letters.c.kenmerk)
        )
        return list(self._found(query.limit(limit) if limit else query))

    def _found(self, query: Select[tuple[object, ...]]) -> Iterator[Filing]:
        with self._database.read() as connection:
            yield from [_filing(row) for row in connection.execute(query).mappings()]


def _newest_versions() -> Select[tuple[str, int]]:
    settled = select(letters.c.kenmerk, func.max(letters.c.version).label("version")).where(letters.c.state != STARTED)
    return settled.group_by(letters.c.kenmerk)


def _put(connection: Connection, filing: Filing) -> None:
    same = (letters.c.kenmerk == filing.kenmerk) & (letters.c.version == filing.version)
    connection.execute(delete(letters).where(same))
    row = asdict(replace(filing, facts=None)) | {
        # who answered it meanwhile could not know that it was being filed
        "needs_reply": filing.needs_reply and not was_answered(connection, filing.kenmerk),
        "facts": filing.facts.dump() if filing.facts else None,
        "suggestions": list(filing.suggestions),
        "same_as": list(filing.same_as),
        "pieces": [asdict(piece) for piece in filing.pieces],
    }
    connection.execute(letters.insert().values(row))


def _filing(row: RowMapping) -> Filing:
    return Filing(
        **dict(row)
        | {
            "facts": Facts.load(row["facts"]) if row["facts"] else None,
            "suggestions": tuple(row["suggestions"]),
            "same_as": tuple(row["same_as"]),
            "pieces": tuple(Piece(**piece) for piece in row["pieces"]),
        }
    )
