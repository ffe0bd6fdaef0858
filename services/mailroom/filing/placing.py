"""Puts one file of a letter where it belongs, and proves that it stands there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from services.mailroom.domain.columns import Value, belongs_to, differing
from services.mailroom.domain.places import numbered
from services.mailroom.filing.library import Library, Shelf
from services.mailroom.store.letters import Piece
from shared.crashpoints import crashpoint
from shared.errors import Permanent, Transient
from shared.graph.drives import Fingerprint, Item, fingerprint
from shared.graph.errors import Conflict

# https://support.microsoft.com/office/restrictions-and-limitations-in-onedrive-and-sharepoint
LONGEST_PATH = 380  # characters of folders and name; SharePoint takes 400, the library's own name among them
MOST_NAMES = 20  # files of others that have the names that ours would have; then a person must look


@dataclass(frozen=True)
class Sheet:
    """One file to be filed: its content, its name, its columns, and the day that its author gave it."""

    source: Path
    name: str
    sha256: str
    columns: Mapping[str, Value]
    dated: datetime | None = None

    def begun(self) -> Piece:
        """Return what is remembered of it before a byte of it is sent."""
        content = fingerprint(self.source)
        return Piece(self.name, self.sha256, content.size, content.hash)


def place(shelf: Shelf, sheet: Sheet, begun: Piece, known: str | None, ours: Collection[str]) -> Piece:
    """Make *sheet* stand on *shelf* with its name, content, columns and date; return it with its item id.

    *known* is the item of an earlier version: it is moved and written again, so that id, history and links stay. A name
    that another file has is numbered; *ours* are the hashes of what we ever began to write for this letter.
    Safe to repeat. Raises: Transient when it does not read back as written.
    """
    if len(shelf.path) + len(sheet.name) >= LONGEST_PATH:
        raise Permanent(
            "path_too_long", f"{sheet.name}: the folder's path has {len(shelf.path)} characters: shorten it"
        )
    library, content = shelf.library, Fingerprint(begun.size, begun.hash)
    item = library.item(known) if known else None
    if item is None:
        item = _uploaded(shelf, sheet, content, ours)
    elif item.parent_id != shelf.folder.id or not _is_named(item.name, sheet.name):
        item = move_into(shelf, item.id, sheet.name)
    crashpoint("mailroom.after_upload")
    if item.content != content:
        _replace(library, item, sheet.source, content)
        crashpoint("mailroom.after_replace")
    library.set_fields(item.id, sheet.columns)
    crashpoint("mailroom.after_columns")
    if sheet.dated:
        library.set_dates(item.id, sheet.dated, sheet.dated)
    prove(library, item.id, content, sheet.columns)
    return Piece(item.name, sheet.sha256, content.size, content.hash, item.id)


def move_into(shelf: Shelf, item_id: str, name: str) -> Item:
    """Move an item to *shelf*, under a numbered name when a file of others has *name*."""
    for number in range(1, MOST_NAMES + 1):
        try:
            return shelf.library.move(item_id, shelf.folder.id, numbered(name, number))
        except Conflict:
            continue
    raise _taken(name)


def named(library: Library, folder_id: str, name: str) -> Iterator[Item]:
    """Yield what stands in the folder under *name*, numbered or not."""
    for number in range(1, MOST_NAMES + 1):
        there = library.child(folder_id, numbered(name, number))
        if there is None:
            return
        yield there


def taken_up(shelf: Shelf, piece: Piece) -> Piece:
    """Return *piece* as an attempt that broke off put it on *shelf*; without an item when none did.

    A file of somebody else that has its name is not it.
    """
    for there in named(shelf.library, shelf.folder.id, piece.name):
        if there.content is None:  # a folder
            continue
        if hash_of(there) == piece.hash or shelf.library.fields(there.id).get("Sha256") == piece.sha256:
            return replace(piece, name=there.name, item_id=there.id)
    return replace(piece, item_id="")


def hash_of(item: Item) -> str:
    """Return the hash of a file, empty of a folder. Raises: Transient until SharePoint has computed it."""
    if item.content is not None and not item.content.hash:
        raise Transient("hash_not_ready", f"item {item.id}: SharePoint has not computed its hash yet")
    return item.content.hash if item.content else ""


def prove(library: Library, item_id: str, content: Fingerprint, wanted: Mapping[str, Value]) -> None:
    """Read back what was written: every byte by size and hash, every column by its value."""
    stands, fields = library.item_and_fields(item_id) or (None, {})
    if stands is not None and stands.content is not None and not stands.content.hash:
        raise Transient("hash_not_ready", f"item {item_id}: SharePoint has not computed its hash yet")
    faults = differing(wanted, fields) if stands else []
    if stands is None or stands.content != content:
        faults = ["content", *faults]
    if faults:
        raise Transient("not_as_written", f"item {item_id} reads back differently: {', '.join(faults)}")


def _uploaded(shelf: Shelf, sheet: Sheet, content: Fingerprint, ours: Collection[str]) -> Item:
    """Return the new file, or the one that has its name already and is ours, of an attempt that broke off."""
    for number in range(1, MOST_NAMES + 1):
        name = numbered(sheet.name, number)
        try:
            return shelf.library.upload(shelf.folder.id, name, sheet.source, content)
        except Conflict as conflict:
            there = shelf.library.child(shelf.folder.id, name)
            if there is None:
                raise Transient("file_in_motion", f"item {name} is there, yet not to be found") from conflict
            if _is_ours(shelf.library, there, sheet, content, ours):
                return there
    raise _taken(sheet.name)


def _is_ours(library: Library, there: Item, sheet: Sheet, content: Fingerprint, ours: Collection[str]) -> bool:
    if there.content is None:  # a folder
        return False
    if hash_of(there) in ours or there.content == content:
        return True
    return belongs_to(str(sheet.columns.get("HubId")), library.fields(there.id)) and _is_named(there.name, sheet.name)


def _replace(library: Library, item: Item, source: Path, content: Fingerprint) -> None:
    hash_of(item)  # without one, it may be equal already
    library.replace(item.id, source, content)


def _is_named(found: str, wanted: str) -> bool:
    """Tell whether *found* is *wanted*, numbered or not; SharePoint keeps the case and does not heed it."""
    return any(found.casefold() == numbered(wanted, number).casefold() for number in range(1, MOST_NAMES + 1))


def _taken(name: str) -> Permanent:
    return Permanent("name_taken", f"{name} and {MOST_NAMES - 1} numbered names are taken by files of others")
