"""The few people whom many letters name are asked for once in a while."""

from __future__ import annotations

from services.mailroom.accounts import RecentAccounts
from shared.graph.directory import User


class Counted:
    """A directory with one account; *asked* is what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def user(self, id_or_upn: str) -> User | None:
        self.asked.append(id_or_upn)
        return User("user-4", id_or_upn) if id_or_upn == "tuur.testman@example.org" else None


def test_an_account_is_asked_once_for_many_letters() -> None:
    directory = Counted()
    accounts = RecentAccounts(directory)

    found = [accounts.user("tuur.testman@example.org") for _ in range(3)]

    assert found == [User("user-4", "tuur.testman@example.org")] * 3
    assert directory.asked == ["tuur.testman@example.org"]


def test_an_account_that_is_not_there_is_asked_again() -> None:
    directory = Counted()
    accounts = RecentAccounts(directory)

    assert [accounts.user("weg@example.org") for _ in range(2)] == [None, None]
    assert len(directory.asked) == 2
