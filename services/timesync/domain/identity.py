"""Whose account is whose (R28): by personnel number, else by the sign-in name that the people file gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.timesync.domain.roster import Person


@dataclass(frozen=True)
class Account:
    """One account of the tenant. *number* is Entra's `employeeId`; *mail* None: no mailbox."""

    user_id: str
    upn: str
    mail: str | None = None
    number: str | None = None
    enabled: bool = True

    def is_called(self, name: str) -> bool:
        """Tell whether *name* is the account's sign-in name or address; capitals make no difference."""
        return name.lower() in (self.upn.lower(), (self.mail or "").lower())


@dataclass(frozen=True)
class Unlinked:
    """There is no mailbox to write in; *reason* is the slug."""

    reason: str


def match(person: Person, accounts: Sequence[Account]) -> Account | Unlinked:
    """Return the account of *person* among *accounts*: those that carry his number or his sign-in name."""
    numbered = [account for account in accounts if account.number == person.employee]
    name = person.upn or (person.employee if "@" in person.employee else "")
    named = [account for account in accounts if name and account.is_called(name)]
    found = numbered or [account for account in named if account.number in (None, person.employee)]
    if len(found) > 1:
        found = [account for account in found if account.enabled and account.mail] or found
    if len(found) > 1:
        return Unlinked("ambiguous_person")
    if not found:
        # Who stands on the roster without a sign-in name has none: a worker without a mailbox.
        return Unlinked("no_mailbox" if person.name and not person.upn else "unknown_person")
    return found[0] if found[0].mail else Unlinked("no_mailbox")
