"""The keys by which the authority signs its tokens (https://learn.microsoft.com/en-us/entra/identity-platform/access-tokens)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.errors import Transient
from shared.http import Http


class Authority:
    """What the authority at *url* tells everybody."""

    def __init__(self, url: str, http: Http | None = None) -> None:
        self._metadata = f"{url}/common/.well-known/openid-configuration"
        self._http = http or Http()

    def signing_keys(self) -> Sequence[Mapping[str, Any]]:
        """Return the published keys as JWKs.

        Raises: Transient when it answers with something else.
        """
        address = _member(self._http.get_json(self._metadata), "jwks_uri", str)
        found: list[Mapping[str, Any]] = _member(self._http.get_json(address), "keys", list)
        return [key for key in found if isinstance(key, dict)]


def _member(answer: Any, name: str, kind: type) -> Any:
    value = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(value, kind):
        raise Transient("authority_unreadable", f"the authority's metadata: expected {name}")
    return value
