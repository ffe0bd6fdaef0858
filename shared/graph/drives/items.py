"""A folder or file of a library, as Graph writes it and as we mean it, and how it is addressed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from shared.graph.drives.fingerprints import Fingerprint


@dataclass(frozen=True)
class Item:
    """A folder or file. *folder* is the path it stands in, below the library's root; *content* is None for a folder.

    *etag* differs after every change, of content or of columns.
    """

    id: str
    name: str
    parent_id: str
    folder: str
    web_url: str
    content: Fingerprint | None
    etag: str = ""


def item_of(raw: Mapping[str, Any]) -> Item:
    """Read a driveItem (https://learn.microsoft.com/en-us/graph/api/resources/driveitem)."""
    parent = raw.get("parentReference", {})
    file = raw.get("file")
    # a file whose hash is still being computed has none: it equals nothing, and is asked again
    known = None if file is None else Fingerprint(raw.get("size", 0), file.get("hashes", {}).get("quickXorHash", ""))
    return Item(
        id=raw["id"],
        name=raw["name"],
        parent_id=parent.get("id", ""),
        folder=unquote(parent.get("path", "").partition("root:")[2]).lstrip("/"),
        web_url=raw.get("webUrl", ""),
        content=known,
        etag=raw.get("eTag", ""),
    )


def quoted(path: str) -> str:
    """Return *path* for an address, each name of it quoted."""
    # https://learn.microsoft.com/en-us/graph/onedrive-addressing-driveitems
    return "/".join(segment(part) for part in path.split("/") if part)


def segment(value: str) -> str:
    return quote(value, safe="")
