"""How a folder or file of a library looks in JSON: the driveItem, and the listItem behind it."""

from typing import Any
from urllib.parse import quote

from sandbox.library import Item, Library
from sandbox.zones import utc

Json = dict[str, Any]
# whatever a $select may name, for a folder has no `file` and a file no `folder`
PROPERTIES = frozenset({
    "id", "name", "eTag", "cTag", "createdDateTime", "lastModifiedDateTime", "webUrl", "size", "fileSystemInfo",
    "parentReference", "root", "folder", "file", "deleted", "@microsoft.graph.downloadUrl",
})  # fmt: skip
_FOLDER_TYPE = {"id": "0x0120", "name": "Folder"}
_DOCUMENT_TYPE = {"id": "0x0101", "name": "Document"}


def rendered(library: Library, item: Item) -> Json:
    """Write *item* as a driveItem."""
    made: Json = {
        "id": item.id,
        "name": item.name,
        "eTag": item.etag,
        "createdDateTime": utc(item.created),
        "lastModifiedDateTime": utc(item.modified),
        "webUrl": "/".join([library.web_url, *map(quote, filter(None, library.path(item).split("/")))]),
        "size": len(item.content),
        "fileSystemInfo": _client_dates(item),
        "parentReference": _parent(library, item),
    }
    if item.parent is None:
        made["root"] = {}
    if item.is_folder:
        return made | {"folder": {"childCount": len(library.children(item))}}
    mime = "application/pdf" if item.name.lower().endswith(".pdf") else "application/octet-stream"
    return made | {
        "cTag": item.ctag,  # folders have none in SharePoint
        "file": {"mimeType": mime, "hashes": {"quickXorHash": item.hash}},
    }


def rendered_change(library: Library, item: Item) -> Json:
    """Write *item* as a delta tells it: renaming a folder does not change what is in it, so no paths are told."""
    # https://learn.microsoft.com/en-us/graph/api/driveitem-delta#remarks - neither is the cTag
    made = {name: value for name, value in rendered(library, item).items() if name != "cTag"}
    return made | {"parentReference": {name: each for name, each in _parent(library, item).items() if name != "path"}}


def rendered_removal(library: Library, item_id: str, facet: str) -> Json:
    """Write what a delta tells of an item that is gone; *facet* is `folder` or `file`."""
    drive = {"driveType": "documentLibrary", "driveId": library.id, "siteId": library.site["id"]}
    # it hangs below the root, wherever it was, and has lost its name
    # https://learn.microsoft.com/en-us/graph/api/driveitem-delta#remarks
    return {
        "id": item_id,
        "deleted": {"state": "deleted"},
        "parentReference": drive | {"id": library.root.id},
        facet: {},
    }


def rendered_list_item(library: Library, item: Item, *, with_fields: bool) -> Json:
    """Write the row of the list behind the library that belongs to *item*."""
    made: Json = {
        "id": str(item.number),
        "eTag": item.etag,
        "createdDateTime": utc(item.created),
        "lastModifiedDateTime": utc(item.modified),
        "webUrl": rendered(library, item)["webUrl"],
        "contentType": _FOLDER_TYPE if item.is_folder else _DOCUMENT_TYPE,
        "parentReference": {"id": item.parent, "siteId": library.site["id"]},
    }
    return made | ({"fields": rendered_fields(item)} if with_fields else {})


def rendered_fields(item: Item) -> Json:
    fixed = {"@odata.etag": item.etag, "id": str(item.number), "FileLeafRef": item.name, "LinkFilename": item.name}
    return fixed | {name: value for name, value in item.fields.items() if value is not None}


def rendered_versions(item: Item) -> list[Json]:
    """Write the contents that *item* had, the newest first."""
    return [
        {"id": f"{each.number}.0", "lastModifiedDateTime": utc(each.modified), "size": each.size}
        for each in reversed(item.versions)
    ]


def _client_dates(item: Item) -> Json:
    created, modified = item.dates
    return {
        "createdDateTime": utc(created or item.created),
        "lastModifiedDateTime": utc(modified or item.modified),
    }


def _parent(library: Library, item: Item) -> Json:
    drive = {"driveType": "documentLibrary", "driveId": library.id, "siteId": library.site["id"]}
    if item.parent is None:
        return drive
    parent = library.items[item.parent]
    return drive | {
        "id": parent.id,
        "name": parent.name,
        "path": f"/drives/{library.id}/root:/{quote(library.path(parent))}".rstrip("/"),
    }
