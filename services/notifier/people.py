"""Asks Graph what colleagues are called, at the moment of telling: names travel over no bus and are not kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from shared.errors import HubError
from shared.graph.client import GraphClient
from shared.graph.errors import NotFound
from shared.graph.protocol import call

_NAME = {"$select": "id,displayName"}


class People:
    """The accounts of the tenant, by the name that everybody sees. Needs User.Read.All."""

    def __init__(self, graph: GraphClient) -> None:
        self._graph = graph

    def names_of(self, user_ids: Iterable[str]) -> dict[str, str]:
        """Return the name of each account by its id; one that Graph does not know (any more) is not in it.

        One account that cannot be asked now fails them all: half a team would be told as the whole of it.
        """
        wanted = sorted(set(user_ids))
        # getByIds would be one call, and wants Directory.Read.All, which reads much more than names:
        # https://learn.microsoft.com/en-us/graph/api/directoryobject-getbyids
        answers = self._graph.many([call("GET", f"/users/{quote(each, safe='')}", params=_NAME) for each in wanted])
        names = (_name(answer) for answer in answers)
        return {user_id: name for user_id, name in zip(wanted, names, strict=True) if name}


def _name(answer: dict[str, Any] | HubError) -> str:
    if isinstance(answer, NotFound):
        return ""
    if isinstance(answer, HubError):
        raise answer
    return answer.get("displayName") or ""
