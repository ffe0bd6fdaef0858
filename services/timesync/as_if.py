"""What is stored, as if something else were: for looking at what would happen. What is supposed is never kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from services.timesync.domain.identity import Account
from services.timesync.domain.records import AbsenceRecord
from services.timesync.store.accounts import Accounts
from services.timesync.store.marks import Marks
from services.timesync.store.records import Records
from shared.persistence.database import Database


class RecordsAsIf(Records):
    """The stored records, but of each source in *fresh* what was read just now."""

    def __init__(self, database: Database, fresh: Mapping[str, Iterable[AbsenceRecord]]) -> None:
        super().__init__(database)
        self._sources = frozenset(fresh)
        self._fresh: dict[str, list[AbsenceRecord]] = {}
        for records in fresh.values():
            for record in records:
                self._fresh.setdefault(record.employee, []).append(record)

    @property
    def employees(self) -> Collection[str]:
        """Return the employees of whom something was read."""
        return self._fresh.keys()

    def of_employees(self, employees: Sequence[str]) -> dict[str, list[AbsenceRecord]]:
        stored = super().of_employees(employees)
        return {
            employee: [each for each in found if each.source not in self._sources] + self._fresh.get(employee, [])
            for employee, found in stored.items()
        }


class MarksAsIf(Marks):
    """The stored values, but for those in *supposed*."""

    def __init__(self, database: Database, supposed: Mapping[str, str | None]) -> None:
        super().__init__(database)
        self._supposed = supposed

    def get(self, name: str) -> str | None:
        return self._supposed[name] if name in self._supposed else super().get(name)


class AccountsAsIf(Accounts):
    """The accounts *found* in the directory just now, for a hub that never read it."""

    def __init__(self, database: Database, found: Iterable[Account]) -> None:
        super().__init__(database)
        self._by: dict[str, dict[str, list[Account]]] = {"number": {}, "user_id": {}, "name": {}}
        for account in found:
            for name in account.names:
                self._by["name"].setdefault(name, []).append(account)
            self._by["number"].setdefault(account.number or "", []).append(account)
            self._by["user_id"].setdefault(account.user_id, []).append(account)

    def _where(self, column: str, values: Collection[str]) -> list[Account]:
        return [account for value in values for account in self._by[column].get(value, [])]

    def _named(self, names: Collection[str]) -> list[Account]:
        return self._where("name", names)
