"""What the stand-in writes down: what it was asked, how often, and what came of it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Effect:
    """One line of the ledger: what was made, changed or deleted, and what it is to the hub (*key*)."""

    kind: str
    key: str
    id: str
    action: str  # created, updated, deleted; of an account also purged, of a message moved
    at: datetime
    extra: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """One request that was made of Graph; *body* only for JSON writes."""

    method: str
    path: str
    status: int
    at: datetime
    body: Any = None
    query: str = ""
    batched: bool = False


@dataclass(frozen=True)
class Kind:
    """Requests that are counted together; *address* is without whose it is."""

    method: str
    address: str
    status: int
    batched: bool
