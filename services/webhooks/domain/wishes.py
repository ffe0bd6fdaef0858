"""Which subscriptions hub.toml asks for without describing them, and whether two ask for the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from services.webhooks.domain.subscriptions import Wanted, same_resource

LONGEST_NAME = 58  # the silence of a subscription is that of the source `graph.<name>`, of at most 64


def default_subscriptions(*, people: bool, mailboxes: Sequence[str], drives: Sequence[str]) -> Iterator[Wanted]:
    """Yield the accounts, the inboxes of *mailboxes* (addresses or ids) and the *drives* (ids)."""
    if people:
        yield Wanted("people", "users", "updated,deleted")
    for mailbox in mailboxes:
        yield Wanted(_name("mailbox", mailbox), f"users/{mailbox}/mailFolders('inbox')/messages", "created,updated")
    for drive in drives:
        yield Wanted(_name("drive", drive), f"drives/{drive}/root", "updated")


def twice_wanted(wanted: Sequence[Wanted]) -> str | None:
    """Return the names of two that ask for the same resource, None when none do: they would drive each other out."""
    for place, one in enumerate(wanted):
        for other in wanted[place + 1 :]:
            if same_resource(one.resource, other.resource):
                return f"{one.name} and {other.name}"
    return None


def _name(kind: str, key: str) -> str:
    """Return a name that stays the same as long as *key* does, also when the id of a drive is long."""
    whole = f"{kind}-{key}"
    if len(whole) <= LONGEST_NAME:
        return whole
    mark = hashlib.sha256(key.encode()).hexdigest()[:12]
    return f"{whole[: LONGEST_NAME - len(mark) - 1]}-{mark}"
