"""Puts all files of a letter on a shelf together, in the items of an earlier version where these can be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory

from services.mailroom.domain.columns import KENMERK, STATUS, Value, columns
from services.mailroom.domain.letter import Letter
from services.mailroom.domain.places import file_name, is_link, link_name, subfolder
from services.mailroom.filing.library import Shelf
from services.mailroom.filing.moving import relocate
from services.mailroom.filing.placing import Sheet, place
from services.mailroom.handlers.links import write_link
from services.mailroom.handlers.shelves import aside_shelf, before
from services.mailroom.handlers.strays import begin, sweep, sweep_after
from services.mailroom.handlers.withdrawal import forget_hidden
from services.mailroom.handlers.world import Mailroom
from services.mailroom.intakes.base import Delivery
from services.mailroom.store.letters import FILED, PROTECTED, STARTED, Filing, Piece
from shared.crashpoints import crashpoint
from shared.errors import Permanent
from shared.graph.drives import Fingerprint

_NOON = time(12, tzinfo=UTC)
ANSWERED = "beantwoord"
SUPERSEDED = "vervallen"  # an attachment that a newer version no longer has


def put(delivery: Delivery, filing: Filing, known: Filing | None, shelf: Shelf, room: Mailroom) -> Filing:
    """File every document of *delivery* on *shelf*, in the items of what is *known* where these can be used.

    Safe to repeat. What is written is remembered before and after, so that another attempt knows its own files again.
    """
    letter = delivery.letter
    if filing.state == FILED:
        shelf = room.folders.below(shelf, subfolder(letter))
        crashpoint("mailroom.after_folder")
    sweep(letter.kenmerk, known, room, shelf)  # a kenmerk is unique in a library
    room.spool.mkdir(parents=True, exist_ok=True, mode=0o700)
    with TemporaryDirectory(dir=room.spool) as folder:
        items = _items(known, shelf)
        twins = [] if 0 in items else _twins(letter, filing, room)
        filing = replace(filing, drive_id=shelf.library.id, folder=shelf.path)
        filing = replace(filing, same_as=tuple(each.kenmerk for each in twins))
        sheets = _sheets(delivery, filing, _link(twins, Path(folder), room))
        begun = tuple(sheet.begun() for sheet in sheets)
        begin(letter.kenmerk, shelf, [sheet.name for sheet in sheets], room)
        room.store.letters.save(_started(filing, begun, known))
        ours = room.store.letters.attempted(letter.kenmerk)
        pieces = [
            place(shelf, sheet, begun[position], items.get(position), ours) for position, sheet in enumerate(sheets)
        ]
    _clear(known, shelf, len(pieces), room)
    filing = replace(filing, pieces=tuple(pieces), before=before(known, filing))
    sweep_after(filing, room)
    forget_hidden(filing.kenmerk, room)
    return filing


def refiled(filing: Filing, shelf: Shelf, changes: dict[str, Value], room: Mailroom) -> tuple[Piece, ...]:
    """Move all files of *filing* to *shelf*.

    Raises: Permanent("letter_gone") when somebody deleted the main document.
    """
    source = room.libraries.of(filing.drive_id or "")
    begin(filing.kenmerk, shelf, [piece.name for piece in filing.pieces], room)
    pieces = tuple(relocate(piece, source, shelf, changes, room.spool) for piece in filing.pieces)
    if not pieces[0].item_id:
        raise Permanent("letter_gone", f"{filing.kenmerk}: its document was deleted; offer it again from the register")
    return pieces


def _started(filing: Filing, begun: tuple[Piece, ...], known: Filing | None) -> Filing:
    """Return what is remembered while files are on their way. What is secret is known as such at every moment."""
    if filing.state != PROTECTED:
        return replace(filing, state=STARTED, pieces=begun)
    hidden = known.pieces if known and known.state == PROTECTED else ()
    return replace(filing, sha256=None, pieces=tuple(dict.fromkeys((*hidden, *begun))))


def _items(known: Filing | None, shelf: Shelf) -> dict[int, str]:
    """Return the items of an earlier version that can be written again: those in the same library."""
    if known is None or known.drive_id != shelf.library.id:
        return {}
    return {position: piece.item_id for position, piece in enumerate(known.pieces) if piece.item_id}


def _clear(known: Filing | None, shelf: Shelf, count: int, room: Mailroom) -> None:
    """Set aside what an earlier version left: in another library all of it, here the attachments that are no more.

    The kenmerk is unique in a library, and the letter may come back to this one.
    """
    if known is None or known.drive_id is None:
        return
    left = known.pieces if known.drive_id != shelf.library.id else known.pieces[count:]
    source = room.libraries.of(known.drive_id)
    for piece in left:
        if piece.item_id:
            relocate(piece, source, aside_shelf(known, room), {STATUS: SUPERSEDED, KENMERK: None}, room.spool)
    crashpoint("mailroom.after_clear")


def _twins(letter: Letter, filing: Filing, room: Mailroom) -> list[Filing]:
    """Return the letters of other kenmerken, in projects, whose main document is the same."""
    return room.store.letters.same_content(letter.files[0].sha256, letter.kenmerk) if filing.state == FILED else []


def _sheets(delivery: Delivery, filing: Filing, link: Path | None) -> list[Sheet]:
    """Return what is to be written; *link* in the place of a main document that stands in a project already."""
    letter = delivery.letter
    sheets = []
    for position, path in enumerate(delivery.files):
        name, source = file_name(letter, position), path
        if position == 0 and link is not None:
            name, source = link_name(letter), link
        values = columns(letter, position, project=filing.project or letter.project, due=filing.due)
        if position == 0 and filing.due and not filing.needs_reply:
            values[STATUS] = ANSWERED
        sheets.append(Sheet(source, name, letter.files[position].sha256, values, _dated(letter)))
    return sheets


def _link(twins: Sequence[Filing], folder: Path, room: Mailroom) -> Path | None:
    """Write a link to the main document of the first of *twins* that stands."""
    for twin in twins:
        main = twin.pieces[0]
        item = None if is_link(main.name) else room.libraries.of(twin.drive_id or "").item(main.item_id)
        if item is not None and item.content == Fingerprint(main.size, main.hash):
            return write_link(item, folder)
    return None


def _dated(letter: Letter) -> datetime | None:
    return datetime.combine(letter.document_date, _NOON) if letter.document_date else None
