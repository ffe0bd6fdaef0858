"""`/teams`: a team, its channels, where their files stand and who reads along."""

import base64

from flask import Blueprint, Response, jsonify

from sandbox.directory import Group
from sandbox.errors import not_found
from sandbox.graph.items import shown
from sandbox.graph.protocol import context, entity, tenant
from sandbox.state import Json
from sandbox.teams import Channel, Team

bp = Blueprint("teams", __name__)
_CHANNEL = "/teams/<team_id>/channels/<channel_id>"


@bp.get("/teams/<team_id>")
def get_team(team_id: str) -> Response:
    with tenant().lock:
        return entity("teams", _rendered(_team(team_id)))


@bp.get("/teams/<team_id>/channels")
def list_channels(team_id: str) -> Response:
    with tenant().lock:
        channels = [_rendered_channel(channel) for channel in _team(team_id).channels.values()]
        return _collection(f"teams('{team_id}')/channels", channels)


@bp.get(_CHANNEL)
def get_channel(team_id: str, channel_id: str) -> Response:
    with tenant().lock:
        return entity(f"teams('{team_id}')/channels", _rendered_channel(_channel(team_id, channel_id)))


@bp.get(f"{_CHANNEL}/filesFolder")
def get_files_folder(team_id: str, channel_id: str) -> Response:
    """Answer the folder; 404 until somebody opens the channel's Files tab."""
    # https://learn.microsoft.com/en-us/answers/questions/295014/teams-get-filesfolder-api-issue
    with tenant().lock:
        channel = _channel(team_id, channel_id)
        if channel.folder is None:
            raise not_found("Folder location for this channel is not ready yet, please try again later.", "NotFound")
        drive_id, item_id = channel.folder
        library = tenant().drives[drive_id]
        # no more is said of where it stands: https://learn.microsoft.com/en-us/graph/api/channel-get-filesfolder
        place = {"driveId": drive_id, "driveType": "documentLibrary"}
        return entity("filesFolder", shown(library, library.item(item_id)) | {"parentReference": place})


@bp.get("/teams/<team_id>/members")
def list_team_members(team_id: str) -> Response:
    with tenant().lock:
        return _collection(f"teams('{team_id}')/members", _members(_team(team_id)))


@bp.get(f"{_CHANNEL}/members")
def list_members(team_id: str, channel_id: str) -> Response:
    with tenant().lock:
        _channel(team_id, channel_id)
        return _collection(f"teams('{team_id}')/channels('{channel_id}')/members", _members(_team(team_id)))


@bp.get(f"{_CHANNEL}/allMembers")
def list_all_members(team_id: str, channel_id: str) -> Response:
    """Answer who reads the channel; of a shared one also who comes in by a team that it is shared with."""
    with tenant().lock:
        team, channel = _team(team_id), _channel(team_id, channel_id)
        outside = team.outside if channel.membership == "shared" else {}
        # https://learn.microsoft.com/en-us/graph/api/resources/conversationmember - somebody of elsewhere is an owner
        members = [_member(team, id_, ["owner"], home) for id_, home in outside.items()]
        return _collection(f"teams('{team_id}')/channels('{channel_id}')/allMembers", _members(team) + members)


def _collection(fragment: str, value: list[Json]) -> Response:
    return jsonify({"@odata.context": context(fragment), "@odata.count": len(value), "value": value})


def _members(team: Team) -> list[Json]:
    """A basic member has no role (https://learn.microsoft.com/en-us/graph/api/resources/conversationmember)."""
    return [_member(team, id_, _roles(team, id_), tenant().tenant_id) for id_ in _group(team).members]


def _roles(team: Team, user_id: str) -> list[str]:
    if tenant().users[user_id]["userType"] == "Guest":
        return ["guest"]
    return ["owner"] if user_id in team.owners else []


def _member(team: Team, user_id: str, roles: list[str], home: str) -> Json:
    known = tenant().users.get(user_id, {})
    return {
        "@odata.type": "#microsoft.graph.aadUserConversationMember",
        "id": base64.b64encode(f"{team.id}##{user_id}".encode()).decode(),
        "roles": roles,
        "displayName": known.get("displayName"),
        "userId": user_id,
        "email": known.get("mail"),
        "tenantId": home,
    }


def _rendered(team: Team) -> Json:
    group = _group(team)
    visibility = group.visibility or "Private"
    return {
        "id": team.id,
        "displayName": group.name,
        "description": group.name,
        "isArchived": False,
        "tenantId": tenant().tenant_id,
        "visibility": visibility[0].lower() + visibility[1:],  # a group writes it with a capital, a team does not
        "webUrl": f"https://teams.microsoft.com/l/team/{team.id}",
    }


def _rendered_channel(channel: Channel) -> Json:
    return {
        "id": channel.id,
        "displayName": channel.name,
        "description": None,
        "email": "",
        "isArchived": False,
        "membershipType": channel.membership,
        "tenantId": tenant().tenant_id,
        "webUrl": f"https://teams.microsoft.com/l/channel/{channel.id}",
    }


def _group(team: Team) -> Group:
    return tenant().groups[team.id]


def _team(team_id: str) -> Team:
    if team_id not in tenant().teams:
        raise not_found("No team found with Group Id " + team_id, "NotFound")
    return tenant().teams[team_id]


def _channel(team_id: str, channel_id: str) -> Channel:
    channels = _team(team_id).channels
    if channel_id not in channels:
        raise not_found("Channel not found.", "NotFound")
    return channels[channel_id]
