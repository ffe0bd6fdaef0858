"""Folders, files and columns of a SharePoint document library, and proof that a file arrived whole."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from shared.errors import Permanent, Transient
from shared.graph.client import GraphClient
from shared.graph.errors import Conflict, NotFound, Refused

# https://learn.microsoft.com/en-us/graph/api/driveitem-createuploadsession
SMALL = 10 * 1024 * 1024  # bytes: up to here one PUT, above it an upload session
FRAGMENT = 16 * 320 * 1024  # bytes: 5 MiB, a multiple of 320 KiB as every fragment but the last must be
_FAIL_IF_THERE = {"@microsoft.graph.conflictBehavior": "fail"}
_REPLACE = {"@microsoft.graph.conflictBehavior": "replace"}


@dataclass(frozen=True)
class Fingerprint:
    """What proves that two contents are the same: length in bytes and quickXorHash."""

    size: int
    hash: str


@dataclass(frozen=True)
class Item:
    """A folder or file. *folder* is the path it stands in, below the library's root; *content* is None for a folder."""

    id: str
    name: str
    parent_id: str
    folder: str
    web_url: str
    content: Fingerprint | None


class Drive:
    """One document library. Paths are relative to its root: `A40201 - Digitaal/Post`."""

    def __init__(self, graph: GraphClient, drive_id: str) -> None:
        self.id = drive_id
        self._graph = graph
        self._base = f"/drives/{_segment(drive_id)}"

    def item(self, item_id: str) -> Item | None:
        """Return the item, None when somebody deleted it."""
        return self._read(self._item_path(item_id))

    def find(self, path: str) -> Item | None:
        """Return what stands at *path*, None when nothing does."""
        return self._read(f"{self._base}/root:/{_quoted(path)}")

    def child(self, folder_id: str, name: str) -> Item | None:
        """Return what is called *name* in the folder, None when nothing is."""
        return self._read(f"{self._item_path(folder_id)}:/{_segment(name)}")

    def ensure_folder(self, path: str) -> Item:
        """Return the folder at *path*, made with its parents where they were missing. Safe to repeat.

        Raises: Permanent("not_a_folder") when a file stands there.
        """
        found = self.find(path)
        if found is None:
            parent, _, name = path.rpartition("/")
            parent_id = self.ensure_folder(parent).id if parent else "root"
            found = self._make_folder(parent_id, name)
        if found.content is not None:
            raise Permanent(
                "not_a_folder", f"drive {self.id}: a file stands where a folder of the policy should (item {found.id})"
            )
        return found

    def upload(self, folder_id: str, name: str, source: Path) -> Item:
        """Write *source* as a new file.

        Raises: Conflict when the name is taken; Transient when the upload has to begin again.
        """
        return self._write(f"{self._item_path(folder_id)}:/{_segment(name)}:", source, _FAIL_IF_THERE)

    def replace(self, item_id: str, source: Path) -> Item:
        """Write *source* as a new version of the file; SharePoint keeps the older ones."""
        return self._write(self._item_path(item_id), source, _REPLACE)

    def move(self, item_id: str, folder_id: str, name: str) -> Item:
        """Give the file another place or name; id, versions and links stay."""
        return _item(self._graph.patch(self._item_path(item_id), {"parentReference": {"id": folder_id}, "name": name}))

    def fields(self, item_id: str) -> dict[str, Any]:
        """Return the columns by internal name: `{"PostKenmerk": "2026/IN/001234"}`; empty ones are absent."""
        return self._graph.get(f"{self._item_path(item_id)}/listItem/fields")

    def set_fields(self, item_id: str, values: Mapping[str, str | None]) -> None:
        """Fill columns by internal name; None empties one. Safe to repeat."""
        self._graph.patch(f"{self._item_path(item_id)}/listItem/fields", values)

    def _read(self, path: str) -> Item | None:
        try:
            return _item(self._graph.get(path))
        except NotFound:
            return None

    def _item_path(self, item_id: str) -> str:
        return f"{self._base}/items/{_segment(item_id)}"

    def _make_folder(self, parent_id: str, name: str) -> Item:
        try:
            return _item(
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

    def _write(self, target: str, source: Path, behaviour: Mapping[str, str]) -> Item:
        size = source.stat().st_size
        if size <= SMALL:
            return _item(self._graph.put(f"{target}/content", source.read_bytes(), params=behaviour))
        session = self._graph.post(f"{target}/createUploadSession", {"item": dict(behaviour)})
        try:
            return self._send(session["uploadUrl"], source, size)
        except (NotFound, Refused) as error:  # session gone (404) or out of step (416): only a new one helps
            raise Transient("upload_session_lost", f"drive {self.id}: {error}") from error

    def _send(self, url: str, source: Path, total: int) -> Item:
        """Send fragment after fragment, each where the service says that it expects the next."""
        position = 0
        with source.open("rb") as file:
            while True:
                file.seek(position)
                answer = self._graph.upload(url, file.read(FRAGMENT), first=position, total=total)
                if "id" in answer:
                    return _item(answer)
                expected = int(answer["nextExpectedRanges"][0].split("-")[0])
                if expected <= position:
                    raise Transient(
                        "upload_stalled", f"drive {self.id}: byte {position} of {total} was sent, yet is expected again"
                    )
                position = expected


def library(graph: GraphClient, site: str, name: str) -> Drive:
    """Find the document library *name* of *site* (`example.sharepoint.com:/sites/projecten`).

    Raises: Permanent("unknown_library") when the site has none of that name.
    """
    host, _, path = site.partition(":")
    found = graph.get(f"/sites/{host}:/{_quoted(path)}")
    for drive in graph.pages(f"/sites/{_segment(found['id'])}/drives"):
        if drive["name"] == name:
            return Drive(graph, drive["id"])
    raise Permanent("unknown_library", f"site {site} has no library {name!r}: mend mailroom.library in hub.toml")


# https://learn.microsoft.com/en-us/onedrive/developer/code-snippets/quickxorhash
_BITS, _SHIFT = 160, 11
_PERIOD = 160  # bytes: 160 steps of 11 bits bring a byte back to the position where it began
_PIECE = _PERIOD * 4096  # bytes read at a time


def fingerprint(source: Path) -> Fingerprint:
    """Return the fingerprint that SharePoint will give the content of *source*, read piece by piece."""
    size, columns = 0, 0
    with source.open("rb") as file:
        while piece := file.read(_PIECE):
            size += len(piece)
            columns ^= _folded(piece)
    return Fingerprint(size, quick_xor_hash(columns.to_bytes(_PERIOD, "little"), size))


def quick_xor_hash(columns: bytes, size: int) -> str:
    """Return the hash in base64: byte i XORed in at bit 11 x i, turning round at 160, then the length at the end.

    *columns* is content of at most a period's length, or longer content whose periods were XORed together.
    """
    state = 0
    for index, byte in enumerate(columns):
        state ^= byte << (index * _SHIFT % _BITS)
    state = (state ^ (state >> _BITS)) & ((1 << _BITS) - 1)  # what stuck out at the top comes back at the bottom
    state ^= size << (_BITS - 64)
    return base64.b64encode(state.to_bytes(_BITS // 8, "little")).decode()


def _folded(piece: bytes) -> int:
    """XOR the periods of *piece* together, halving it on period boundaries: few operations, each on a large number."""
    while len(piece) > _PERIOD:
        half = (len(piece) // _PERIOD + 1) // 2 * _PERIOD
        piece = (int.from_bytes(piece[:half], "little") ^ int.from_bytes(piece[half:], "little")).to_bytes(
            max(half, len(piece) - half), "little"
        )
    return int.from_bytes(piece, "little")


def _item(raw: Mapping[str, Any]) -> Item:
    parent = raw.get("parentReference", {})
    file = raw.get("file")
    # a file whose hash is still being computed has none: it equals nothing, and is asked again
    known = None if file is None else Fingerprint(raw.get("size", 0), file.get("hashes", {}).get("quickXorHash", ""))
    folder = unquote(parent.get("path", "").partition("root:")[2]).lstrip("/")
    return Item(raw["id"], raw["name"], parent.get("id", ""), folder, raw.get("webUrl", ""), known)


def _quoted(path: str) -> str:
    return "/".join(_segment(part) for part in path.split("/") if part)


def _segment(value: str) -> str:
    return quote(value, safe="")
