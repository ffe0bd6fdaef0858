"""What the hub must know of a team before it puts a letter there: where the files are, and who may look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from shared.errors import Permanent
from shared.graph.client import GraphClient
from shared.graph.drives import Item, item_of
from shared.graph.errors import NotFound

Visibility = Literal["private", "public", "hiddenMembership"]
_VISIBILITIES: Mapping[str, Visibility] = {"private": "private", "hiddenmembership": "hiddenMembership"}


@dataclass(frozen=True)
class ChannelFolder:
    """Where the files of a channel stand; those of a private or shared one in a site of its own."""

    drive_id: str
    item: Item


class Teams:
    """The teams of the tenant, by id of their group."""

    def __init__(self, graph: GraphClient) -> None:
        self._graph = graph

    def files_folder(self, team_id: str, channel_id: str) -> ChannelFolder:
        """Return the folder of the channel's Files tab.

        Raises: Permanent("channel_folder_missing") when there is none yet, or no such channel.
        """
        path = f"{_channel(team_id, channel_id)}/filesFolder"
        try:  # https://learn.microsoft.com/en-us/graph/api/channel-get-filesfolder
            raw = self._graph.get(path)
        except NotFound as error:  # https://learn.microsoft.com/en-us/answers/questions/295014/
            raise Permanent(
                "channel_folder_missing",
                f"team {team_id} has no folder for channel {channel_id}: check both ids, then open the channel's Files "
                "tab in Teams once, which makes the folder",
            ) from error
        return ChannelFolder(raw["parentReference"]["driveId"], item_of(raw))

    def visibility(self, team_id: str) -> Visibility:
        """Return who finds the team; what is not said counts as `public`.

        Raises: Permanent("unknown_team").
        """
        try:  # https://learn.microsoft.com/en-us/graph/api/resources/group - written with a capital there
            group = self._graph.get(f"/groups/{quote(team_id, safe='')}", params={"$select": "visibility"})
        except NotFound as error:
            raise _unknown(team_id) from error
        return _VISIBILITIES.get(str(group.get("visibility")).lower(), "public")

    def has_guests(self, team_id: str, channel_id: str) -> bool:
        """Tell whether anybody from outside reads along in the channel, members of teams that share it included.

        Raises: Permanent("unknown_team").
        """
        path = _channel(team_id, channel_id)
        try:
            ours = self._graph.get(path, params={"$select": "id,tenantId"}).get("tenantId")
            # https://learn.microsoft.com/en-us/graph/api/channel-list-allmembers - `members` leaves out indirect ones
            return any(_is_guest(member, ours) for member in self._graph.pages(f"{path}/allMembers"))
        except NotFound as error:
            raise _unknown(team_id) from error


def _is_guest(member: Mapping[str, Any], ours: str | None) -> bool:
    """Somebody of another tenant is no `guest`, and is told as an owner.

    Source: https://learn.microsoft.com/en-us/graph/api/resources/conversationmember
    """
    theirs = member.get("tenantId")
    return "guest" in [role.lower() for role in member.get("roles") or []] or bool(ours and theirs and ours != theirs)


def _channel(team_id: str, channel_id: str) -> str:
    return f"/teams/{quote(team_id, safe='')}/channels/{quote(channel_id, safe='')}"


def _unknown(team_id: str) -> Permanent:
    return Permanent("unknown_team", f"no team {team_id}, or not that channel of it: mend the ids of the project")
