"""Accounts in the tenant: who is this employee, and who is this account?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from shared.graph.client import GraphClient
from shared.graph.errors import NotFound

_FIELDS = {"$select": "id,userPrincipalName,employeeId,mail"}  # employeeId only comes when asked for


@dataclass(frozen=True)
class User:
    """One account. *mail* is None for an account without a mailbox."""

    id: str
    upn: str
    employee: str | None = None
    mail: str | None = None


class Directory:
    """The accounts of the tenant."""

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


def _user(raw: Mapping[str, Any]) -> User:
    return User(id=raw["id"], upn=raw["userPrincipalName"], employee=raw.get("employeeId"), mail=raw.get("mail"))
