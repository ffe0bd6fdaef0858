"""Takes a mail apart into its parts, within bounds, whatever bytes it is made of.

The standard library's parser does it: it refuses no mail, notes what is wrong with it, and can be bounded while it
parses. A parser of ours or somebody else's would have to learn the same lessons.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.errors import MessageError
from email.message import EmailMessage, Message
from email.parser import BytesFeedParser
from email.policy import EmailPolicy
from typing import Any, TypeVar

# Exchange Online takes no larger mail:
# https://learn.microsoft.com/office365/servicedescriptions/exchange-online-service-description/exchange-online-limits
MAIL_SIZE = 150 * 1024 * 1024  # bytes; of a larger mail the headers are read only
MAIL_LINES = 3_000_000  # 150 MiB of base64 have two million; the parser keeps each as an object
HEADERS_SIZE = 1024 * 1024  # bytes, of a mail of which the headers are read only
PARTS = 1_000
DEPTH = 50  # each line is compared with the boundary of every part that is open
_CHUNK = 1024 * 1024

_SURROGATES = re.compile(r"[\udc80-\udcff]")
_T = TypeVar("_T")

# What `email` raises for headers from outside, though it means to note defects instead, e.g.
# https://github.com/python/cpython/issues/151857 and https://github.com/python/cpython/issues/117849
_UNREADABLE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MessageError,
    RuntimeError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True)
class Node:
    """A part and the multipart/alternative it stands in, if any, by a number."""

    part: Message
    alternative: int | None

    @property
    def is_leaf(self) -> bool:
        """Tell whether it holds something itself. A mail within the mail is one thing, not taken apart."""
        return media_type(self.part).startswith("message/") or not self.part.is_multipart()


class _Enough(Exception):
    """A bound is reached; *root* holds what was parsed before."""

    def __init__(self, root: _Part, defect: str) -> None:
        super().__init__(defect)
        self.root, self.defect = root, defect


class _Part(EmailMessage):
    """A part that knows its depth, and a root that counts its parts."""

    depth = 0
    count = 1
    root: _Part | None = None

    def attach(self, payload: Any) -> None:  # `email` types it as any payload; its parser attaches parts only
        root = self.root or self
        super().attach(payload)
        payload.root, payload.depth = root, self.depth + 1
        root.count += 1
        if root.count > PARTS:
            raise _Enough(root, "too_many_parts")
        if payload.depth > DEPTH:
            raise _Enough(root, "too_deep")


class _Bounded(EmailPolicy):
    """Reads headers as `email` does, but not endlessly long, and those in bare UTF-8 or Windows-1252 too."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, _mended(str(value)[: header_length(name)])

    def header_fetch_parse(self, name: str, value: str) -> Any:  # a header of `email`, or the text where it fails
        text = "".join(re.split(r"[\r\n]", value))
        return attempt(lambda: super(_Bounded, self).header_fetch_parse(name, value), text)


_POLICY = _Bounded(message_factory=_Part, utf8=True, refold_source="none")
AS_SENT = _POLICY.clone(linesep="\r\n")  # to write a part again


def parse(raw: bytes) -> tuple[Message, list[str]]:
    """Return the mail in *raw* and the slugs of the bounds that it passed."""
    if len(raw) <= MAIL_SIZE and raw.count(b"\n") + raw.count(b"\r") <= MAIL_LINES:
        return _parse(raw, [])
    end = re.search(rb"\r?\n\r?\n", raw[:HEADERS_SIZE])
    return _parse(raw[: end.end() if end else HEADERS_SIZE], ["too_large"])


def header_length(name: str) -> int:
    """Return how many characters of header *name* are read: `email` takes 0.1 second for 8,000, of each part anew."""
    return 2_000 if name.lower().startswith("content-") else 8_000


def walk(root: Message) -> Iterator[Node]:
    """Return all parts in the order of the mail, those of a mail within the mail left out."""
    waiting = [Node(root, None)]
    while waiting:
        node = waiting.pop()
        yield node
        if not node.is_leaf:
            alternative = id(node.part) if media_type(node.part) == "multipart/alternative" else node.alternative
            waiting.extend(Node(part, alternative) for part in reversed(parts(node.part)))


def parts(part: Message) -> list[Message]:
    """Return the parts in *part*. The payload of any other is not asked for: `email` would decode it unguarded."""
    payload = part.get_payload() if part.is_multipart() else ()
    return [each for each in payload if isinstance(each, Message)]


def media_type(part: Message) -> str:
    return attempt(part.get_content_type, "text/plain")


def attempt(read: Callable[[], _T], otherwise: _T) -> _T:
    """Return what *read* gives, or *otherwise* where `email` stumbles over what it should read."""
    try:
        return read()
    except _UNREADABLE:
        return otherwise


def _parse(raw: bytes, defects: list[str]) -> tuple[Message, list[str]]:
    parser = BytesFeedParser(policy=_POLICY)
    try:
        for start in range(0, len(raw), _CHUNK):
            parser.feed(raw[start : start + _CHUNK])
        return parser.close(), defects
    except _Enough as enough:
        return enough.root, [*defects, enough.defect]
    except _UNREADABLE:
        return _Part(policy=_POLICY), [*defects, "unreadable_mail"]


def _mended(value: str) -> str:
    """Return *value* with its bare bytes as text: `email` keeps them as surrogates and would show none of them."""
    if not _SURROGATES.search(value):
        return value
    written = value.encode("utf-8", "surrogateescape")
    return attempt(lambda: written.decode("utf-8"), written.decode("cp1252", "replace"))
