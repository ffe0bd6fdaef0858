"""What was looked up lately is not asked again, and not for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.recent import Recent


class Hands:
    """A clock that stands where it is put, in seconds."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def recent(hands: Hands) -> Recent[str, int]:
    return Recent(timedelta(seconds=60), most=2, now=hands)


@pytest.mark.parametrize(("later", "known"), [(0, 1), (59, 1), (60, None)])
def test_an_answer_is_known_for_as_long_as_was_said(
    recent: Recent[str, int], hands: Hands, later: int, known: int | None
) -> None:
    recent.put("a", 1)
    hands.at += later

    assert recent.get("a") == known


def test_what_was_never_asked_is_not_known(recent: Recent[str, int]) -> None:
    assert recent.get("a") is None


def test_the_oldest_makes_room_for_what_is_new(recent: Recent[str, int]) -> None:
    for number, name in enumerate("abc"):
        recent.put(name, number)

    assert [recent.get(each) for each in "abc"] == [None, 1, 2]


def test_what_is_told_again_takes_no_room_of_others(recent: Recent[str, int]) -> None:
    for number, name in enumerate("abb"):
        recent.put(name, number)

    assert [recent.get(each) for each in "ab"] == [0, 2]


def test_what_is_forgotten_is_asked_again(recent: Recent[str, int]) -> None:
    recent.put("a", 1)
    recent.forget()

    assert recent.get("a") is None
