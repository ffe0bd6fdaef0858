"""Says it once when Microsoft refuses an option of Teams, and once when that is over; calendars go on meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from services.timesync.domain.rules import Rules
from services.timesync.effects import guard, status
from services.timesync.effects.base import Outcome
from services.timesync.effects.teams import Declined
from services.timesync.handlers.sources import announcement
from services.timesync.handlers.world import Timesync
from services.timesync.systems.base import Held
from shared.errors import HubError
from shared.events import Event

SOURCE = "Microsoft Teams"  # under which a refusal is listed, beside the systems


@dataclass(frozen=True)
class Option:
    """An *effect* that is off unless the *key* of hub.toml says otherwise; *refused* is the slug."""

    effect: str
    key: str
    refused: str
    is_on: Callable[[Rules], bool]


OPTIONS = (
    Option("status", "status_message", status.REFUSED, lambda rules: rules.status),
    Option("guard", "telephony_guard", guard.REFUSED, lambda rules: rules.guard),
)


def heed_refusals(answers: Mapping[str, Collection[Outcome | HubError]], world: Timesync) -> list[Event]:
    """Hold what was refused, let go of what was done or is not wanted any more, and return what people must hear.

    *answers* are those of one round, by effect. One refusal stands for all: a permission is the whole tenant's.
    """
    held = {row.reason for row in world.store.held.of_nobody() if row.source == SOURCE}
    refused: list[Held] = []
    mended: list[str] = []
    for option in OPTIONS:
        given = answers.get(option.effect, ())
        if any(isinstance(each, Declined) for each in given) and option.is_on(world.rules):
            refused += [Held(option.key, option.refused)] if option.refused not in held else []
        elif option.refused in held and (_is_done(given) or not option.is_on(world.rules)):
            mended.append(option.key)
    if refused or mended:
        world.store.held.keep(SOURCE, refused, world.clock.now(), mended=mended)
    return [announcement(row) for row in world.store.held.untold(SOURCE)]


def _is_done(given: Collection[Outcome | HubError]) -> bool:
    return any(isinstance(each, Outcome) and each.calls for each in given)
