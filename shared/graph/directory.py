"""Accounts in the tenant: who is this employee, who is this account, and which accounts are there?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from shared.graph.client import GraphClient
from shared.graph.delta_page import Beginning, read_page
from shared.graph.errors import NotFound

# employeeId and accountEnabled only come when asked for
_FIELDS = {"$select": "id,userPrincipalName,employeeId,mail,accountEnabled"}
_EVERYBODY = Beginning("/users/delta", _FIELDS, _FIELDS)
_MEMBERS_PAGE = 999  # https://learn.microsoft.com/en-us/graph/api/group-list-transitivemembers: the most; default 100
_USER_TYPE = "#microsoft.graph.user"


@dataclass(frozen=True)
class User:
    """One account. *mail* is None for an account without a mailbox; who left is often kept, not *enabled*."""

    id: str
    upn: str
    employee: str | None = None
    mail: str | None = None
    enabled: bool = True


@dataclass(frozen=True)
class Accounts:
    """One page of what there is, or of what changed. Merge by id: an account may come again, and the last word counts.

    Of an account that changed, Graph need not tell more than its id and what changed: ask for it by `user`.

    *link* is where to go on: now, or for the changes from here when *is_over*. *is_start*: this is the first page of
    everything, so an account that is known and told on none of the pages until *is_over* is gone.
    """

    users: Sequence[User]
    removed: Sequence[str]  # ids
    link: str
    is_over: bool
    is_start: bool


class Directory:
    """The accounts of the tenant. Needs User.Read.All, for `members` GroupMember.Read.All too."""

    def __init__(self, graph: GraphClient) -> None:
        self._graph = graph

    def user(self, id_or_upn: str) -> User | None:
        """Return the account, None when there is none (any more)."""
        try:
            return _user(self._graph.get(f"/users/{quote(id_or_upn, safe='')}", params=_FIELDS))
        except NotFound:
            return None

    def with_employee_id(self, employee: str) -> list[User]:
        """Return the accounts that carry this personnel number: one, if the directory is in order."""
        literal = employee.replace("'", "''")
        found = self._graph.pages("/users", params={"$filter": f"employeeId eq '{literal}'", **_FIELDS})
        return [_user(raw) for raw in found]

    def delta(self, link: str | None) -> Accounts:
        """Return the page at *link*, without one the first page of everybody: one request, so store it and go on.

        A link lives seven days; one that Graph no longer honours brings the first page of everybody again.
        Source: https://learn.microsoft.com/en-us/graph/api/user-delta
        """
        page = read_page(self._graph, _EVERYBODY, link)
        return Accounts(
            users=[_user(raw) for raw in page.items if "@removed" not in raw],
            removed=[raw["id"] for raw in page.items if "@removed" in raw],
            link=page.link,
            is_over=page.is_over,
            is_start=link is None or page.was_reset,
        )

    def members(self, group_id: str) -> Iterator[str]:
        """Yield the ids of the accounts in the group and in the groups in it. Raises: NotFound without such a group.

        Without the cast to users, which reads an index that lags and asks for a header of its own.
        Source: https://learn.microsoft.com/en-us/graph/api/group-list-transitivemembers
        """
        query = {"$select": "id", "$top": str(_MEMBERS_PAGE)}
        path = f"/groups/{quote(group_id, safe='')}/transitiveMembers"
        found = self._graph.pages(path, params=query)
        return (raw["id"] for raw in found if raw.get("@odata.type") == _USER_TYPE)


def _user(raw: Mapping[str, Any]) -> User:
    return User(
        id=raw["id"],
        upn=raw.get("userPrincipalName") or "",
        employee=raw.get("employeeId"),
        mail=raw.get("mail"),
        enabled=raw.get("accountEnabled") is not False,
    )
