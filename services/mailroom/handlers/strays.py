"""What attempts that broke off left where the letter does not belong any more: nobody would find it again."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from services.mailroom.domain.columns import belongs_to
from services.mailroom.domain.letter import hub_id
from services.mailroom.filing.library import Library, Shelf
from services.mailroom.filing.placing import hash_of, named
from services.mailroom.handlers.world import Mailroom
from services.mailroom.store.begun import Begun
from services.mailroom.store.letters import Filing
from shared.crashpoints import crashpoint
from shared.graph.drives import Item
from shared.graph.errors import NotFound


def begin(kenmerk: str, shelf: Shelf, names: Collection[str], room: Mailroom) -> None:
    """Remember, before a byte is sent, that files of a letter may come to stand on *shelf*."""
    room.store.begun.add(kenmerk, Begun(shelf.library.id, shelf.folder.id, tuple(names)))


def sweep(kenmerk: str, standing: Filing | None, room: Mailroom, shelf: Shelf | None = None) -> None:
    """Put in the recycle bin what was begun elsewhere than on *shelf* and is no file of *standing*. Safe to repeat."""
    kept = {piece.item_id for piece in standing.pieces} if standing else set()
    places = [each for each in room.store.begun.of(kenmerk) if not _is_on(shelf, each)]
    ours = room.store.letters.attempted(kenmerk) if places else frozenset()
    for begun in places:
        library = _library(begun.drive_id, room)
        for item in _found(library, begun) if library else ():
            if library and item.id not in kept and _is_ours(item, kenmerk, library, ours):
                library.recycle(item.id)
                crashpoint("mailroom.after_sweep")


def sweep_after(filing: Filing, room: Mailroom) -> None:
    """Do so once *filing* stands, on its own shelf too: another attempt may have had more files."""
    if len(room.store.begun.of(filing.kenmerk)) > 1:  # not only what *filing* itself began
        sweep(filing.kenmerk, filing, room)


def recycle_older(kenmerk: str, standing: Filing | None, room: Mailroom) -> None:
    """Put in the recycle bin what was set aside of older versions, where more people look than may see it now."""
    kept = {piece.item_id for piece in standing.pieces} if standing else set()
    for drive_id, item_id in room.store.letters.shown(kenmerk):
        library = None if item_id in kept else _library(drive_id, room)
        if library:
            library.recycle(item_id)


def _library(drive_id: str, room: Mailroom) -> Library | None:
    """Return the library, None when it is gone with all that was in it."""
    try:
        return room.libraries.of(drive_id)
    except NotFound:
        return None


def _found(library: Library, begun: Begun) -> Iterator[Item]:
    for name in begun.names:
        yield from named(library, begun.folder_id, name)


def _is_on(shelf: Shelf | None, begun: Begun) -> bool:
    return shelf is not None and (shelf.library.id, shelf.folder.id) == (begun.drive_id, begun.folder_id)


def _is_ours(item: Item, kenmerk: str, library: Library, ours: Collection[str]) -> bool:
    is_file = item.content is not None
    return is_file and (hash_of(item) in ours or belongs_to(hub_id(kenmerk), library.fields(item.id)))
