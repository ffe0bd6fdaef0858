"""What the pages look at and act through, and who is at the desk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from flask import current_app

from services.console.domain.post import MailroomView
from services.console.domain.sighting import Sighting
from services.console.store import Store
from shared.clock import Clock
from shared.events import Event


@dataclass(frozen=True)
class Desk:
    """The outside world of the pages."""

    store: Store
    look: Callable[[], Sighting]
    look_in_mailroom: Callable[[], MailroomView]
    say: Callable[[Sequence[Event]], None]
    clock: Clock


def desk() -> Desk:
    """Return the desk of the current app."""
    return cast("Desk", current_app.extensions["desk"])


def actor() -> str:
    """Return who clicks. The seam for signing in: until then everybody on this machine is ICT."""
    return "ict"
