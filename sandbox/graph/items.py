"""What every request about a folder or file has in common: how it is shown, its versions, and who hears of it."""

from flask import request

from sandbox.errors import GraphError
from sandbox.graph.drive_items import rendered, rendered_list_item
from sandbox.graph.protocol import tenant, transfer_url
from sandbox.library import Item, Library
from sandbox.state import Json
from sandbox.subscriptions import Change


def record(library: Library, item: Item, action: str) -> None:
    """Note in the ledger what happened to *item* and tell the subscribers of its drive."""
    kind = "folder" if item.is_folder else "file"
    tenant().record(kind, library.path(item), item.id, action, {"size": len(item.content), "hash": item.hash})
    tell(library)


def tell(library: Library) -> None:
    """Tell the subscribers of the drive that something changed."""
    topic = f"drives/{library.id}/root"  # which item is not said: the subscriber asks for the delta
    tenant().changed(Change(topic, "updated", "DriveItem", topic, id=""))


def shown(library: Library, item: Item) -> Json:
    """Write *item* as a driveItem, with what $expand asks."""
    made = rendered(library, item)
    if not item.is_folder:
        made["@microsoft.graph.downloadUrl"] = download_url(library, item)
    if "listItem" in request.args.get("$expand", ""):
        made["listItem"] = rendered_list_item(library, item, with_fields="fields" in request.args["$expand"])
    return made


def download_url(library: Library, item: Item) -> str:
    return transfer_url(f"download/{library.id}/{item.id}?tempauth={item.secret}")


def check_match(item: Item) -> None:
    """Raises: GraphError 412 when the caller knows another version."""
    match, none = request.headers.get("If-Match"), request.headers.get("If-None-Match")
    if match not in (None, "*", item.etag) or none in ("*", item.etag):
        raise GraphError(412, "resourceModified", "ETag does not match current item's value.")
