"""`/drives/{id}/root` and `/drives/{id}/items`: folders and files, by id or by path."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, jsonify, redirect, request

from sandbox.errors import GraphError, bad_request, not_found
from sandbox.graph.drive_items import rendered_fields, rendered_list_item, rendered_versions
from sandbox.graph.items import check_match, download_url, record, shown, tell
from sandbox.graph.protocol import context, entity, json_body, page, selected, tenant, transfer_url
from sandbox.library import Item, Library, conflict_behaviour
from sandbox.state import Json
from sandbox.uploads import LIFETIME, Upload
from sandbox.zones import offset_time, utc

bp = Blueprint("files", __name__)
_PAGE = 200
_LARGEST_PUT = 250 * 1024 * 1024  # bytes
_CONFLICT = "@microsoft.graph.conflictBehavior"
_WRITABLE = {"name", "parentReference", "fileSystemInfo"}
# root:/folder/file:/content, items/{id}/children, items/{id}:/file:/createUploadSession
# https://learn.microsoft.com/en-us/graph/onedrive-addressing-driveitems
_ADDRESS = re.compile(r"(?:root|items/(?P<id>[^/:]+))(?::/(?P<path>[^:]+?)/?(?::|$))?(?:/(?P<action>.+))?")


@dataclass(frozen=True)
class Address:
    """What a request is about: the item at *path* below *base*, which need not exist yet."""

    library: Library
    base: Item
    path: str

    @property
    def item(self) -> Item:
        return self.library.at(self.path, self.base)

    @property
    def parent(self) -> Item:
        return self.library.at(self.path.rpartition("/")[0], self.base)

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@bp.route("/drives/<drive_id>/<path:rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def drive_item(drive_id: str, rest: str) -> Response:
    match = _ADDRESS.fullmatch(rest)
    if match is None:
        raise bad_request("The address of the item is malformed.")
    action = (match["action"] or "").removeprefix("microsoft.graph.")
    answer = _ACTIONS.get((request.method, action))
    if answer is None:
        raise bad_request(f"{request.method} {action or 'item'} is not offered.", "BadRequest")
    request.get_data()  # a slow sender does not keep the lock
    with tenant().lock:
        library = tenant().drives.get(drive_id)
        if library is None:
            raise not_found("The resource could not be found.")
        return answer(Address(library, library.item(match["id"] or "root"), match["path"] or ""))


def get_item(address: Address) -> Response:
    return entity("items", shown(address.library, address.item))


def update_item(address: Address) -> Response:
    """Rename, move within the drive, or take the dates that a client knows. All of it, or nothing."""
    body, library, item = json_body(), address.library, address.item
    if unknown := body.keys() - _WRITABLE:
        raise bad_request(f"'{min(unknown)}' cannot be changed.")
    check_match(item)
    dates = _dates(item, body.get("fileSystemInfo", {}))
    if {"name", "parentReference"} & body.keys():
        parent = _new_parent(address, body.get("parentReference", {}))
        library.move(item, parent, body.get("name", item.name), tenant().now())
        record(library, item, "moved")
    if "fileSystemInfo" in body:
        item.dates, item.version = dates, item.version + 1
        record(library, item, "dated")
    return entity("items", shown(library, item))


def _new_parent(address: Address, wanted: Json) -> Item:
    # https://learn.microsoft.com/en-us/graph/api/driveitem-move - "Items cannot be moved between Drives"
    if wanted.get("driveId", address.library.id) != address.library.id:
        raise bad_request("An item cannot be moved to another drive.")
    return address.library.item(wanted.get("id") or address.item.parent or "root")


def _dates(item: Item, wanted: Json) -> tuple[datetime | None, datetime | None]:
    created, modified = (
        offset_time(wanted[name], name) if name in wanted else known
        for name, known in zip(("createdDateTime", "lastModifiedDateTime"), item.dates, strict=True)
    )
    return created, modified


def list_versions(address: Address) -> Response:
    if address.item.is_folder:
        raise bad_request("A folder has no versions.")
    return page("versions", rendered_versions(address.item), lambda version: version, _PAGE)


def delete_item(address: Address) -> Response:
    item = address.item
    check_match(item)
    record(address.library, item, "deleted")
    address.library.remove(item)
    return Response(status=204)


def list_children(address: Address) -> Response:
    children = sorted(address.library.children(address.item), key=lambda item: item.name.lower())
    return page("children", children, lambda item: selected(shown(address.library, item)), _PAGE)


def create_folder(address: Address) -> Response:
    body = json_body()
    if not isinstance(body.get("name"), str) or not isinstance(body.get("folder"), dict):
        raise bad_request("A folder needs 'name' and 'folder'.")
    conflict = conflict_behaviour(body.get(_CONFLICT, "fail"))
    folder = address.library.add_folder(address.item, body["name"], conflict, tenant().now())
    record(address.library, folder, "created")
    return entity("items", shown(address.library, folder), 201)


def put_content(address: Address) -> Response:
    content = request.get_data()
    if len(content) > _LARGEST_PUT:
        raise GraphError(413, "requestEntityTooLarge", "Use an upload session for files above 250 MB.")
    if not address.path:
        check_match(address.item)
        address.library.write(address.item, content, tenant().now())
        record(address.library, address.item, "updated")
        return entity("items", shown(address.library, address.item))
    conflict = conflict_behaviour(request.args.get(_CONFLICT, "replace"))
    there = address.library.child(address.parent, address.name)
    if there is not None:
        check_match(there)
    item, is_new = address.library.put_file(address.parent, address.name, content, conflict, tenant().now())
    record(address.library, item, "created" if is_new else "updated")
    return entity("items", shown(address.library, item), 201 if is_new else 200)


def get_content(address: Address) -> Response:
    item = address.item
    if item.is_folder:
        raise bad_request("A folder has no content.")
    response = redirect(download_url(address.library, item), 302)
    return Response(status=302, headers={"Location": response.headers["Location"]})


def create_upload_session(address: Address) -> Response:
    body = json_body() if request.data else {}
    wanted = body.get("item", {})
    if body.get("deferCommit"):
        raise bad_request("The sandbox does not offer deferCommit.")
    conflict = conflict_behaviour(wanted.get(_CONFLICT, "fail" if address.path else "replace"))
    parent, name = (address.parent, address.name) if address.path else _place(address)
    there = address.library.child(parent, name)
    if there is not None:
        check_match(there)
    address.library.check_free(parent, name, conflict)
    upload = Upload(address.library, parent, name, conflict, tenant().now() + LIFETIME, wanted.get("fileSize"))
    tenant().uploads[upload.token] = upload
    answer = {
        "uploadUrl": transfer_url(f"upload/{upload.token}"),
        "expirationDateTime": utc(upload.expires),
        "nextExpectedRanges": upload.expected,
    }
    return jsonify({"@odata.context": context("microsoft.graph.uploadSession")} | answer)


def get_list_item(address: Address) -> Response:
    with_fields = "fields" in request.args.get("$expand", "")
    return entity("listItem", rendered_list_item(address.library, address.item, with_fields=with_fields))


def get_fields(address: Address) -> Response:
    return entity("fields", rendered_fields(address.item))


def update_fields(address: Address) -> Response:
    return fill_columns(address.library, address.item)


def fill_columns(library: Library, item: Item) -> Response:
    """Answer a PATCH of an item's columns."""
    body = json_body()
    check_match(item)
    library.set_fields(item, {name: value for name, value in body.items() if "@" not in name}, tenant().now())
    key = library.path(item)
    tenant().record("fields", key, item.id, "updated", {"fields": sorted(body)})
    tell(library)
    return entity("fields", rendered_fields(item))


def _place(address: Address) -> tuple[Item, str]:
    item = address.item
    if item.parent is None:
        raise bad_request("The root cannot be replaced.")
    return address.library.items[item.parent], item.name


_ACTIONS: dict[tuple[str, str], Callable[[Address], Response]] = {
    ("GET", ""): get_item,
    ("PATCH", ""): update_item,
    ("GET", "versions"): list_versions,
    ("DELETE", ""): delete_item,
    ("GET", "children"): list_children,
    ("POST", "children"): create_folder,
    ("PUT", "content"): put_content,
    ("GET", "content"): get_content,
    ("POST", "createUploadSession"): create_upload_session,
    ("GET", "listItem"): get_list_item,
    ("GET", "listItem/fields"): get_fields,
    ("PATCH", "listItem/fields"): update_fields,
}
