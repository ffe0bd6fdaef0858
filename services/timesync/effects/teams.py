"""What the two options of Teams share: whom they ask, and what a refusal means. All else is shown all the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from shared.errors import HubError, Permanent
from shared.graph.presence import Change, Shown


class Presences(Protocol):
    """What Teams shows of people; shared.graph.presence.Presence is one."""

    def read_many(self, user_ids: Sequence[str]) -> Iterable[Shown]: ...
    def apply(self, changes: Sequence[Change]) -> list[HubError | None]: ...


class Declined(Permanent):
    """An option that Microsoft does not let the hub carry out, for want of a permission most likely."""


def declined(error: HubError, reason: str) -> HubError:
    """Return *error* as what an option says of it: what may succeed later stays as it is."""
    return Declined(reason, str(error)) if isinstance(error, Permanent) else error
