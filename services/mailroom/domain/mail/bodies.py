"""What the text of a mail says, from parts in any encoding."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import Message

from services.mailroom.domain.mail.html_text import html_to_text
from services.mailroom.domain.mail.tree import Node, attempt, media_type

TEXT_LENGTH = 1_000_000  # characters that are kept; the mail itself holds the rest
_HTML_LENGTH = 10_000_000  # characters; styles and pictures within HTML make it long before its text is

# What senders mean by them: https://encoding.spec.whatwg.org/#names-and-labels
_MEANT = {"ascii": "utf-8", "iso8859-1": "cp1252"}
# Codecs that are no charsets of a text, and need more than linear time or unescape what nobody escaped.
_NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined"})
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Bodies:
    """*text* is the body, *alternative_text* the HTML that was sent beside it."""

    text: str
    alternative_text: str
    defects: tuple[str, ...]


def bodies(texts: Sequence[Node]) -> Bodies:
    """Return what *texts*, parts of text/plain and text/html, say. Of alternatives the plain one is the body."""
    found = [(leaf, *decoded(leaf.part)) for leaf in texts]
    defects = {defect for _, _, defect in found if defect}
    plain = {leaf.alternative for leaf, text, _ in found if not _is_html(leaf) and text.strip()}
    body: list[str] = []
    beside: list[str] = []
    for leaf, text, _ in found:
        if not _is_html(leaf):
            body.append(text)
        elif leaf.alternative is not None and leaf.alternative in plain:
            beside.append(html_to_text(text[:_HTML_LENGTH]))
        else:
            body.append(html_to_text(text[:_HTML_LENGTH]))
    shown, alternative = _joined(body), _joined(beside)
    if max(len(shown), len(alternative)) > TEXT_LENGTH:
        defects.add("long_text")
    return Bodies(shown[:TEXT_LENGTH], alternative[:TEXT_LENGTH], tuple(defects))


def decoded(part: Message) -> tuple[str, str | None]:
    """Return the text of *part*, and the slug of what is wrong with its encoding."""
    content = content_of(part)
    charset = attempt(lambda: part.get_content_charset("ascii"), "ascii")
    name = attempt(lambda: codecs.lookup(charset).name, "")
    if not name or name in _NO_CHARSETS:
        return _guessed(content), "unknown_charset"
    meant = _MEANT.get(name, name)
    text = attempt(lambda: content.decode(meant), None)
    if text is not None:
        return text, None
    return _guessed(content), "undecodable_text"


def content_of(part: Message) -> bytes:
    content = attempt(lambda: part.get_payload(decode=True), None)
    return content if isinstance(content, bytes) else b""


def _guessed(content: bytes) -> str:
    """Read *content* as what reaches a Flemish mailbox: UTF-8 or else Windows-1252."""
    return attempt(lambda: content.decode("utf-8"), content.decode("cp1252", "replace"))


def _is_html(leaf: Node) -> bool:
    return media_type(leaf.part) == "text/html"


def _joined(texts: Sequence[str]) -> str:
    return _CONTROLS.sub("", "\n".join(texts)).replace("\r\n", "\n").replace("\r", "\n")
