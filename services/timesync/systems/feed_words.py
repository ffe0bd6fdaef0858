"""What an event of an iCalendar feed says of somebody: who, how far it is, what colleagues may see, which version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.timesync.domain.records import State
from services.timesync.systems.base import LONGEST_EMPLOYEE, Codes
from services.timesync.systems.feed_times import UnusableError

# https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxcical/
BUSY_WORDS = ("FREE", "TENTATIVE", "BUSY", "OOF", "WORKINGELSEWHERE")
_STATES = {"": State.APPROVED, "CONFIRMED": State.APPROVED, "TENTATIVE": State.REQUESTED, "CANCELLED": State.CANCELLED}
_THINGS = {"ROOM", "RESOURCE"}  # attendees that are nobody: RFC 5545 §3.2.3
_HIGHEST = 10**10 - 1


@dataclass(frozen=True)
class Words:
    """Where the feed names the person and the code, and what its codes and busy words mean."""

    employee: str
    codes_from: str
    codes: Codes
    busy: Mapping[str, str]

    def employee_of(self, event: Any) -> str:
        """Return the one person that *event* is about: an e-mail address in small letters, or a number.

        Raises: UnusableError when it names nobody, or several.
        """
        people = {
            _identity(str(each))
            for each in values(event, self.employee)
            if str(getattr(each, "params", {}).get("CUTYPE", "")).upper() not in _THINGS
        }
        person = people.pop() if len(people) == 1 else ""
        is_address = self.employee.upper() in ("ATTENDEE", "ORGANIZER")
        if not 0 < len(person) <= LONGEST_EMPLOYEE or (is_address and "@" not in person):
            raise UnusableError("unknown_person")
        return person

    def profile_of(self, event: Any) -> str:
        """Return the profile of the event's code, else of its busy word where the organisation chose to go by that.

        Raises: UnusableError when nobody mapped it, or when it has two codes that contradict each other.
        """
        profiles = {profile for code in self._codes_of(event) if (profile := self.codes.profile(code))}
        if not profiles:
            profiles = {profile for profile in (self.busy.get(_busy_word(event)),) if profile}
        if len(profiles) == 1:
            return profiles.pop()
        if _state_word(event) == "CANCELLED":
            return "negeren"  # what is gone needs no meaning
        raise UnusableError("unknown_code")

    def _codes_of(self, event: Any) -> Iterator[str]:
        for each in values(event, self.codes_from):
            yield from (str(code) for code in getattr(each, "cats", (each,)))


def values(event: Any, name: str) -> list[Any]:
    """Return every value of the property *name*, which may stand there several times."""
    found = event.get(name, [])
    return found if isinstance(found, list) else [found]


def state_of(event: Any) -> State:
    """Return how far *event* is. Raises: UnusableError for a word that RFC 5545 does not know."""
    state = _STATES.get(_state_word(event))
    if state is None:
        raise UnusableError("unknown_status")
    return state


def version_of(event: Any) -> str:
    """Return text that compares as versions do: first by SEQUENCE, then by the time of the last change."""
    broken = {name for name, _ in event.errors}
    stamps = [name for name in ("LAST-MODIFIED", "DTSTAMP") if name in event and name not in broken]
    changed = values(event, stamps[0])[0].dt if stamps else None
    if not isinstance(changed, datetime):
        return f"{_sequence(event):010d}"
    in_utc = changed.astimezone(UTC) if changed.tzinfo else changed
    return f"{_sequence(event):010d} {in_utc:%Y-%m-%dT%H:%M:%S}Z"


def _sequence(event: Any) -> int:
    number = values(event, "SEQUENCE")[0] if "SEQUENCE" in event else 0
    return min(max(number, 0), _HIGHEST) if isinstance(number, int) else 0


def _identity(address: str) -> str:
    text = address.strip()
    return text[len("mailto:") :].strip().lower() if text.lower().startswith("mailto:") else text


def _state_word(event: Any) -> str:
    return str(event.get("STATUS", "")).strip().upper()


def _busy_word(event: Any) -> str:
    """Return the busy word of *event*; without one, what TRANSP makes of it (RFC 5545 §3.8.2.7)."""
    transparent = str(event.get("TRANSP", "")).strip().upper() == "TRANSPARENT"
    return str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "FREE" if transparent else "BUSY")).strip().upper()
