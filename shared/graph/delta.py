"""What changed since: Graph's delta queries over accounts, a folder's mail and a drive.

Source: https://learn.microsoft.com/en-us/graph/delta-query-overview
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from shared.errors import Transient
from shared.graph.client import GraphClient
from shared.graph.delta_page import Beginning, read_page
from shared.graph.errors import Unreachable
from shared.graph.protocol import relative

ITEMS_A_RUN = 1_000
PAGES_A_RUN = 100  # pages may be empty, and an account that changed nothing has as many as one that did
MAIL_FROM = timedelta(days=1)  # mail knows no "from now on": the first round takes what came since yesterday

_USERS = re.compile(r"users", re.IGNORECASE)
_GROUPS = re.compile(r"groups", re.IGNORECASE)
_MAIL = re.compile(r"users/([^/]+)/mailFolders/([^/]+)/messages", re.IGNORECASE)
_DRIVE = re.compile(r"drives/([^/]+)/root", re.IGNORECASE)

# Only what is selected counts as a change: what a rename, a move to another number and a leaver touch.
_USER_FIELDS = "id,userPrincipalName,mail,employeeId,accountEnabled"


@dataclass(frozen=True)
class Change:
    """One thing that is not as it was. *resource* and *version* (etag) are those that a notification of it carries."""

    resource: str
    version: str | None = None
    is_gone: bool = False


@dataclass(frozen=True)
class Walk:
    """What one run found. *link* is where the next begins; not *is_over*: there is more behind it already."""

    changes: Sequence[Change]
    link: str
    is_over: bool


@dataclass(frozen=True)
class _Feed:
    """One delta query: where it begins (from now on, unless it is read whole), and what its items mean."""

    beginning: Beginning
    read: Callable[[Sequence[Mapping[str, Any]]], Iterator[Change]]


def follows(resource: str) -> bool:
    """Tell whether there is a delta query for what a subscription to *resource* tells of."""
    return any(kind.fullmatch(_plain(resource)) for kind in (_USERS, _GROUPS, _MAIL, _DRIVE))


class Deltas:
    """The delta queries of the tenant behind *graph*, whose address is *base*."""

    def __init__(self, graph: GraphClient, base: str) -> None:
        self._graph = graph
        self._base = base
        self._ids: dict[str, str] = {}

    def walk(self, resource: str, link: str | None, now: datetime) -> Walk:
        """Return what changed since *link*, at most a run's worth; without a link only where to begin from now on.

        A link that Graph no longer honours costs a reading of everything. A walk that is interrupted on the way keeps
        what it found, or a long one would never end.
        Raises: what shared.graph.errors says; Permanent for a link elsewhere; ValueError for what `follows` refuses.
        """
        feed = self._feed(_plain(resource), now)
        found: dict[str, Change] = {}  # a thing may come several times: the last word counts
        seen: set[str | None] = set()
        is_over = False
        while not is_over and len(seen) < PAGES_A_RUN and len(found) < ITEMS_A_RUN:
            if link in seen:
                path = feed.beginning.path
                raise Unreachable("graph_pages_repeat", f"GET {path}: its pages lead back to one that was read")
            seen.add(link)
            try:
                page = read_page(self._graph, feed.beginning, link)
            except Transient:
                if len(seen) == 1:
                    raise
                break
            found |= {one.resource: one for one in feed.read(page.items)}
            relative(self._base, page.link)  # a link elsewhere must not even be remembered
            link, is_over = page.link, page.is_over
        return Walk(list(found.values()), str(link), is_over)

    def _feed(self, resource: str, now: datetime) -> _Feed:
        if _USERS.fullmatch(resource):
            fields = {"$select": _USER_FIELDS}
            return _Feed(Beginning("/users/delta", {"$deltatoken": "latest", **fields}, fields), _below("users"))
        if _GROUPS.fullmatch(resource):
            fields = {"$select": "id,displayName"}
            return _Feed(Beginning("/groups/delta", {"$deltatoken": "latest", **fields}, fields), _below("groups"))
        if mail := _MAIL.fullmatch(resource):
            return self._mail(mail[1], mail[2], now)
        if drive := _DRIVE.fullmatch(resource):
            return _drive(drive[1])
        raise ValueError(f"{resource}: no delta query is known")

    def _mail(self, mailbox: str, folder: str, now: datetime) -> _Feed:
        # https://learn.microsoft.com/en-us/graph/api/message-delta: no token for "from now", but a filter on this field
        since = (now - MAIL_FROM).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        fields = {"$select": "id"}
        recent = {**fields, "$filter": f"receivedDateTime ge {since}"}
        path = f"/users/{_segment(mailbox)}/mailFolders/{_segment(folder)}/messages/delta"
        return _Feed(Beginning(path, recent, fields), _below(f"users/{self._user_id(mailbox)}/messages"))

    def _user_id(self, mailbox: str) -> str:
        """Return the account's id, by which notifications name a mailbox that was subscribed to by its address."""
        if "@" not in mailbox:
            return mailbox
        if mailbox not in self._ids:
            self._ids[mailbox] = str(self._graph.get(f"/users/{_segment(mailbox)}", params={"$select": "id"})["id"])
        return self._ids[mailbox]


def _drive(drive: str) -> _Feed:
    # https://learn.microsoft.com/en-us/graph/api/driveitem-delta
    resource = f"drives/{drive}/root"
    latest = {"token": "latest"}

    def read(items: Sequence[Mapping[str, Any]]) -> Iterator[Change]:
        if items:  # a notification of a drive does not say what changed in it either
            yield Change(resource)

    return _Feed(Beginning(f"/drives/{_segment(drive)}/root/delta", latest, {}), read)


def _below(path: str) -> Callable[[Sequence[Mapping[str, Any]]], Iterator[Change]]:
    def read(items: Sequence[Mapping[str, Any]]) -> Iterator[Change]:
        for item in items:
            is_gone = "@removed" in item or "deleted" in item
            yield Change(f"{path}/{item['id']}", item.get("@odata.etag"), is_gone)

    return read


def _plain(resource: str) -> str:
    """Return *resource* with its keys as segments: `mailFolders('inbox')` is `mailFolders/inbox`."""
    return resource.partition("?")[0].replace("('", "/").replace("')", "").strip("/")


def _segment(value: str) -> str:
    return quote(value, safe="")
