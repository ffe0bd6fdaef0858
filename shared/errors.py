"""The two questions every failure answers: can the same attempt succeed later, or must a person look?

HubError
├── Transient            the same attempt can succeed later
│   ├── Outdated         what we knew is no longer so: read again, at once
│   └── Unavailable      the target asks everybody to wait: costs no attempt
└── Permanent            a person must look: parked with its reason
    └── Invalid          bad input: says what was expected, what came, and where to mend it
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta


class HubError(Exception):
    """A failure that knows its *reason*: a short snake_case slug, fit for a metric and a translation.

    The message is for ICT: ids and expectations, never content of letters, absences or secrets.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Transient(HubError):
    """The same attempt can succeed later; *retry_after* is the target's own wish, if it said one."""

    def __init__(self, reason: str, message: str, retry_after: timedelta | None = None) -> None:
        super().__init__(reason, message)
        self.retry_after = retry_after


class Outdated(Transient):
    """What the attempt knew is no longer so; the target is well."""


class Unavailable(Transient):
    """The target turns everybody away (throttled, down, circuit open): waiting costs no attempt."""


class Permanent(HubError):
    """A person must look; another attempt with the same input gives the same failure."""


class Invalid(Permanent):
    """Input that cannot be used. *fields* names each faulty place with what was expected there."""

    def __init__(self, reason: str, message: str, fields: Mapping[str, Sequence[str]] | None = None) -> None:
        super().__init__(reason, message)
        self.fields = dict(fields or {})
