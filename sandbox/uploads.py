"""The rules of an upload session: fragments in order, in multiples of 320 KiB."""

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.errors import GraphError, bad_request
from sandbox.library import Conflict, Item, Library

# https://learn.microsoft.com/en-us/graph/api/driveitem-createuploadsession
_UNIT = 320 * 1024  # bytes
_LARGEST = 60 * 1024 * 1024  # bytes
LIFETIME = timedelta(minutes=15)  # from the last fragment
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


@dataclass
class Upload:
    """A file on its way; its token is the secret in the upload URL."""

    library: Library
    parent: Item
    name: str
    conflict: Conflict
    expires: datetime
    total: int | None = None
    received: bytearray = field(default_factory=bytearray)
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    @property
    def is_complete(self) -> bool:
        return len(self.received) == self.total

    @property
    def expected(self) -> list[str]:
        return [f"{len(self.received)}-"]

    def take(self, content_range: str, fragment: bytes) -> None:
        """Append one fragment. Raises: GraphError 400 or 416, and then nothing was taken."""
        match = _RANGE.fullmatch(content_range)
        if match is None:
            raise bad_request("The Content-Range header is missing or malformed.")
        first, last, total = map(int, match.groups())
        if last - first + 1 != len(fragment) or last >= total or self.total not in (None, total):
            raise bad_request("The Content-Range header does not fit the fragment.")
        if first != len(self.received):
            raise GraphError(416, "invalidRange", "The uploaded fragment is not the one expected next.")
        if len(fragment) >= _LARGEST or (last + 1 < total and len(fragment) % _UNIT):
            raise bad_request("A fragment is a multiple of 320 KiB and smaller than 60 MiB.")
        self.total = total
        self.received += fragment
