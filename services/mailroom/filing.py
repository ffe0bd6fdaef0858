"""Puts one file of a letter where it belongs, and proves that it stands there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from services.mailroom.domain.columns import columns, differing, is_older_version
from services.mailroom.domain.letter import Letter
from services.mailroom.domain.places import file_name
from services.mailroom.intakes.base import Delivery
from shared.crashpoints import crashpoint
from shared.errors import Permanent, Transient
from shared.graph.drives import Fingerprint, Item, fingerprint
from shared.graph.errors import Conflict


class Library(Protocol):
    """What is asked of the document library; shared.graph.drives.Drive answers."""

    id: str

    def item(self, item_id: str) -> Item | None: ...
    def child(self, folder_id: str, name: str) -> Item | None: ...
    def ensure_folder(self, path: str) -> Item: ...
    def upload(self, folder_id: str, name: str, source: Path) -> Item: ...
    def replace(self, item_id: str, source: Path) -> Item: ...
    def move(self, item_id: str, folder_id: str, name: str) -> Item: ...
    def fields(self, item_id: str) -> dict[str, Any]: ...
    def set_fields(self, item_id: str, values: Mapping[str, str | None]) -> None: ...


def place(library: Library, folder: Item, delivery: Delivery, position: int, known: str | None) -> str:
    """Make file *position* stand in *folder*, with its name, content and columns, and return its item id.

    *known* is the item of an earlier version: it is moved and written again, so that id, history and links stay.
    Safe to repeat. Raises: Permanent("same_name_other_content"); Transient when it does not read back as written.
    """
    letter, source = delivery.letter, delivery.files[position]
    name, content = file_name(letter, position), fingerprint(source)
    item = library.item(known) if known else None
    if item is None:
        item = _uploaded(library, folder, name, source)
    elif (item.parent_id, item.name) != (folder.id, name):
        item = library.move(item.id, folder.id, name)
    crashpoint("mailroom.after_upload")
    if item.content != content:
        _replace_older(library, item, letter, source)
        crashpoint("mailroom.after_replace")
    wanted = columns(letter, position)
    library.set_fields(item.id, wanted)
    crashpoint("mailroom.after_columns")
    _prove(library, item.id, content, wanted)
    return item.id


def _uploaded(library: Library, folder: Item, name: str, source: Path) -> Item:
    """Return the new file, or the one that has its name already: perhaps ours, of an attempt that broke off."""
    try:
        return library.upload(folder.id, name, source)
    except Conflict as conflict:
        there = library.child(folder.id, name)
        if there is None:
            raise Transient("file_in_motion", f"item {name} is there, yet not to be found") from conflict
        return there


def _replace_older(library: Library, item: Item, letter: Letter, source: Path) -> None:
    if item.content is not None and not item.content.hash:
        raise Transient("hash_not_ready", f"item {item.id}: SharePoint has not computed its hash yet")
    if not is_older_version(letter, library.fields(item.id)):
        raise Permanent(
            "same_name_other_content",
            f"{letter.kenmerk}: item {item.id} has the name for version {letter.version}, and another content",
        )
    library.replace(item.id, source)


def _prove(library: Library, item_id: str, content: Fingerprint, wanted: Mapping[str, str | None]) -> None:
    """Read back what was written: every byte by size and hash, every column by its value."""
    stands = library.item(item_id)
    faults = differing(wanted, library.fields(item_id))
    if stands is None or stands.content != content:
        faults = ["content", *faults]
    if faults:
        raise Transient("not_as_written", f"item {item_id} reads back differently: {', '.join(faults)}")
