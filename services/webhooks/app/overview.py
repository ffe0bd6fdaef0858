"""How it is with Graph's subscriptions, for people: what is wanted, what is there, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.webhooks.domain.repairs import Repair
from services.webhooks.domain.subscriptions import Kept, Wanted, state_of
from services.webhooks.store.repairs import Repairs
from services.webhooks.store.subscriptions import Subscriptions
from shared.clock import Clock

_SHOWN = (
    "name",
    "resource",
    "change_types",
    "subscription_id",
    "made_at",
    "renewed_at",
    "expires_at",
    "last_notified_at",
    "failure",
)  # fmt: skip - nothing secret: the hashes of clientStates stay inside


@dataclass(frozen=True)
class Overview:
    """What is told of the subscriptions that are *wanted*, and of those that are still there without being so."""

    wanted: Sequence[Wanted]
    subscriptions: Subscriptions
    repairs: Repairs
    clock: Clock

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each, with its `state` in a word: `well` unless somebody should look."""
        kept = {one.name: one for one in self.subscriptions.all()}
        repairs, now = self.repairs.all(), self.clock.now()
        wanted = {one.name: one for one in self.wanted}
        return [
            _row(wanted.get(name) or kept[name], kept.get(name), repairs.get(name))
            | {"state": state_of(kept.get(name), now, is_wanted=name in wanted)}
            for name in {**wanted, **kept}
        ]


def _row(one: Wanted | Kept, kept: Kept | None, repair: Repair | None) -> dict[str, datetime | str | None]:
    known: Mapping[str, Any] = vars(kept) if kept else vars(one)
    return {name: known.get(name) for name in _SHOWN} | {"repaired_at": repair.done_at if repair else None}
