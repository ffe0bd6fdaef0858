"""All rows of a complete export or view: understood, or held with their reason. One bad row never spoils the others.

A request that stands there twice counts once: its newest row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count

from services.timesync.domain.records import AbsenceRecord, Part
from services.timesync.systems.base import LONGEST_EMPLOYEE, LONGEST_ID, Held
from services.timesync.systems.notation import BadRowError, text_of
from services.timesync.systems.rows import Meaning, Row, natural_id, parse_row


@dataclass(frozen=True)
class Line:
    """A row and where a person finds it. *is_cut*: it is not all there, so nothing in it is believed."""

    place: str
    row: Row
    is_cut: bool = False


@dataclass
class Understood:
    """What came of the rows so far: the newest record of each id, and what was held."""

    source: str
    meaning: Meaning
    newest: dict[str, AbsenceRecord] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)
    reserved: set[str] = field(default_factory=set)

    def take(self, line: Line) -> None:
        if line.is_cut:
            self._hold(line, "incomplete_row")
            return
        try:
            record = parse_row(line.row, self.source, line.place, self.meaning)
        except BadRowError as bad:
            self._hold(line, bad.reason)
        else:
            self._keep(record if text_of(line.row.get("request")) else self._numbered(record))

    def _hold(self, line: Line, reason: str) -> None:
        employee = text_of(line.row.get("employee"))[:LONGEST_EMPLOYEE] or None
        self.held.append(Held(line.place, reason, employee, self._id_of(line.row)))

    def _keep(self, record: AbsenceRecord) -> None:
        known = self.newest.get(record.source_id)
        loser = None if known is None else known if record.version > known.version else record
        if loser is not record:
            self.newest[record.source_id] = record
        if loser is not None:
            reason = "duplicate_row" if loser.version == self.newest[record.source_id].version else "superseded_row"
            self.held.append(Held(loser.place, reason, loser.employee, f"{loser.source_id}@{loser.version}"))

    def _id_of(self, row: Row) -> str:
        """Return the id of a row that is held: what is held is not gone. "" when the row does not tell it."""
        if request := text_of(row.get("request")):
            return request[:LONGEST_ID]
        try:
            natural = natural_id(row, self.meaning)[:LONGEST_ID]
        except BadRowError:
            return ""
        self.reserved.add(source_id := next(each for each in _ids(natural) if self._is_free(each)))
        return source_id

    def _numbered(self, record: AbsenceRecord) -> AbsenceRecord:
        """Return *record* under its natural id, with a number when it is another absence of that day and part."""
        ids = _ids(record.source_id)
        return replace(
            record, source_id=next(each for each in ids if self._is_free(each) or self._tells_again(each, record))
        )

    def _is_free(self, source_id: str) -> bool:
        return source_id not in self.newest and source_id not in self.reserved

    def _tells_again(self, source_id: str, record: AbsenceRecord) -> bool:
        """Tell whether this row is a copy of the one of *source_id*, or a correction that says when it was made."""
        known = self.newest.get(source_id)
        if known is None:
            return False
        if record.part is not Part.INTERVAL and record.version != known.version:
            return True
        return replace(record, source_id=source_id, place=known.place, version=known.version) == known


def understand(lines: Iterable[Line], source: str, meaning: Meaning) -> Understood:
    """Return what *lines* say, in their order."""
    understood = Understood(source, meaning)
    for line in lines:
        understood.take(line)
    return understood


def _ids(natural: str) -> Iterator[str]:
    yield natural
    yield from (f"{natural}|{number}" for number in count(2))
