"""The accounts of the tenant as the directory told them, so that nobody has to be asked who somebody is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, or_, select

from services.timesync.domain.identity import Account, name_of
from services.timesync.domain.roster import Person
from services.timesync.store.tables import accounts
from shared.persistence.database import Database

_SLICE = 400  # values in one IN: far below what SQLite and PostgreSQL take


class Accounts:
    """Accounts by id, by personnel number and by name. A reading of all of them goes in a *round* of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, people: Sequence[Person]) -> dict[str, list[Account]]:
        """Return, by employee, the accounts that may be his: they carry his number, his sign-in name or address."""
        names = {name_of(person) for person in people} - {""}
        numbers = {person.employee for person in people}
        found = {each.user_id: each for each in [*self._where("number", numbers), *self._named(names)]}
        by_number: dict[str | None, list[Account]] = {}
        by_name: dict[str, list[Account]] = {}
        for account in found.values():
            by_number.setdefault(account.number, []).append(account)
            for name in account.names:
                by_name.setdefault(name, []).append(account)
        return {
            person.employee: list(
                {
                    each.user_id: each
                    for each in [*by_number.get(person.employee, []), *by_name.get(name_of(person), [])]
                    if each.user_id
                }.values()
            )
            for person in people
        }

    def named(self, names: Collection[str]) -> list[Account]:
        """Return the accounts whose sign-in name or address is behind one of the digests *names*."""
        return self._named(names)

    def by_id(self, user_ids: Collection[str]) -> dict[str, Account]:
        """Return those of *user_ids* that are known."""
        return {account.user_id: account for account in self._where("user_id", user_ids)}

    def count(self) -> int:
        with self._database.read() as connection:
            return connection.execute(select(func.count()).select_from(accounts)).scalar_one()

    def keep(self, found: Sequence[Account], round_: int) -> None:
        """Remember *found* as the directory now says."""
        rows = [_values(account, round_) for account in found]

        def work(connection: Connection) -> None:
            _forget(connection, [account.user_id for account in found])
            if rows:
                connection.execute(insert(accounts), rows)

        self._database.write(work)

    def forget(self, user_ids: Iterable[str]) -> None:
        """Drop accounts that are gone."""
        gone = list(user_ids)
        if gone:
            self._database.write(lambda connection: _forget(connection, gone))

    def forget_unseen(self, round_: int) -> list[Account]:
        """Drop, and return, what did not come in the whole reading of *round_*."""
        unseen = accounts.c.seen < round_

        def work(connection: Connection) -> list[Account]:
            rows = connection.execute(select(accounts).where(unseen)).all()
            connection.execute(delete(accounts).where(unseen))
            return [_account(row) for row in rows]

        return self._database.write(work)

    def _where(self, column: str, values: Collection[str]) -> list[Account]:
        wanted, found = sorted(values), []
        with self._database.read() as connection:
            for at in range(0, len(wanted), _SLICE):
                query = select(accounts).where(accounts.c[column].in_(wanted[at : at + _SLICE]))
                found += [_account(row) for row in connection.execute(query).all()]
        return found

    def _named(self, names: Collection[str]) -> list[Account]:
        wanted, found = sorted(names), []
        with self._database.read() as connection:
            for at in range(0, len(wanted), _SLICE):
                some = wanted[at : at + _SLICE]
                query = select(accounts).where(or_(accounts.c.sign_in.in_(some), accounts.c.address.in_(some)))
                found += [_account(row) for row in connection.execute(query).all()]
        return found


def _forget(connection: Connection, user_ids: Sequence[str]) -> None:
    for at in range(0, len(user_ids), _SLICE):
        connection.execute(delete(accounts).where(accounts.c.user_id.in_(user_ids[at : at + _SLICE])))


def _values(account: Account, round_: int) -> dict[str, Any]:
    return {
        "user_id": account.user_id,
        "sign_in": account.sign_in,
        "address": account.address,
        "number": account.number,
        "enabled": account.enabled,
        "seen": round_,
    }


def _account(row: Row[Any]) -> Account:
    return Account(row.user_id, row.sign_in, row.address, row.number, row.enabled)
