"""Whose account is whose (R28): by personnel number, else by the sign-in name that the people file gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from services.timesync.domain.roster import Person


@dataclass(frozen=True)
class Account:
    """One account of the tenant. *number* is Entra's `employeeId`; *address* None: no mailbox.

    *sign_in* and *address* are digests: the books know a name again, and do not hold it.
    """

    user_id: str
    sign_in: str
    address: str | None = None
    number: str | None = None
    enabled: bool = True

    @property
    def names(self) -> set[str]:
        """Return the digests by which the account may be meant."""
        return {self.sign_in, self.address or self.sign_in}


def digest(name: str) -> str:
    """Return what the books hold of a sign-in name or an address; capitals make no difference."""
    return sha256(name.strip().lower().encode()).hexdigest()[:32]


def name_of(person: Person) -> str:
    """Return the digest of the name under which *person* may be found beside his number, "" if there is none."""
    name = person.upn or (person.employee if "@" in person.employee else "")
    return digest(name) if name else ""


@dataclass(frozen=True)
class Unlinked:
    """There is no mailbox to write in; *reason* is the slug."""

    reason: str


def match(person: Person, accounts: Sequence[Account]) -> Account | Unlinked:
    """Return the account of *person* among *accounts*: those that carry his number or his sign-in name."""
    numbered = [account for account in accounts if account.number == person.employee]
    named = [account for account in accounts if name_of(person) in account.names]
    found = numbered or [account for account in named if account.number in (None, person.employee)]
    if len(found) > 1:
        found = [account for account in found if account.enabled and account.address] or found
    if len(found) > 1 or (found and not numbered and person.shares_name):
        return Unlinked("ambiguous_person")
    if not found:
        # Who stands on the roster without a sign-in name has none: a worker without a mailbox.
        return Unlinked("no_mailbox" if person.name and not person.upn else "unknown_person")
    return found[0] if found[0].address else Unlinked("no_mailbox")
