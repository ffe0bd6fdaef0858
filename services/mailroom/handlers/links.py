"""Has the links that stand in the place of a document lead to where that document is now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from services.mailroom.domain.places import is_link
from services.mailroom.handlers.world import Mailroom
from services.mailroom.store.letters import FILED, Filing
from shared.crashpoints import crashpoint
from shared.graph.drives import Item, fingerprint


def write_link(target: Item, folder: Path) -> Path:
    """Write a link to *target*, as Windows and SharePoint know it."""
    path = folder / "link.url"
    path.write_text(f"[InternetShortcut]\r\nURL={target.web_url}\r\n", encoding="utf-8", newline="")
    return path


def follow(kenmerk: str, room: Mailroom) -> None:
    """Mend the links of other letters to the document of *kenmerk*, which may have moved. Safe to repeat.

    Of a letter that is secret or set aside by now they lead nowhere, as they should: the content is the same.
    """
    moved = room.store.letters.newest(kenmerk)
    if moved is None or moved.state != FILED or moved.item_id is None or is_link(moved.pieces[0].name):
        return
    links = [each for each in room.store.letters.linked_to(kenmerk) if each.item_id and is_link(each.pieces[0].name)]
    target = room.libraries.of(moved.drive_id or "").item(moved.item_id) if links else None
    if target is not None:
        for each in links:
            _lead(each, target, room)


def _lead(link: Filing, target: Item, room: Mailroom) -> None:
    room.spool.mkdir(parents=True, exist_ok=True, mode=0o700)
    with TemporaryDirectory(dir=room.spool) as folder:
        path = write_link(target, Path(folder))
        content, library = fingerprint(path), room.libraries.of(link.drive_id or "")
        main, *rest = link.pieces
        if content.hash == main.hash or library.item(main.item_id) is None:
            return
        library.replace(main.item_id, path, content)
    crashpoint("mailroom.after_link")
    led = replace(main, size=content.size, hash=content.hash)
    room.store.letters.save(replace(link, pieces=(led, *rest)))
