"""Who wrote a mail that somebody forwarded to us."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from services.mailroom.domain.mail.incoming import IncomingMail, Sender
from services.mailroom.domain.mail.quoting import header_blocks

# FW: Outlook, Fwd: Gmail and Apple Mail, Doorst: and TR: Outlook in Dutch and French; after the tag of a mail gateway.
_FORWARD = re.compile(r"(?:\[[^\]]{1,30}\] {0,3})?(?:fwd?|doorst|doorgestuurd|tr) {0,3}:", re.IGNORECASE)
_COLLECTIONS = ("multipart/digest", "multipart/report")  # they hold mails without forwarding them
_ADDRESS = re.compile(r"[^\s<>\[\]()\",;:@]{1,64}@[^\s<>\[\]()\",;:@]{1,255}")
_NAME_END = re.compile(r" {0,3}(?:[<\[(]|mailto:)", re.IGNORECASE)


@dataclass(frozen=True)
class Forwarding:
    """Who forwarded a mail and who wrote it, as far as it says so, and *how* we know.

    Nothing of it is proven; what is *quoted* is text that anybody may type. Whether the forwarder is one of us is for
    the reader to decide.
    """

    forwarder: Sender
    original: Sender
    how: Literal["attached", "resent", "quoted"]


def original_sender(mail: IncomingMail) -> Forwarding | None:
    """Return who wrote the mail that *mail* forwards; None if it is no forward, or of several writers."""
    author = Sender(mail.from_address, mail.from_name)
    if mail.resent_from:  # RFC 5322, 3.6.6: From stays the author's
        return Forwarding(mail.resent_from, author, "resent")
    if mail.attached_senders and mail.media_type not in _COLLECTIONS:
        if len({sender.address for sender in mail.attached_senders}) > 1:
            return None
        return Forwarding(author, mail.attached_senders[0], "attached")
    if not is_forward(mail):
        return None
    quoted = _quoted_sender(mail.text) or _quoted_sender(mail.alternative_text)
    return Forwarding(author, quoted, "quoted") if quoted else None


def is_forward(mail: IncomingMail) -> bool:
    """Tell whether the subject says that *mail* forwards another; an answer to a forward does not."""
    return _FORWARD.match(mail.subject) is not None


def _quoted_sender(text: str) -> Sender | None:
    block = next(header_blocks(text.split("\n")), None)
    if block is None or not block.sender:
        return None
    address = _ADDRESS.search(block.sender)
    name = _NAME_END.split(block.sender, maxsplit=1)[0].strip("*\"' ")
    return Sender(address[0].lower() if address else None, None if "@" in name else name or None)
