"""What a probe needs: somebody who fetches JSON."""

from __future__ import annotations

from typing import Any, Protocol


class JsonClient(Protocol):
    """Fetches JSON with a deadline of its own.

    Raises: HubError when there is no usable answer.
    """

    def get_json(self, url: str, *, auth: tuple[str, str] | None = None) -> Any: ...

    def get_status_json(self, url: str) -> tuple[int, Any]:
        """Return the answer whatever its status: a service that is not ready says why in a 503."""
        ...
