"""Takes a file out of sight at once, whatever becomes of the place where it is to go.

It waits in a folder of this machine from the moment that it is in SharePoint's recycle bin until it is proven to stand
where few may look: a protected library that cannot be reached must leave nothing in the open.
"""

from __future__ import annotations

from pathlib import Path

import orjson

from services.mailroom.filing.library import Library, Shelf
from services.mailroom.filing.moving import dated, our_columns
from services.mailroom.filing.placing import Sheet, place, taken_up
from services.mailroom.store.letters import Piece
from shared.crashpoints import crashpoint


def hide(piece: Piece, source: Library, spool: Path) -> None:
    """Put *piece* in the recycle bin of *source*, and its content and columns in *spool*. Safe to repeat."""
    item = source.item(piece.item_id) if piece.item_id else None
    if item is None:
        return
    spool.mkdir(parents=True, exist_ok=True, mode=0o700)
    content, columns = _places(piece, spool)
    source.download(piece.item_id, content)
    written = columns.with_suffix(".part")
    written.write_bytes(orjson.dumps(our_columns(source.fields(piece.item_id))))
    written.replace(columns)
    crashpoint("mailroom.after_spool")
    source.recycle(piece.item_id)


def uncover(piece: Piece, spool: Path, shelf: Shelf) -> Piece:
    """Put on *shelf* what `hide` left in *spool*, prove it, and leave nothing on this machine. Safe to repeat."""
    content, columns = _places(piece, spool)
    if not columns.exists():  # done by an attempt that broke off, or deleted by hand before
        content.unlink(missing_ok=True)
        return taken_up(shelf, piece)
    values = orjson.loads(columns.read_bytes())
    sheet = Sheet(content, piece.name, piece.sha256, values, dated(values))
    made = place(shelf, sheet, sheet.begun(), None, frozenset({piece.hash}))
    columns.unlink()
    content.unlink()
    return made


def _places(piece: Piece, spool: Path) -> tuple[Path, Path]:
    return spool / f"{piece.item_id}.content", spool / f"{piece.item_id}.json"
