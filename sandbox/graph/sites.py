"""`/sites`: a SharePoint site, its libraries and the columns of the lists behind them."""

from flask import Blueprint, Response, jsonify

from sandbox.columns import read_column, rendered_column
from sandbox.errors import not_found
from sandbox.graph.drive_items import rendered_fields, rendered_list_item
from sandbox.graph.files import fill_columns
from sandbox.graph.protocol import context, entity, json_body, page, selected, tenant
from sandbox.library import Item, Library
from sandbox.state import Json
from sandbox.zones import utc

bp = Blueprint("sites", __name__)
_PAGE = 200


@bp.get("/sites/<host>:/<path:site_path>")
def get_site_by_path(host: str, site_path: str) -> Response:
    wanted = f"https://{host}/{site_path}".rstrip("/:").lower()
    for site in tenant().sites.values():
        if site["webUrl"].lower() == wanted:
            return entity("sites", site)
    raise not_found("Requested site could not be found")


@bp.get("/sites/<site_id>")
def get_site(site_id: str) -> Response:
    return entity("sites", _site(site_id))


@bp.get("/sites/<site_id>/drive")
def get_default_drive(site_id: str) -> Response:
    return entity("drives", rendered_drive(_libraries(site_id)[0]))


@bp.get("/sites/<site_id>/drives")
def list_drives(site_id: str) -> Response:
    value = [rendered_drive(library) for library in _libraries(site_id)]
    return jsonify({"@odata.context": context("drives"), "value": value})


@bp.get("/drives/<drive_id>")
def get_drive(drive_id: str) -> Response:
    library = tenant().drives.get(drive_id)
    if library is None:
        raise not_found("The resource could not be found.")
    return entity("drives", rendered_drive(library))


@bp.get("/drives/<drive_id>/list")
def get_list_of_drive(drive_id: str) -> Response:
    library = tenant().drives.get(drive_id)
    if library is None:
        raise not_found("The resource could not be found.")
    return entity("lists", _rendered_list(library))


@bp.get("/sites/<site_id>/lists")
def list_lists(site_id: str) -> Response:
    value = [_rendered_list(library) for library in _libraries(site_id)]
    return jsonify({"@odata.context": context("lists"), "value": value})


@bp.get("/sites/<site_id>/lists/<list_id>")
def get_list(site_id: str, list_id: str) -> Response:
    return entity("lists", _rendered_list(_library(site_id, list_id)))


@bp.get("/sites/<site_id>/lists/<list_id>/columns")
def list_columns(site_id: str, list_id: str) -> Response:
    library = _library(site_id, list_id)
    columns = [rendered_column(column, _id(library, place)) for place, column in enumerate(library.columns)]
    return page("columns", columns, selected, _PAGE)


@bp.post("/sites/<site_id>/lists/<list_id>/columns")
def create_column(site_id: str, list_id: str) -> Response:
    column = read_column(json_body())
    with tenant().lock:
        library = _library(site_id, list_id)
        library.add_column(column)
        tenant().record("column", f"{library.name}/{column.name}", library.list_id, "created")
        return entity("columns", rendered_column(column, _id(library, len(library.columns) - 1)), 201)


@bp.get("/sites/<site_id>/lists/<list_id>/items/<int:number>")
def get_list_item(site_id: str, list_id: str, number: int) -> Response:
    library = _library(site_id, list_id)
    with tenant().lock:
        return entity("items", rendered_list_item(library, _row(library, number), with_fields=True))


@bp.get("/sites/<site_id>/lists/<list_id>/items/<int:number>/fields")
def get_fields(site_id: str, list_id: str, number: int) -> Response:
    with tenant().lock:
        return entity("fields", rendered_fields(_row(_library(site_id, list_id), number)))


@bp.patch("/sites/<site_id>/lists/<list_id>/items/<int:number>/fields")
def update_fields(site_id: str, list_id: str, number: int) -> Response:
    library = _library(site_id, list_id)
    with tenant().lock:
        return fill_columns(library, _row(library, number))


def rendered_drive(library: Library) -> Json:
    return {
        "id": library.id,
        "name": library.name,
        "driveType": "documentLibrary",
        "webUrl": library.web_url,
        "createdDateTime": utc(library.created),
        "lastModifiedDateTime": utc(library.created),
    }


def _rendered_list(library: Library) -> Json:
    return {
        "id": library.list_id,
        "name": library.name,
        "displayName": library.name,
        "webUrl": library.web_url,
        "createdDateTime": utc(library.created),
        "lastModifiedDateTime": utc(library.created),
        "parentReference": {"siteId": library.site["id"]},
        "list": {"contentTypesEnabled": False, "hidden": False, "template": "documentLibrary"},
    }


def _id(library: Library, place: int) -> str:
    return f"{library.list_id[:-12]}{place:012d}"


def _site(site_id: str) -> Json:
    if site_id not in tenant().sites:
        raise not_found("Requested site could not be found")
    return tenant().sites[site_id]


def _libraries(site_id: str) -> list[Library]:
    site = _site(site_id)
    return [library for library in tenant().drives.values() if library.site["id"] == site["id"]]


def _library(site_id: str, list_id: str) -> Library:
    for library in _libraries(site_id):
        if list_id.lower() in (library.list_id, library.name.lower()):
            return library
    raise not_found("The specified list was not found")


def _row(library: Library, number: int) -> Item:
    for item in library.items.values():
        if item.number == number and item.parent is not None:
            return item
    raise not_found("The specified list item was not found")
