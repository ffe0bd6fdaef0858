"""When a message is tried again, and when it is set aside."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.errors import Invalid, Outdated, Permanent, Transient, Unavailable
from shared.messaging.retry import SCHEDULE, UNEXPECTED_ATTEMPTS, Again, Park, reason_of, verdict, words_of
from tests.unit.shared.builders import NOW

LAST = len(SCHEDULE) - 1


@pytest.mark.parametrize(
    ("failure", "attempts", "expected"),
    [
        (Permanent("graph_403", "no"), 0, Park()),
        (Invalid("invalid_letter", "no"), 0, Park()),
        (Transient("graph_502", "no"), 0, Again(NOW + SCHEDULE[0], counts=True)),
        (Transient("graph_502", "no"), LAST, Again(NOW + SCHEDULE[LAST], counts=True)),
        (Transient("graph_502", "no"), len(SCHEDULE), Park()),
        (Unavailable("graph_429", "no"), 0, Again(NOW + SCHEDULE[0], counts=False)),
        (Unavailable("graph_429", "no"), 500, Again(NOW + SCHEDULE[LAST], counts=False)),
        (Outdated("graph_412", "no", timedelta(0)), 0, Again(NOW, counts=True)),
        (KeyError("x"), 0, Again(NOW + SCHEDULE[0], counts=True)),
        (KeyError("x"), UNEXPECTED_ATTEMPTS - 2, Again(NOW + SCHEDULE[UNEXPECTED_ATTEMPTS - 2], counts=True)),
        (KeyError("x"), UNEXPECTED_ATTEMPTS - 1, Park()),
    ],
    ids=[
        "permanent",
        "invalid",
        "transient",
        "transient, last step",
        "transient, schedule used up",
        "unavailable costs no attempt",
        "unavailable is never given up",
        "outdated, at once",
        "unexpected",
        "unexpected, second",
        "unexpected, third",
    ],
)
def test_a_failure_gets_its_verdict(failure: Exception, attempts: int, expected: Again | Park) -> None:
    assert verdict(failure, attempts, NOW, dice=0.5) == expected


@pytest.mark.parametrize("attempts", range(len(SCHEDULE)))
def test_the_wait_is_spread_around_its_step(attempts: int) -> None:
    step = SCHEDULE[attempts]

    waits = [verdict(Transient("x", "no"), attempts, NOW, dice) for dice in (0.0, 1.0)]

    assert waits == [Again(NOW + step * 0.5, counts=True), Again(NOW + step * 1.5, counts=True)]


@pytest.mark.parametrize("attempts", [0, 9], ids=["first", "last"])
@pytest.mark.parametrize(("dice", "most"), [(0.0, 100), (1.0, 110)])
def test_what_the_target_asks_for_wins(attempts: int, dice: float, most: int) -> None:
    failure = Transient("graph_503", "no", timedelta(seconds=100))

    decision = verdict(failure, attempts, NOW, dice)

    assert decision == Again(NOW + timedelta(seconds=most), counts=True)


@pytest.mark.parametrize("days", [36_500, 3_650_000, 86_399_999], ids=["a century", "ten millennia", "the longest"])
def test_a_target_that_asks_for_an_absurd_wait_is_asked_again_after_our_longest_step(days: int) -> None:
    failure = Unavailable("graph_429", "no", timedelta(days=days))

    decision = verdict(failure, 0, NOW, dice=1.0)

    assert decision == Again(NOW + SCHEDULE[LAST] * 1.1, counts=False)


def test_a_weekend_without_the_target_is_survived() -> None:
    assert sum(SCHEDULE, timedelta()) * 0.5 > timedelta(hours=34)
    assert sum(SCHEDULE, timedelta()) > timedelta(days=2.5)


def test_the_reason_of_a_failure_is_a_slug() -> None:
    assert reason_of(Permanent("graph_403", "no")) == "graph_403"
    assert reason_of(KeyError("JV")) == "unexpected_KeyError"
    assert len(reason_of(type("E" * 100, (Exception,), {})())) == 64


def test_an_unexpected_error_tells_its_place_and_never_its_words() -> None:
    try:
        {}["ziekte van Jan"]  # type: ignore[index]  # the fault itself
    except KeyError as failure:
        words = words_of(failure)

    assert "ziekte" not in words
    assert words.startswith("KeyError at tests/unit/shared/test_retry.py:")


def test_an_error_without_a_trace_has_words_too() -> None:
    assert words_of(KeyError("x")) == "KeyError at unknown place"


def test_our_own_words_are_kept_within_bounds() -> None:
    assert words_of(Permanent("x", "y" * 5000)) == "y" * 2000
