"""What an e-mail is to the mailroom, once read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Sender:
    """Who a mail says it is from. *address* is in small letters; either may be missing, neither is proven."""

    address: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Attachment:
    """A part that is not the body. A mail within the mail is one attachment, whatever it holds itself.

    *name* is what the sender wrote, without control characters: no file may be called so. *content* of a mail within
    the mail is as the parser writes it again, equal in meaning; its own bytes are those of the raw mail.
    """

    name: str = field(repr=False)
    media_type: str
    content: bytes = field(repr=False)
    is_inline: bool = False  # a picture of the body, such as the logo of a signature


@dataclass(frozen=True, kw_only=True)
class IncomingMail:
    """A mail as it came. Its `repr` holds digests and counts: no subject, name, address or text.

    `text` is the body; `alternative_text` is what the HTML says that was sent beside it, so that a reference that
    stands in one of the two only is found. `headers` are (name in small letters, value), those of `mime.HEADERS`.
    """

    key: str
    sha256: str
    message_id_digest: str | None
    sent_at: datetime | None
    from_address: str | None = field(repr=False)
    from_name: str | None = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    alternative_text: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    media_type: str
    report_type: str = ""  # of a multipart/report, e.g. delivery-status
    calendar_methods: tuple[str, ...] = ()  # of its invitations, e.g. REPLY
    attachments: tuple[Attachment, ...] = field(default=(), repr=False)
    attached_senders: tuple[Sender, ...] = field(default=(), repr=False)  # of the mails within the mail
    resent_from: Sender | None = field(default=None, repr=False)
    defects: tuple[str, ...] = ()  # slugs, sorted

    def header(self, name: str) -> str:
        """Return the first header *name*, empty if there is none."""
        return next(iter(self.header_values(name)), "")

    def header_values(self, name: str) -> tuple[str, ...]:
        return tuple(value for header, value in self.headers if header == name.lower())

    @property
    def attachment_names(self) -> tuple[str, ...]:
        return tuple(attachment.name for attachment in self.attachments if attachment.name)
