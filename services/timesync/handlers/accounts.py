"""Knows whose account is whose: reads the directory once, follows its changes, and compares whom they concern (R28)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import orjson

from services.timesync.domain.identity import Account, digest
from services.timesync.handlers.world import Timesync, router
from services.timesync.store.marks import ACCOUNTS, ACCOUNTS_READ_AT, ACCOUNTS_ROUND, ACCOUNTS_UNSAID, MEMBERS
from shared.errors import Transient
from shared.events import AbsenceRulesRefused, AbsencesChanged, ComparisonWanted, Event, GraphResourceChanged
from shared.events.absences import RuleFault
from shared.graph.directory import User
from shared.graph.errors import NotFound

EVERY = timedelta(hours=1)  # a notification may be lost, or not be allowed through the firewall
_USER = re.compile(r"/?users/([^/]+)", re.IGNORECASE)


class UnknownGroup(Transient):
    """There is no such pilot group: nobody's mailbox is touched until hub.toml or Entra is mended."""


@router.on(GraphResourceChanged)
def follow_account(event: GraphResourceChanged, world: Timesync) -> Iterator[Event]:
    """An account came, went or was renamed: compare the employees whom it may concern."""
    match = _USER.fullmatch(event.resource)
    if match is None:
        return
    ensure_accounts(world)
    is_first = world.store.marks.get(ACCOUNTS_UNSAID) is None  # else the next tick says what another attempt did not
    yield from _compare(_take([match[1]], world), world, says_all=is_first)


def follow_directory(world: Timesync) -> Iterator[Event]:
    """Ask the directory what changed since the last time, if that is long ago.

    A directory that is away keeps nobody from what else a tick brings: the next one asks again.
    """
    marks, now = world.store.marks, world.clock.now()
    if marks.get(ACCOUNTS_UNSAID):  # stored by an attempt that died before it could say so
        marks.put_with_outcome(ACCOUNTS_UNSAID, None)
        yield ComparisonWanted(run=f"accounts-{now.isoformat()}")
    read_at = marks.get(ACCOUNTS_READ_AT)
    # a moment that is yet to come is one of a clock that was put right since
    if read_at is None or not timedelta(0) <= now - datetime.fromisoformat(read_at) < EVERY:
        try:
            with world.reading_accounts:
                concerned = _read_changes(world)
            yield from _compare(concerned, world)
            yield from _follow_group(world)
        except UnknownGroup as error:
            file = world.rulebook.file
            yield AbsenceRulesRefused(file=file, faults=[RuleFault(file=file, line=0, expected=str(error))])
        except Transient:
            return  # the next tick asks again


def members_of_scope(world: Timesync) -> frozenset[str]:
    """Return the accounts of the pilot group, as they were read last (R29); none when it is another group by now."""
    mark = orjson.loads(world.store.marks.get(MEMBERS) or "{}")
    return frozenset(mark["members"]) if mark.get("group") == world.rules.scope.group else frozenset()


def members_mark(world: Timesync) -> str | None:
    """Return what the mark MEMBERS holds by what the directory says now; None: there is no pilot group.

    Raises: UnknownGroup, or what shared.graph.errors says.
    """
    group = world.rules.scope.group
    if not group:
        return None
    try:
        members = sorted(world.directory.members(group))
    except NotFound as error:
        expected = f"timesync.scope.group: expected the id of a group in Entra, got '{group[:100]}'"
        raise UnknownGroup("unknown_group", expected) from error
    return orjson.dumps({"group": group, "members": members}).decode()


def ensure_accounts(world: Timesync) -> None:
    """Read the directory when that never happened: before that, everybody would seem to have no account.

    Nor would anybody seem to be in a pilot group that was named just now.
    Raises: what shared.graph.errors says; what was read stays, and the next attempt goes on from there.
    """
    _ensure_members(world)
    if world.store.marks.get(ACCOUNTS_READ_AT) is None:
        with world.reading_accounts:
            if world.store.marks.get(ACCOUNTS_READ_AT) is None:
                _read_changes(world)


def canonical(references: Iterable[str], world: Timesync) -> dict[str, str]:
    """Return the employee whom each reference of a source means: an address becomes the personnel number, if known."""
    names = {each for each in references if "@" in each}
    known = {each: each for each in references}
    if not names:
        return known
    accounts = world.store.accounts.named({digest(name) for name in names})
    on_roster = _of_roster(world)
    numbers = dict(on_roster)
    for account in accounts:  # whose sign-in name is on the roster, is meant by his address too
        listed = (on_roster[name] for name in sorted(account.names) if name in on_roster)
        if number := account.number or next(listed, None):
            numbers = dict.fromkeys(account.names, number) | numbers
    return known | {name: numbers.get(digest(name)) or name.lower() for name in names}


def rekey(references: Iterable[str], world: Timesync) -> dict[str, str]:
    """Return what `canonical` says, after what is known under an address went over to who has a number by now."""
    employees = canonical(references, world)
    for name in world.store.everybody.known([name for name, employee in employees.items() if name != employee]):
        world.store.everybody.rename(name, employees[name])
    return employees


def account_of(user: User) -> Account:
    """Return the account of a *user* of the directory."""
    address = digest(user.mail) if user.mail else None
    return Account(user.id, digest(user.upn), address, user.employee, user.enabled)


def _of_roster(world: Timesync) -> dict[str, str]:
    """Return the personnel number of everybody on the roster, by the digest of his sign-in name."""
    people = world.rules.roster.people.values()
    return {digest(person.upn): person.employee for person in people if person.upn}


def _ensure_members(world: Timesync) -> None:
    if group := world.rules.scope.group:
        mark = orjson.loads(world.store.marks.get(MEMBERS) or "{}")
        if mark.get("group") != group:
            world.store.marks.put(MEMBERS, members_mark(world))


def _follow_group(world: Timesync) -> Iterator[Event]:
    """Read who is in the pilot group, and compare everybody when that changed."""
    members = members_mark(world)
    if members != world.store.marks.get(MEMBERS):
        world.store.marks.put_with_outcome(MEMBERS, members)
        yield ComparisonWanted(run=f"group-{world.clock.now().isoformat()}")


def _read_changes(world: Timesync) -> set[str]:
    """Store page by page what the directory says, and return the employees and addresses that it may concern."""
    marks = world.store.marks
    round_, concerned, is_over = int(marks.get(ACCOUNTS_ROUND) or 0), set[str](), False
    while not is_over:
        page = world.directory.delta(marks.get(ACCOUNTS))
        if page.is_start:
            round_ += 1
            marks.put(ACCOUNTS_ROUND, str(round_))
            marks.put(ACCOUNTS_READ_AT, None)
        is_whole = marks.get(ACCOUNTS_READ_AT) is None
        if is_whole:
            concerned |= _store([account_of(user) for user in page.users if user.upn], round_, world)
        else:  # of a change Graph tells what changed only: https://learn.microsoft.com/en-us/graph/delta-query-overview
            concerned |= _take([user.id for user in page.users], world)
        concerned |= _forget(page.removed, world)
        marks.put(ACCOUNTS, page.link)
        is_over = page.is_over
        if is_over and is_whole:
            concerned |= {name for gone in world.store.accounts.forget_unseen(round_) for name in _names(gone)}
    marks.put(ACCOUNTS_READ_AT, world.clock.now().isoformat())
    return concerned


def _take(user_ids: Sequence[str], world: Timesync) -> set[str]:
    """Ask the directory for *user_ids*, remember what it says, and return whom that may concern."""
    found = [(user_id, world.directory.user(user_id)) for user_id in user_ids]
    gone = _forget([user_id for user_id, user in found if user is None], world)
    round_ = int(world.store.marks.get(ACCOUNTS_ROUND) or 0)
    return gone | _store([account_of(user) for _, user in found if user], round_, world)


def _store(accounts: Sequence[Account], round_: int, world: Timesync) -> set[str]:
    concerned, known = set[str](), world.store.accounts.by_id([account.user_id for account in accounts])
    for account in accounts:
        before = known.get(account.user_id)
        if before != account:
            concerned |= _names(account) | (_names(before) if before else set())
    _note(concerned, world)
    world.store.accounts.keep(accounts, round_)
    return concerned


def _forget(user_ids: Sequence[str], world: Timesync) -> set[str]:
    gone = list(world.store.accounts.by_id(user_ids).values())
    concerned = {name for account in gone for name in _names(account)}
    _note(concerned, world)
    world.store.accounts.forget([account.user_id for account in gone])
    return concerned


def _note(concerned: set[str], world: Timesync) -> None:
    if concerned and world.store.marks.get(ACCOUNTS_UNSAID) is None:
        world.store.marks.put(ACCOUNTS_UNSAID, "yes")


def _compare(concerned: set[str], world: Timesync, *, says_all: bool = True) -> Iterator[Event]:
    """Compare the employees behind the numbers and digests of *concerned*.

    Who was known by an address and has a number by now, is known by that from here on.
    """
    held = world.store.held.people()
    addressed = [each for each in {*world.store.everybody.addressed(), *held} if "@" in each]
    named = {each for each in addressed if digest(each) in concerned}
    roster = {employee for name, employee in _of_roster(world).items() if name in concerned}
    employees = {*concerned, *roster, *rekey(named, world).values()}
    known = {*world.store.everybody.known(sorted(employees)), *((concerned | named) & held)}
    if says_all:
        world.store.marks.put_with_outcome(ACCOUNTS_UNSAID, None)
    yield from (AbsencesChanged(employee=employee) for employee in sorted(known))


def _names(account: Account) -> set[str]:
    return account.names | ({account.number} if account.number else set())
