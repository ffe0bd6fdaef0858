"""Graph's failures as ours, decided on status and code, never on the message.

Transient
├── Stale (412, an Outdated)        somebody changed it meanwhile: read again
├── Unreachable                     no answer, or none to be understood: the outcome is unknown
└── Unavailable
    └── Throttled (429, 503, 509)   wait as long as it says
Permanent
├── Refused (400, 401, 403, 405 …)  a setting, a permission or our request is wrong
├── NotFound (404, 410)
└── Conflict (409)                  it exists already: read and reconcile

Source: https://learn.microsoft.com/en-us/graph/errors
"""

from __future__ import annotations

from datetime import timedelta

from shared.errors import HubError, Outdated, Permanent, Transient, Unavailable


class Stale(Outdated):
    """The etag is no longer the current one."""


class Unreachable(Transient):
    """The request may or may not have had its effect."""


class Throttled(Unavailable):
    """Graph asks to wait."""


class GraphPermanent(Permanent):
    """Graph's decision; *code* is Graph's own word for it."""

    def __init__(self, reason: str, message: str, code: str) -> None:
        super().__init__(reason, message)
        self.code = code


class Refused(GraphPermanent):
    """The request, a setting or a permission is wrong."""


class NotFound(GraphPermanent):
    """It is not there (any more)."""


class Conflict(GraphPermanent):
    """It exists already."""


_THROTTLED = {429, 503, 509}
_PERMANENT: dict[int, type[GraphPermanent]] = {404: NotFound, 409: Conflict, 410: NotFound}


def failure(status: int, code: str, request_id: str, what: str, retry_after: timedelta | None) -> HubError:
    """Return the error for an answer of *status* to *what* (`PATCH /users/…/events/…`).

    The request id is what Microsoft's support asks for.
    """
    message = f"{what} answered {status} {code or '(no code)'}, request-id {request_id or '(none)'}"
    if status in _THROTTLED:
        return Throttled(f"graph_{status}", message, retry_after)
    if status == 412:
        return Stale("graph_412", message, timedelta(0))
    if status >= 500 or status in (408, 423):
        return Transient(f"graph_{status}", message, retry_after)
    return _PERMANENT.get(status, Refused)(f"graph_{status}", message, code)
