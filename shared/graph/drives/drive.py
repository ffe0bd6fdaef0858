"""One document library, and how it is found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shared.errors import Permanent, Transient
from shared.graph.client import GraphClient
from shared.graph.drives.columns import ColumnDefinition, ensure_columns
from shared.graph.drives.fingerprints import Fingerprint
from shared.graph.drives.items import Item, item_of, quoted, segment
from shared.graph.drives.uploads import Passing, Sessions, Uploads
from shared.graph.errors import Conflict, NotFound
from shared.recent import Recent

ROOT = "root"
REMEMBERED = timedelta(minutes=10)  # a folder that people rename keeps its id, and its old path for so long
MOST_FOLDERS = 1_000
# https://learn.microsoft.com/en-us/graph/api/driveitem-get and .../resources/driveitem#relationships (listItem)
_WITH_FIELDS = {"$expand": "listItem($expand=fields)"}
_FAIL_IF_THERE = {"@microsoft.graph.conflictBehavior": "fail"}
_REPLACE = {"@microsoft.graph.conflictBehavior": "replace"}


class Drive:
    """One document library. Paths are relative to its root: `A40201 - Digitaal/Post`; `root` is an id too.

    With *sessions*, what is uploaded goes on where an attempt before ended, of a process that died too.
    """

    def __init__(self, graph: GraphClient, drive_id: str, sessions: Sessions | None = None) -> None:
        self.id = drive_id
        self._graph = graph
        self._base = f"/drives/{segment(drive_id)}"
        self._uploads = Uploads(graph, Passing() if sessions is None else sessions)
        self._folders: Recent[tuple[str, str], Item] = Recent(REMEMBERED, MOST_FOLDERS)

    def item(self, item_id: str) -> Item | None:
        """Return the item, None when somebody deleted it."""
        return self._read(self._item_path(item_id))

    def item_and_fields(self, item_id: str) -> tuple[Item, dict[str, Any]] | None:
        """Return the item and its columns, as `item` and `fields` do, in one request."""
        try:
            found = self._graph.get(self._item_path(item_id), params=_WITH_FIELDS)
        except NotFound:
            return None
        return item_of(found), dict(found.get("listItem", {}).get("fields", {}))

    def find(self, path: str) -> Item | None:
        """Return what stands at *path*, None when nothing does."""
        return self._read(self._below(ROOT, path))

    def child(self, folder_id: str, name: str) -> Item | None:
        """Return what is called *name* in the folder, None when nothing is."""
        return self._read(f"{self._item_path(folder_id)}:/{segment(name)}")

    def children(self, folder_id: str) -> Iterator[Item]:
        """Yield what stands in the folder, page by page."""
        return map(item_of, self._graph.pages(f"{self._item_path(folder_id)}/children"))

    def ensure_folder(self, path: str) -> Item:
        """Return the folder at *path*, made with its parents where they were missing. Safe to repeat.

        Raises: Permanent("not_a_folder") when a file stands there.
        """
        return self.folder_below(ROOT, path)

    def folder_below(self, folder_id: str, path: str) -> Item:
        """Return the folder at *path* below another, with what was missing between; never makes that other one itself.

        Looked up once in a while; one that turns out to be gone is looked up again by the next attempt.
        Safe to repeat. Raises: NotFound when *folder_id* is gone; Permanent("not_a_folder") when a file stands there.
        """
        found = self._folders.get((folder_id, path))
        if found is None:
            with self._forgetting_what_is_gone():
                found = self._found_or_made(folder_id, path)
            self._folders.put((folder_id, path), found)
        return found

    def upload(self, folder_id: str, name: str, source: Path, content: Fingerprint | None = None) -> Item:
        """Write *source* as a new file; with its *content*, where that is known, a large one is read once less.

        Raises: Conflict when the name is taken; Transient when it must be tried again, also when the folder is gone.
        """
        target = f"{self._item_path(folder_id)}:/{segment(name)}:"
        with self._gone_since_it_was_found():
            return self._uploads.write(target, source, _FAIL_IF_THERE, content)

    def replace(self, item_id: str, source: Path, content: Fingerprint | None = None) -> Item:
        """Write *source* as a new version of the file; SharePoint keeps the older ones. *content* as for `upload`."""
        return self._uploads.write(self._item_path(item_id), source, _REPLACE, content)

    def download(self, item_id: str, target: Path) -> None:
        """Write the file's content to *target*, which appears whole or not at all.

        Raises: NotFound; Transient when it was cut short.
        """
        self._graph.download(f"{self._item_path(item_id)}/content", target)

    def move(self, item_id: str, folder_id: str, name: str) -> Item:
        """Give the file another place or name; id, versions and links stay.

        Raises: Conflict when the name is taken; Transient when the file or the folder is gone: look again.
        """
        place = {"parentReference": {"id": folder_id}, "name": name}
        with self._gone_since_it_was_found():
            return item_of(self._graph.patch(self._item_path(item_id), place))

    def set_dates(self, item_id: str, created: datetime, modified: datetime) -> None:
        """Show the author's dates. Safe to repeat; a new content brings *modified* back to now, so do this last."""
        # https://learn.microsoft.com/en-us/graph/api/resources/filesysteminfo
        dates = {"createdDateTime": _written(created), "lastModifiedDateTime": _written(modified)}
        self._graph.patch(self._item_path(item_id), {"fileSystemInfo": dates})

    def recycle(self, item_id: str) -> None:
        """Put the item in the site's recycle bin, from where people can bring it back. Safe to repeat."""
        # https://learn.microsoft.com/en-us/graph/api/driveitem-delete
        self._graph.delete(self._item_path(item_id))
        self._folders.forget()  # it may be one of them, or what one of them is in

    def fields(self, item_id: str) -> dict[str, Any]:
        """Return the columns by internal name: `{"PostKenmerk": "2026/IN/001234"}`; empty ones are absent."""
        return self._graph.get(f"{self._item_path(item_id)}/listItem/fields")

    def set_fields(self, item_id: str, values: Mapping[str, str | bool | None]) -> None:
        """Fill columns by internal name; None empties one. Safe to repeat."""
        self._graph.patch(f"{self._item_path(item_id)}/listItem/fields", values)

    def ensure_columns(self, definitions: Sequence[ColumnDefinition]) -> list[str]:
        """Make the columns that are missing and return their names. Safe to repeat; what is there stays as it is.

        Raises: Permanent("column_refused") when SharePoint will not have one.
        """
        return ensure_columns(self._graph, self._base, definitions)

    @contextmanager
    def _gone_since_it_was_found(self) -> Iterator[None]:
        try:
            with self._forgetting_what_is_gone():
                yield
        except NotFound as gone:
            raise Transient("folder_gone", f"drive {self.id}: what was found a while ago is gone") from gone

    @contextmanager
    def _forgetting_what_is_gone(self) -> Iterator[None]:
        try:
            yield
        except NotFound:
            self._folders.forget()
            raise

    def _read(self, path: str) -> Item | None:
        try:
            return item_of(self._graph.get(path))
        except NotFound:
            return None

    def _item_path(self, item_id: str) -> str:
        return f"{self._base}/items/{segment(item_id)}"

    def _below(self, folder_id: str, path: str) -> str:
        folder = f"{self._base}/root" if folder_id == ROOT else self._item_path(folder_id)
        return f"{folder}:/{quoted(path)}"

    def _found_or_made(self, folder_id: str, path: str) -> Item:
        if not path:
            return self._folder(item_of(self._graph.get(self._item_path(folder_id))))
        found = self._read(self._below(folder_id, path))
        if found is None:
            parent, _, name = path.rpartition("/")
            parent_id = self.folder_below(folder_id, parent).id if parent else folder_id
            found = self._make_folder(parent_id, name)
        return self._folder(found)

    def _folder(self, item: Item) -> Item:
        if item.content is not None:
            raise Permanent(
                "not_a_folder", f"drive {self.id}: a file stands where a folder of the policy should (item {item.id})"
            )
        return item

    def _make_folder(self, parent_id: str, name: str) -> Item:
        try:
            return item_of(
                self._graph.post(
                    f"{self._item_path(parent_id)}/children", {"name": name, "folder": {}, **_FAIL_IF_THERE}
                )
            )
        except Conflict as conflict:  # somebody made it since we looked
            found = self.child(parent_id, name)
            if found is None:
                raise Transient(
                    "folder_in_motion", f"drive {self.id}: a folder is there, yet not to be found"
                ) from conflict
            return found


def library(graph: GraphClient, site: str, name: str, sessions: Sessions | None = None) -> Drive:
    """Find the document library *name* of *site* (`example.sharepoint.com:/sites/projecten`).

    Raises: Permanent("unknown_library") when the site has none of that name.
    """
    host, _, path = site.partition(":")
    found = graph.get(f"/sites/{host}:/{quoted(path)}")
    for drive in graph.pages(f"/sites/{segment(found['id'])}/drives"):
        if drive["name"] == name:
            return Drive(graph, drive["id"], sessions)
    raise Permanent("unknown_library", f"site {site} has no library {name!r}: mend mailroom.library in hub.toml")


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
