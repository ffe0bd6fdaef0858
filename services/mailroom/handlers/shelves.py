"""The folders that are no project's, and where people saw a letter before it went from one to another."""

from __future__ import annotations

from services.mailroom.filing.library import Shelf
from services.mailroom.handlers.world import Mailroom
from services.mailroom.store.letters import TRAY, Filing


def tray_shelf(room: Mailroom) -> Shelf:
    """Return where the mail team finds what no rule files."""
    library = room.libraries.main()
    return Shelf(library, library.ensure_folder(room.rules.tray), room.rules.tray)


def protected_shelf(year: int, room: Mailroom) -> Shelf | None:
    """Return where few may look, None when the organisation has no such library."""
    library = room.libraries.protected()
    return None if library is None else Shelf(library, library.ensure_folder(str(year)), str(year))


def aside_shelf(known: Filing, room: Mailroom) -> Shelf:
    """Return the folder, in the letter's own library, of what is kept and no longer shown."""
    library = room.libraries.of(known.drive_id or "")
    return Shelf(library, library.ensure_folder(room.rules.aside), room.rules.aside)


def before(known: Filing | None, now: Filing) -> str | None:
    """Return where people saw the letter until now, if they do not see it there any more."""
    if known is None:
        return None
    if not known.is_visible:
        return known.before if known.version == now.version else None
    there, here = known.project or TRAY, (now.project or TRAY) if now.is_visible else None
    return None if there == here else there
