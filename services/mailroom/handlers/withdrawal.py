"""Takes a letter out of the folder where people see it: what is secret at once, the rest set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from shutil import rmtree

from services.mailroom.domain.columns import STATUS
from services.mailroom.filing.hiding import hide, uncover
from services.mailroom.filing.library import Library
from services.mailroom.filing.moving import relocate
from services.mailroom.handlers.shelves import aside_shelf, before, protected_shelf
from services.mailroom.handlers.strays import recycle_older, sweep
from services.mailroom.handlers.world import Mailroom
from services.mailroom.store.letters import PROTECTED, Filing, Piece
from shared.crashpoints import crashpoint
from shared.errors import HubError

_STATUS = {"cancelled": "geannuleerd", "deleted": "verwijderd in het register"}
_NOT_SHOWN = "niet in een projectmap"


def withdraw(filing: Filing, known: Filing | None, state: str, room: Mailroom) -> Filing:
    """Take what is *known* of a letter out of the folder where people see it; return *filing* with where it is then.

    What becomes secret goes to the protected library; without one, to SharePoint's recycle bin. The rest is set aside
    in its own library. Nothing is destroyed.
    """
    filing = replace(filing, state=state, before=before(known, replace(filing, state=state)))
    if state == PROTECTED:
        return _hidden(filing, known, room)
    sweep(filing.kenmerk, known, room)
    if known is None or known.version < filing.version:
        forget_hidden(filing.kenmerk, room)
    if known is None or not known.pieces or known.drive_id is None:
        return filing
    source = room.libraries.of(known.drive_id)
    shelf, status = aside_shelf(known, room), _STATUS.get(filing.reason or "", _NOT_SHOWN)
    pieces = tuple(relocate(piece, source, shelf, {STATUS: status}, room.spool) for piece in known.pieces)
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


def forget_hidden(kenmerk: str, room: Mailroom) -> None:
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
