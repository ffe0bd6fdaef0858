"""Whom the hub takes a visitor for: the other way round from an employee to his account (R28)."""

from __future__ import annotations

from collections.abc import Sequence

from services.timesync.domain.identity import Account, digest
from services.timesync.handlers.mailboxes import Case, look_at
from services.timesync.handlers.world import Timesync
from services.timesync.store.marks import ACCOUNTS_READ_AT


def case_of(user_id: str, world: Timesync) -> Case | None:
    """Return whose mailbox that of *user_id* is; None when nobody is known to have it, or more than one may."""
    account = world.store.accounts.by_id([user_id]).get(user_id)
    if account is None:
        return None
    by_number = [account.number] if account.number else []
    return _owner(by_number, user_id, world) or _owner(_named(account, world), user_id, world)


def _owner(employees: Sequence[str], user_id: str, world: Timesync) -> Case | None:
    """Return the one of *employees* whose mailbox the hub takes that of *user_id* for (R28)."""
    cases = look_at(employees, world)
    return next((case for case in cases if case.picture and case.picture.user_id == user_id), None)


def _named(account: Account, world: Timesync) -> list[str]:
    """Return the employees whose sign-in name or address is the account's."""
    roster = {person.upn: person.employee for person in world.rules.roster.people.values() if person.upn}
    names = {**{name: name for name in world.store.everybody.addressed()}, **roster}
    return sorted({employee for name, employee in names.items() if digest(name) in account.names})


def accounts_are_known(world: Timesync) -> bool:
    """Tell whether the directory was read to its end: before that, who is not known may be so in a minute."""
    return world.store.marks.get(ACCOUNTS_READ_AT) is not None


def lacks_mailbox(user_id: str, world: Timesync) -> bool:
    """Tell whether the account is known, and has no mailbox."""
    account = world.store.accounts.by_id([user_id]).get(user_id)
    return account is not None and account.address is None
