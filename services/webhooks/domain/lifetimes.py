"""How long Graph lets a subscription live, by what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from shared.errors import Invalid

# Below the maximum: our clock and Graph's may differ, and Graph refuses what is longer.
SAFETY = timedelta(minutes=30)


@dataclass(frozen=True)
class Lifetime:
    """The longest lives in minutes; *rich* (with resource data) is None where Graph has none."""

    basic: int
    rich: int | None = None


# https://learn.microsoft.com/en-us/graph/change-notifications-overview#subscription-lifetime
_DIRECTORY, _FILES, _OUTLOOK, _TEAMS = (
    Lifetime(41_760),
    Lifetime(42_300),
    Lifetime(10_080, 1_440),
    Lifetime(4_320, 4_320),
)
LIFETIMES: dict[str, Lifetime] = {
    "users": _DIRECTORY,
    "groups": _DIRECTORY,
    "drives": _FILES,
    "sites": _FILES,
    "messages": _OUTLOOK,
    "events": _OUTLOOK,
    "contacts": _OUTLOOK,
    "teams": _TEAMS,
    "chats": _TEAMS,
}
_WHOLE = ("teams", "chats")  # what begins so is theirs throughout: a message of a channel is no mail
_CALENDARS = {"events", "calendar", "calendars", "calendarview", "calendargroups"}


def lifetime_of(resource: str, *, rich: bool = False) -> timedelta:
    """Return the longest life that Graph grants a subscription to *resource*.

    Raises: Invalid for a kind whose life is not known here, or that has none with resource data.
    """
    known = _known(resource)
    if known is None:
        raise Invalid("unknown_resource", f"{resource}: expected one of {', '.join(sorted(LIFETIMES))}")
    minutes = known.rich if rich else known.basic
    if minutes is None:
        raise Invalid("not_rich", f"{resource}: Graph sends no resource data of these")
    return timedelta(minutes=minutes) - SAFETY


def must_select(resource: str) -> bool:
    """Tell whether *resource* must name its properties to be told with its data: Outlook's must."""
    # https://learn.microsoft.com/en-us/graph/change-notifications-with-resource-data#supported-resources
    return _known(resource) is _OUTLOOK


def is_private_calendar(resource: str) -> bool:
    """Tell whether *resource* is a person's calendar, which tells of private appointments."""
    parts = _parts(resource)
    return parts[0] in ("users", "me") and not _CALENDARS.isdisjoint(parts[1:])


def _known(resource: str) -> Lifetime | None:
    parts = _parts(resource)
    order = parts if parts[0] in _WHOLE else parts[::-1]  # users/{id}/messages is about messages
    return next((LIFETIMES[part] for part in order if part in LIFETIMES), None)


def _parts(resource: str) -> list[str]:
    path = resource.partition("?")[0].replace("('", "/").replace("')", "")
    return [part.lower() for part in path.strip("/").split("/")]
