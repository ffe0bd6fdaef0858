"""`/users`: the accounts of the people."""

from flask import Blueprint, Response, request

from sandbox.directory import DEFAULT_PROPERTIES, DIRECTORY_DEFAULTS
from sandbox.errors import bad_request
from sandbox.graph.odata import property_filter
from sandbox.graph.protocol import entity, json_body, number, page, selected, tenant
from sandbox.state import Json

bp = Blueprint("users", __name__)
_PAGE, _LARGEST_PAGE = 100, 999
_FILTERABLE = {"id", "employeeId", "userPrincipalName", "mail", "department", "displayName", "accountEnabled"}
_REQUIRED = ("accountEnabled", "displayName", "mailNickname", "userPrincipalName", "passwordProfile")
_WRITABLE = DIRECTORY_DEFAULTS.keys() - {"id", "createdDateTime", "proxyAddresses", "mail"} | {"passwordProfile"}


@bp.get("/users")
def list_users() -> Response:
    matches = property_filter(request.args.get("$filter"), _FILTERABLE)
    if number("$top", _PAGE) > _LARGEST_PAGE:
        raise bad_request("Invalid page size specified: it must be between 1 and 999.", "Request_UnsupportedQuery")
    with tenant().lock:
        found = [user for user in tenant().users.values() if matches(user)]
        return page("users", found, _shown, _PAGE, cursor="$skiptoken")


@bp.get("/users/<key>")
def get_user(key: str) -> Response:
    with tenant().lock:
        return entity("users", _shown(tenant().user(key)))


@bp.post("/users")
def create_user() -> Response:
    body = json_body()
    _writable(body)
    for name in _REQUIRED:
        if name not in body:
            raise bad_request(f"A value is required for property '{name}' of resource 'User'.", "Request_BadRequest")
    with tenant().lock:
        _unique(body["userPrincipalName"])
        user = tenant().add_user(_kept(body) | {"mail": body["userPrincipalName"]})
        return entity("users", {key: user[key] for key in DEFAULT_PROPERTIES}, 201)


@bp.patch("/users/<key>")
def update_user(key: str) -> Response:
    body = json_body()
    _writable(body)
    tenant().update_user(key, _kept(body))
    return Response(status=204)


@bp.delete("/users/<key>")
def delete_user(key: str) -> Response:
    """Delete an account in such a way that it can be restored."""
    tenant().delete_user(key)
    return Response(status=204)


@bp.delete("/directory/deletedItems/<user_id>")
def purge_user(user_id: str) -> Response:
    tenant().purge_user(user_id)
    return Response(status=204)


def _shown(user: Json) -> Json:
    return selected(user, always=(), default=DEFAULT_PROPERTIES)


def _kept(body: Json) -> Json:
    return {key: value for key, value in body.items() if key != "passwordProfile"}


def _writable(body: Json) -> None:
    if unknown := body.keys() - _WRITABLE:
        message = f"Property '{min(unknown)}' does not exist as a writable property of 'microsoft.graph.user'."
        raise bad_request(message, "Request_BadRequest")


def _unique(name: str) -> None:
    if name.lower() in tenant().ids:
        message = "Another object with the same value for property userPrincipalName already exists."
        raise bad_request(message, "Request_BadRequest")
