"""E-mail from a shared mailbox, by Graph: a draft that carries the card's id, then on its way.

At most once where Exchange lets us: whoever died between the two is followed by an attempt that finds the draft, or
the copy among the sent items, by that id. Ends at the moments in which a mail that was taken stands in neither folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from marshmallow import RAISE, fields, validate

from services.notifier.channels.base import Card, Channel, Kind, Parts
from services.notifier.channels.plain import Reading, read
from shared.contracts import Contract
from shared.crashpoints import crashpoint
from shared.errors import Permanent
from shared.graph.sending import Sending

TAG = "String {7a0f6a54-3b0e-4d1c-9d63-2f0c8e6f3c51} Name HubNotice"  # never changes: mails of before carry it
# Mailroom knows the hub's own mails by it. https://learn.microsoft.com/en-us/graph/api/resources/internetmessageheader:
# a name must begin with x-
HEADER = "x-hub-notice"
# https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxcmail/ced68690-498a-4567-9d14-5c01f974d8b1
_NO_REPLIES = {"name": "x-auto-response-suppress", "value": "OOF, AutoReply"}  # nobody reads them where they would come
MOST_READERS = 100  # Exchange takes 500; more than this is a list's task
_LONGEST_SUBJECT = 255  # characters that Exchange keeps

_REFUSALS = {"graph_401", "graph_403", "graph_404"}


@dataclass(frozen=True, kw_only=True)
class MailOptions(Contract):
    """One table [notifier.channels.<name>]: from which mailbox (`from`), *to* whom."""

    UNKNOWN: ClassVar[str] = RAISE  # a misspelt key is a fault, not a default

    from_: Annotated[str, fields.Email(data_key="from")]
    to: Annotated[list[str], fields.List(fields.Email(), validate=validate.Length(1, MOST_READERS))]


class MailChannel:
    """One circle of readers. *place* is its table in hub.toml, for whoever must mend it."""

    def __init__(self, place: str, options: MailOptions, sending: Sending) -> None:
        self._place, self._mailbox, self._to, self._sending = place, options.from_, options.to, sending

    def send(self, card: Card) -> None:
        """Send *card*. A success means that Exchange took it over. Safe to repeat, see above."""
        reading = read(card)
        try:
            self._deliver(reading)
        except Permanent as error:
            if error.reason in _REFUSALS:
                told = f"{error.reason}: expected Mail.ReadWrite and Mail.Send on the mailbox of {self._place}.from"
                raise Permanent("channel_refused", told) from error
            raise

    def _deliver(self, reading: Reading) -> None:
        made = self._sending.find(self._mailbox, reading.id)
        if made is not None and not made.is_draft:
            return
        draft = made.id if made else self._sending.draft(self._mailbox, _message(reading, self._to), reading.id)
        crashpoint("notifier.mail_drafted")
        self._sending.send(self._mailbox, draft)


def _message(reading: Reading, to: list[str]) -> dict[str, Any]:
    """Return the mail. Exchange writes the plain text of it for who reads no HTML."""
    return {
        "subject": reading.title[:_LONGEST_SUBJECT],
        "body": {"contentType": "html", "content": reading.html()},
        "toRecipients": [{"emailAddress": {"address": address}} for address in to],
        "internetMessageHeaders": [{"name": HEADER, "value": reading.id}, _NO_REPLIES],
    }


def _build(name: str, options: MailOptions, parts: Parts) -> Channel:
    return MailChannel(f"notifier.channels.{name}", options, Sending(parts.graph, TAG))


MAIL = Kind("mail", MailOptions, _build)
