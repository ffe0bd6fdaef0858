"""Whoever asks to wait is left alone for exactly that long; then one goes first."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.circuit import FAILURES, PAUSE, Circuits
from shared.errors import HubError, Invalid, Outdated, Transient, Unavailable
from tests.unit.shared.builders import Hands

MAILBOX = "/users/7f4a"


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def circuits(hands: Hands) -> Circuits:
    return Circuits(hands.now)


def knock(circuits: Circuits, failure: Exception | None = None, target: str = MAILBOX) -> None:
    with circuits.guard(target):
        if failure:
            raise failure


def fail(circuits: Circuits, failure: Exception, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(type(failure)):
            knock(circuits, failure)


def is_open(circuits: Circuits, target: str = MAILBOX) -> bool:
    try:
        knock(circuits, target=target)
    except Unavailable as error:
        return error.reason == "circuit_open"
    return False


def throttled(seconds: float | None) -> Unavailable:
    return Unavailable("graph_429", "wait", None if seconds is None else timedelta(seconds=seconds))


def test_one_call_to_wait_keeps_everybody_away_until_the_time_is_over(circuits: Circuits, hands: Hands) -> None:
    fail(circuits, throttled(60))

    hands.seconds += 59
    assert is_open(circuits)
    hands.seconds += 1
    assert not is_open(circuits)


def test_another_target_is_not_kept_waiting(circuits: Circuits) -> None:
    fail(circuits, throttled(60))

    assert not is_open(circuits, "/users/other")


def test_whoever_is_kept_away_is_told_how_long(circuits: Circuits, hands: Hands) -> None:
    fail(circuits, throttled(60))
    hands.seconds += 20

    with pytest.raises(Unavailable) as failure:
        knock(circuits)

    assert failure.value.retry_after == timedelta(seconds=40)


def test_a_target_that_does_not_say_how_long_gets_our_pause(circuits: Circuits, hands: Hands) -> None:
    fail(circuits, throttled(None))

    hands.seconds += PAUSE.total_seconds() - 1
    assert is_open(circuits)
    hands.seconds += 1
    assert not is_open(circuits)


def test_a_target_that_asks_for_no_wait_gets_none(circuits: Circuits) -> None:
    fail(circuits, throttled(0))

    assert not is_open(circuits)


def test_failures_in_a_row_open_it(circuits: Circuits) -> None:
    fail(circuits, Transient("graph_502", "no"), FAILURES - 1)
    assert not is_open(circuits)

    fail(circuits, Transient("graph_502", "no"), FAILURES)

    assert is_open(circuits)


def test_the_last_failure_may_say_how_long(circuits: Circuits, hands: Hands) -> None:
    fail(circuits, Transient("graph_504", "no", timedelta(minutes=5)), FAILURES)

    hands.seconds += 299
    assert is_open(circuits)


@pytest.mark.parametrize(
    "answer",
    [Invalid("graph_400", "no"), Outdated("graph_412", "no"), KeyError("ours")],
    ids=["a refusal", "a stale etag", "a fault of ours"],
)
def test_an_answer_of_any_kind_ends_the_row(circuits: Circuits, answer: Exception) -> None:
    fail(circuits, Transient("graph_502", "no"), FAILURES - 1)
    fail(circuits, answer)

    fail(circuits, Transient("graph_502", "no"), FAILURES - 1)

    assert not is_open(circuits)


def test_only_one_goes_first_when_the_time_is_over(circuits: Circuits, hands: Hands) -> None:
    fail(circuits, throttled(60))
    hands.seconds += 61

    with circuits.guard(MAILBOX):
        assert is_open(circuits)

    assert not is_open(circuits)


@pytest.mark.parametrize(
    "failure", [throttled(60), Transient("graph_502", "no", timedelta(seconds=60))], ids=["asked to wait", "no answer"]
)
def test_when_the_first_fails_everybody_waits_again(circuits: Circuits, hands: Hands, failure: HubError) -> None:
    fail(circuits, throttled(10))
    hands.seconds += 11
    fail(circuits, failure)

    hands.seconds += 59
    assert is_open(circuits)
    hands.seconds += 2
    assert not is_open(circuits)


def test_a_call_that_was_under_way_does_not_end_the_wait(circuits: Circuits) -> None:
    with circuits.guard(MAILBOX):  # under way when another one is throttled
        fail(circuits, throttled(60))

    assert is_open(circuits)


def test_whoever_is_let_through_learns_later_how_it_ended(circuits: Circuits, hands: Hands) -> None:
    first, second = circuits.enter(MAILBOX), circuits.enter("/users/other")

    circuits.learn("/users/other", second, throttled(60))
    circuits.learn(MAILBOX, first, None)

    assert not is_open(circuits)
    assert is_open(circuits, "/users/other")


def test_of_several_that_knock_at_once_one_is_let_through_when_the_time_is_over(
    circuits: Circuits, hands: Hands
) -> None:
    fail(circuits, throttled(60))
    hands.seconds += 61
    entered = circuits.enter(MAILBOX)

    with pytest.raises(Unavailable):
        circuits.enter(MAILBOX)
    circuits.learn(MAILBOX, entered, None)

    assert not is_open(circuits)


def test_an_answer_to_what_was_asked_before_the_wait_does_not_end_it(circuits: Circuits) -> None:
    before = circuits.enter(MAILBOX)
    throttled_one = circuits.enter(MAILBOX)
    circuits.learn(MAILBOX, throttled_one, throttled(60))

    circuits.learn(MAILBOX, before, None)

    assert is_open(circuits)


@pytest.mark.parametrize(
    "late",
    [throttled(5), throttled(None), Transient("graph_unreachable", "no")],
    ids=["a shorter wish", "no wish", "a time-out"],
)
def test_a_call_that_was_under_way_does_not_shorten_the_wait(circuits: Circuits, hands: Hands, late: Transient) -> None:
    def under_way() -> None:
        with circuits.guard(MAILBOX):
            fail(circuits, throttled(600))
            raise late

    with pytest.raises(Transient):
        under_way()

    hands.seconds += 300
    assert is_open(circuits)
