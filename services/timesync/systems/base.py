"""What every absence system offers: read, and forget the reason of an absence on the spot.

The code, its description, its category and every comment die in the adapter: a code becomes a visibility profile,
and what leaves here has no field for more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from services.timesync.domain.records import AbsenceRecord, State
from shared.clock import Clock
from shared.contracts import Contract
from shared.http import Document

# What events and tables can carry; anything longer is no personnel or request number.
LONGEST_EMPLOYEE = 64
LONGEST_ID = 100
LONGEST_PLACE = 200

_OVER = (State.REJECTED, State.CANCELLED, State.DELETED)
_SHOWS_NOTHING = "negeren"


@dataclass(frozen=True)
class Held:
    """Something of the source that is not processed. *place* finds it, *source_id* is its own id if it has one."""

    place: str
    reason: str
    employee: str | None = None
    source_id: str = ""

    @property
    def identity(self) -> str:
        """Return what stays the same when the place shifts: a line number does every night."""
        return self.source_id or self.place


@dataclass(frozen=True)
class Reading:
    """What a source said. *deleted* maps an id to the version of its deletion ("" if the source tells none).

    *complete*: whatever of the days *first* to *last* (None: no limit) is not in *records* or *held* exists no more.
    *overlapping*: what began before *first* and still goes on then is among them too, else only what began later.
    *cursor* goes into the next read.
    """

    records: tuple[AbsenceRecord, ...] = ()
    deleted: Mapping[str, str] = field(default_factory=dict)
    held: tuple[Held, ...] = ()
    complete: bool = False
    cursor: str | None = None
    first: date | None = None
    last: date | None = None
    overlapping: bool = False

    def reaches(self, record: AbsenceRecord) -> bool:
        """Tell whether a complete reading would have shown *record* if it still existed."""
        edge = record.last if self.overlapping else record.first
        after = self.first is None or edge is None or edge >= self.first
        return self.complete and after and (self.last is None or record.first <= self.last)


class System(Protocol):
    """One absence system."""

    @property
    def name(self) -> str: ...

    def read(self, cursor: str | None) -> Reading:
        """Return what is new since *cursor*, or everything when it is None or no longer good.

        Raises: Transient when it cannot be read now; Invalid when it is not what was expected, naming that.
        """
        ...


@dataclass(frozen=True)
class Codes:
    """The organisation's codes and the profile of each. Capitals make no difference."""

    profiles: Mapping[str, str]

    def profile(self, code: str) -> str | None:
        """Return the profile of *code*, None when nobody mapped it."""
        return {known.upper(): profile for known, profile in self.profiles.items()}.get(code.strip().upper())

    def profile_of(self, code: str, state: State | None) -> str | None:
        """Return the profile of *code* on an absence that is so far, as `profile_at` does."""
        return profile_at(self.profile(code), state)

    @property
    def fingerprint(self) -> str:
        """Return what changes when the mapping does: everything has to be read anew then."""
        return sha256(repr(sorted(self.profiles.items())).encode()).hexdigest()[:12]


def profile_at(profile: str | None, state: State | None) -> str | None:
    """Return *profile*; what is over needs none. Held for its code, it would leave standing what it was before."""
    return _SHOWS_NOTHING if profile is None and state in _OVER else profile


class SystemHttp(Protocol):
    """What systems need of HTTP; shared.http.Http is one."""

    def get_json(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> Any: ...

    def post_form(self, url: str, form: Mapping[str, str], *, headers: Mapping[str, str] | None = None) -> Any: ...

    def ask_json(
        self, url: str, body: Any, *, headers: Mapping[str, str] | None = None, auth: tuple[str, str] | None = None
    ) -> Any: ...

    def fetch(
        self, url: str, *, headers: Mapping[str, str] | None = None, auth: tuple[str, str] | None = None
    ) -> Document: ...

    def ask_bytes(
        self, url: str, body: bytes, *, headers: Mapping[str, str], auth: tuple[str, str] | None = None
    ) -> Document: ...


@dataclass(frozen=True)
class Parts:
    """What a system may be built from. *folder* is where relative paths start, *secret* resolves a setting's name."""

    http: SystemHttp
    clock: Clock
    codes: Codes
    folder: Path
    secret: Callable[[str], str]


@dataclass(frozen=True)
class Kind:
    """A kind of system: its word in hub.toml, the keys of its table, and how to build one."""

    name: str
    options: type[Contract]
    build: Callable[[str, Any, Parts], System]
