"""`/groups`: who belongs together, also by way of a group in the group."""

from collections.abc import Iterator

from flask import Blueprint, Response, request

from sandbox.directory import DEFAULT_PROPERTIES, Group
from sandbox.errors import bad_request, not_found
from sandbox.graph.odata import property_filter
from sandbox.graph.protocol import entity, number, page, selected, tenant
from sandbox.state import Json

bp = Blueprint("groups", __name__)
_PAGE, _LARGEST_PAGE = 100, 999
_USER, _GROUP = "#microsoft.graph.user", "#microsoft.graph.group"


@bp.get("/groups")
def list_groups() -> Response:
    matches = property_filter(request.args.get("$filter"), {"id", "displayName"})
    with tenant().lock:
        found = [group for each in tenant().groups.values() if matches(group := _rendered(each))]
        return page("groups", found, selected, _PAGE, cursor="$skiptoken")


@bp.get("/groups/<group_id>")
def get_group(group_id: str) -> Response:
    with tenant().lock:
        return entity("groups", _rendered(_group(group_id)))


@bp.get("/groups/<group_id>/transitiveMembers")
def list_members(group_id: str) -> Response:
    with tenant().lock:
        return _page("directoryObjects", list(_below(_group(group_id), set())))


@bp.get("/groups/<group_id>/transitiveMembers/graph.user")  # so says Microsoft's own library
@bp.get("/groups/<group_id>/transitiveMembers/microsoft.graph.user")
def list_people(group_id: str) -> Response:
    # https://learn.microsoft.com/en-us/graph/api/group-list-transitivemembers#request-headers
    if request.headers.get("ConsistencyLevel", "").lower() != "eventual" or request.args.get("$count") != "true":
        message = "A cast needs the header 'ConsistencyLevel: eventual' and $count=true."
        raise bad_request(message, "Request_UnsupportedQuery")
    with tenant().lock:
        people = [each for each in _below(_group(group_id), set()) if each["@odata.type"] == _USER]
        return _page("users", people)


def _page(fragment: str, members: list[Json]) -> Response:
    if number("$top", _PAGE) > _LARGEST_PAGE:
        raise bad_request("Invalid page size specified: it must be between 1 and 999.", "Request_UnsupportedQuery")
    return page(fragment, members, _shown, _PAGE, cursor="$skiptoken")


def _shown(member: Json) -> Json:
    return selected(member, always=(), default=("@odata.type", *member.keys() & DEFAULT_PROPERTIES))


def _below(group: Group, seen: set[str]) -> Iterator[Json]:
    """Yield accounts and groups, each once, however often and deep it is in it. Who was deleted is in no group."""
    for id_ in group.members:
        if id_ in seen:
            continue
        seen.add(id_)
        if id_ in tenant().users:
            yield {"@odata.type": _USER} | tenant().users[id_]
        elif inner := tenant().groups.get(id_):
            yield {"@odata.type": _GROUP} | _rendered(inner)
            yield from _below(inner, seen)


def _group(group_id: str) -> Group:
    if group_id not in tenant().groups:
        raise not_found(f"Resource '{group_id}' does not exist.", "Request_ResourceNotFound")
    return tenant().groups[group_id]


def _rendered(group: Group) -> Json:
    is_team = group.visibility is not None
    return {
        "id": group.id,
        "displayName": group.name,
        "mailEnabled": is_team,
        "securityEnabled": not is_team,
        "groupTypes": ["Unified"] if is_team else [],
        "visibility": group.visibility,
    }
