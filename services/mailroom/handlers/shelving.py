"""Puts all files of a letter on a shelf together, and takes them out again; a file more or less than before is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

from services.mailroom.domain.columns import KENMERK, STATUS, Value, columns
from services.mailroom.domain.letter import Letter
from services.mailroom.domain.places import file_name, is_link, link_name, subfolder
from services.mailroom.filing.hiding import hide, uncover
from services.mailroom.filing.library import Library, Shelf
from services.mailroom.filing.moving import relocate
from services.mailroom.filing.placing import Sheet, place
from services.mailroom.handlers.strays import begin, recycle_older, sweep, sweep_after
from services.mailroom.handlers.world import Mailroom
from services.mailroom.intakes.base import Delivery
from services.mailroom.store.letters import FILED, PROTECTED, STARTED, TRAY, Filing, Piece
from shared.crashpoints import crashpoint
from shared.errors import HubError, Permanent
from shared.graph.drives import Fingerprint

_NOON = time(12, tzinfo=UTC)
ANSWERED = "beantwoord"
SUPERSEDED = "vervallen"  # an attachment that a newer version no longer has
_STATUS = {"cancelled": "geannuleerd", "deleted": "verwijderd in het register"}
_NOT_SHOWN = "niet in een projectmap"


def tray_shelf(room: Mailroom) -> Shelf:
    """Return where the mail team finds what no rule files."""
    library = room.libraries.main()
    return Shelf(library, library.ensure_folder(room.rules.tray), room.rules.tray)


def protected_shelf(year: int, room: Mailroom) -> Shelf | None:
    """Return where few may look, None when the organisation has no such library."""
    library = room.libraries.protected()
    return None if library is None else Shelf(library, library.ensure_folder(str(year)), str(year))


def put(delivery: Delivery, filing: Filing, known: Filing | None, shelf: Shelf, room: Mailroom) -> Filing:
    """File every document of *delivery* on *shelf*, in the items of what is *known* where these can be used.

    Safe to repeat. What is written is remembered before and after, so that another attempt knows its own files again.
    """
    letter = delivery.letter
    if filing.state == FILED:
        shelf = room.folders.below(shelf, subfolder(letter))
        crashpoint("mailroom.after_folder")
    sweep(letter.kenmerk, known, room, shelf)  # a kenmerk is unique in a library
    with TemporaryDirectory(prefix="hub-") as folder:
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
    filing = replace(filing, pieces=tuple(pieces), before=_before(known, filing))
    sweep_after(filing, room)
    _forget_hidden(filing.kenmerk, room)
    return filing


def _started(filing: Filing, begun: tuple[Piece, ...], known: Filing | None) -> Filing:
    """Return what is remembered while files are on their way. What is secret is known as such at every moment."""
    if filing.state != PROTECTED:
        return replace(filing, state=STARTED, pieces=begun)
    before = known.pieces if known and known.state == PROTECTED else ()
    return replace(filing, sha256=None, pieces=tuple(dict.fromkeys((*before, *begun))))


def withdraw(filing: Filing, known: Filing | None, state: str, room: Mailroom) -> Filing:
    """Take what is *known* of a letter out of the folder where people see it; return *filing* with where it is then.

    What becomes secret goes to the protected library; without one, to SharePoint's recycle bin. The rest is set aside
    in its own library. Nothing is destroyed.
    """
    filing = replace(filing, state=state, before=_before(known, replace(filing, state=state)))
    if state == PROTECTED:
        return _hidden(filing, known, room)
    sweep(filing.kenmerk, known, room)
    if known is None or known.version < filing.version:
        _forget_hidden(filing.kenmerk, room)
    if known is None or not known.pieces or known.drive_id is None:
        return filing
    source = room.libraries.of(known.drive_id)
    shelf, status = _aside(known, room), _STATUS.get(filing.reason or "", _NOT_SHOWN)
    pieces = tuple(relocate(piece, source, shelf, {STATUS: status}) for piece in known.pieces)
    crashpoint("mailroom.after_withdraw")
    return replace(filing, drive_id=shelf.library.id, folder=shelf.path, pieces=pieces)


def _hidden(filing: Filing, known: Filing | None, room: Mailroom) -> Filing:
    """Take it out of sight before anything is asked of the place where it is to go."""
    spool = _spool(filing.kenmerk, room)
    is_shown = known is not None and known.state != PROTECTED
    if known and is_shown and known.drive_id:
        _hide_all(known.pieces, room.libraries.of(known.drive_id), spool)
    sweep(filing.kenmerk, known, room)
    recycle_older(filing.kenmerk, known, room)
    crashpoint("mailroom.after_withdraw")
    if known is None or not known.pieces or known.drive_id is None:
        return filing
    if not is_shown:
        return replace(filing, drive_id=known.drive_id, folder=known.folder, pieces=known.pieces)
    shelf = protected_shelf(filing.at.year, room)
    if shelf is None:
        rmtree(spool, ignore_errors=True)  # the recycle bin has it, and the register
        return filing
    pieces = tuple(uncover(piece, spool, shelf) for piece in known.pieces)
    rmtree(spool, ignore_errors=True)
    return replace(filing, drive_id=shelf.library.id, folder=shelf.path, pieces=pieces)


def _spool(kenmerk: str, room: Mailroom) -> Path:
    return room.spool / sha256(kenmerk.encode()).hexdigest()


def _forget_hidden(kenmerk: str, room: Mailroom) -> None:
    """Leave nothing here of a withdrawal that broke off and that a newer version overtook: the recycle bin has it."""
    rmtree(_spool(kenmerk, room), ignore_errors=True)


def _hide_all(pieces: Sequence[Piece], source: Library, spool: Path) -> None:
    """Hide each of *pieces*; one that cannot be hidden now leaves no other in the open."""
    trouble: HubError | None = None
    for piece in pieces:
        try:
            hide(piece, source, spool)
        except HubError as error:
            trouble = error
    if trouble is not None:
        raise trouble


def _aside(known: Filing, room: Mailroom) -> Shelf:
    """Return the folder, in the letter's own library, of what is kept and no longer shown."""
    library = room.libraries.of(known.drive_id or "")
    return Shelf(library, library.ensure_folder(room.rules.aside), room.rules.aside)


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
            relocate(piece, source, _aside(known, room), {STATUS: SUPERSEDED, KENMERK: None})
    crashpoint("mailroom.after_clear")


def _before(known: Filing | None, now: Filing) -> str | None:
    """Return where people saw the letter until now, if they do not see it there any more."""
    if known is None:
        return None
    if not known.is_visible:
        return known.before if known.version == now.version else None
    there, here = known.project or TRAY, (now.project or TRAY) if now.is_visible else None
    return None if there == here else there


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
    """Write a link, as Windows and SharePoint know it, to the main document of the first of *twins* that stands."""
    for twin in twins:
        main = twin.pieces[0]
        item = None if is_link(main.name) else room.libraries.of(twin.drive_id or "").item(main.item_id)
        if item is not None and item.content == Fingerprint(main.size, main.hash):
            path = folder / "link.url"
            path.write_text(f"[InternetShortcut]\r\nURL={item.web_url}\r\n", encoding="utf-8", newline="")
            return path
    return None


def _dated(letter: Letter) -> datetime | None:
    return datetime.combine(letter.document_date, _NOON) if letter.document_date else None


def refiled(filing: Filing, shelf: Shelf, changes: dict[str, Value], room: Mailroom) -> tuple[Piece, ...]:
    """Move all files of *filing* to *shelf*.

    Raises: Permanent("letter_gone") when somebody deleted the main document.
    """
    source = room.libraries.of(filing.drive_id or "")
    begin(filing.kenmerk, shelf, [piece.name for piece in filing.pieces], room)
    pieces = tuple(relocate(piece, source, shelf, changes) for piece in filing.pieces)
    if not pieces[0].item_id:
        raise Permanent("letter_gone", f"{filing.kenmerk}: its document was deleted; offer it again from the register")
    return pieces
