"""Takes a file that was filed to another folder: moved where that can be, else written anew, proven, and recycled.

Graph moves within a library only: https://learn.microsoft.com/en-us/graph/api/driveitem-move
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from services.mailroom.domain.columns import COLUMNS, Value
from services.mailroom.filing.library import Library, Shelf
from services.mailroom.filing.placing import Sheet, move_into, place, prove, taken_up
from services.mailroom.store.letters import Piece
from shared.crashpoints import crashpoint
from shared.graph.drives import Fingerprint

_OURS = ("Title", *(column.name for column in COLUMNS))


def relocate(piece: Piece, source: Library, shelf: Shelf, changes: Mapping[str, Value], spool: Path) -> Piece:
    """Make *piece* of library *source* stand on *shelf* with *changes* to its columns. Safe to repeat.

    Into another library it goes by way of *spool*; the original is in SharePoint's recycle bin only once the other is
    proven. A file that somebody deleted is gone: what is left of it is what the books say.
    """
    if not piece.item_id:
        return piece
    if shelf.library.id == source.id:
        return _moved(piece, shelf, changes)
    return _carried(piece, source, shelf, changes, spool)


def our_columns(fields: Mapping[str, Any]) -> dict[str, Value]:
    """Return those of *fields* that tell of a letter."""
    return {name: fields[name] for name in _OURS if fields.get(name) is not None}


def dated(known: Mapping[str, Value]) -> datetime | None:
    """Return the day that its author gave it, if the columns tell."""
    written = known.get("DatumStuk")
    return datetime.fromisoformat(str(written)) if written else None


def _moved(piece: Piece, shelf: Shelf, changes: Mapping[str, Value]) -> Piece:
    library, item = shelf.library, shelf.library.item(piece.item_id)
    if item is None:
        return replace(piece, item_id="")
    name = item.name
    if item.parent_id != shelf.folder.id:
        name = move_into(shelf, piece.item_id, piece.name).name
        crashpoint("mailroom.after_move")
    library.set_fields(piece.item_id, changes)
    content = item.content or Fingerprint(piece.size, piece.hash)  # as it stood: people may have written in it since
    prove(library, piece.item_id, content, changes)
    return Piece(name, piece.sha256, content.size, content.hash, piece.item_id)


def _carried(piece: Piece, source: Library, shelf: Shelf, changes: Mapping[str, Value], spool: Path) -> Piece:
    item = source.item(piece.item_id)
    if item is None:  # recycled already, by an attempt that broke off, or deleted by hand
        return taken_up(shelf, piece)
    known = our_columns(source.fields(piece.item_id))
    spool.mkdir(parents=True, exist_ok=True, mode=0o700)
    with TemporaryDirectory(dir=spool) as folder:
        path = Path(folder) / "content"
        source.download(piece.item_id, path)
        sheet = Sheet(path, piece.name, piece.sha256, {**known, **changes}, dated(known))
        made = place(shelf, sheet, sheet.begun(), None, frozenset({piece.hash}))
    crashpoint("mailroom.after_carry")
    source.recycle(piece.item_id)
    return made
