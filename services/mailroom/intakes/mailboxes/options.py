"""A shared mailbox of the mail register as hub.toml describes it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from marshmallow import RAISE, ValidationError, fields, validate

from services.mailroom.domain.mail.notation import notation
from services.mailroom.domain.mail.suggestions import KENMERK, PROJECT
from shared.contracts import Contract

_ADDRESS = validate.Regexp(r"[^@/'?#\s]{1,64}@[^@/'?#\s]{1,255}\Z", error="Expected an e-mail address.")
# Exchange takes these and more; a / would read as a folder within a folder.
_FOLDER = validate.Regexp(r"[^/\\\s](?:[^/\\]{0,253}[^/\\\s])?\Z", error="Expected the name of one folder.")


def _pattern(text: str) -> None:
    try:
        notation(text)
    except re.error as error:
        raise ValidationError(f"Expected a regular expression: {error}.") from error


@dataclass(frozen=True, kw_only=True)
class MailboxOptions(Contract):
    """`[mailroom.mailboxes.<name>]`. *own_addresses* are those that the organisation's systems send notices from."""

    UNKNOWN: ClassVar[str] = RAISE

    address: Annotated[str, fields.String(validate=_ADDRESS)]
    folder: Annotated[str, fields.String(validate=_FOLDER)] = "Geregistreerd"
    kenmerk: Annotated[str, fields.String(validate=[validate.Length(1, 255), _pattern])] = KENMERK
    project: Annotated[str, fields.String(validate=[validate.Length(1, 255), _pattern])] = PROJECT
    own_addresses: Annotated[list[str], fields.List(fields.String(validate=_ADDRESS))] = field(default_factory=list)
    mark_skipped: Annotated[bool, fields.Boolean()] = False

    @property
    def senders(self) -> frozenset[str]:
        """Return the addresses whose mail is no mail of others: those given, and the mailbox itself."""
        return frozenset(address.lower() for address in (*self.own_addresses, self.address))

    @property
    def domains(self) -> frozenset[str]:
        """Return the domains whose lists are a way to reach the mailbox."""
        return frozenset(address.rpartition("@")[2] for address in self.senders)


def doubled(mailboxes: Mapping[str, MailboxOptions], intakes: Collection[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield the places of what must differ: names, for events tell of mailboxes and intakes by them, and addresses."""
    owners: dict[str, str] = {}
    for name, options in mailboxes.items():
        if name in intakes:
            yield f"mailboxes.{name}", [f"expected a name of its own; [mailroom.intakes.{name}] has it"]
        owner = owners.setdefault(options.address.lower(), name)
        if owner != name:
            yield f"mailboxes.{name}.address", [f"expected an address of its own; [mailroom.mailboxes.{owner}] has it"]
