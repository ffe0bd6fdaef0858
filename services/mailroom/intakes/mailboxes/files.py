"""Finds the original of an e-mail for a register that knows it by its digest only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from services.mailroom.intakes.mailboxes.mailbox import SharedMailbox
from services.mailroom.store.messages import MessageBook


class MailboxFiles:
    """The .eml files that the shared mailboxes hold."""

    def __init__(self, messages: MessageBook, mailboxes: Mapping[str, SharedMailbox]) -> None:
        self._messages, self._mailboxes = messages, mailboxes

    def fetch(self, sha256: str, target: Path) -> bool:
        """Write the e-mail whose MIME has this digest to *target*, byte for byte; False when no mailbox has it now."""
        wanted = sha256.lower()
        for message in self._messages.with_content([wanted]):
            mailbox = self._mailboxes.get(message.intake)
            found = mailbox.fetch(message.message_id, target) if mailbox else None
            if found == wanted:
                return True
            if found is not None:  # Exchange writes the MIME anew each time, and nobody promises that it is the same
                target.unlink()
        return False
