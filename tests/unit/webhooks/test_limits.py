"""A source may send so many a minute, and all at once after a quiet minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.webhooks.domain.limits import Bucket

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


def test_what_is_allowed_may_come_all_at_once() -> None:
    bucket = Bucket(3)

    waits = [bucket.wait(NOW) for _ in range(4)]

    assert waits == [None, None, None, timedelta(seconds=20)]


def test_who_waits_as_told_is_let_through() -> None:
    bucket = Bucket(3)
    for _ in range(3):
        bucket.wait(NOW)
    wait = bucket.wait(NOW)
    assert wait is not None

    assert bucket.wait(NOW + wait) is None


def test_a_clock_that_is_set_back_fills_nothing_and_blocks_nobody_for_long() -> None:
    bucket = Bucket(1)
    bucket.wait(NOW)

    assert bucket.wait(NOW - timedelta(hours=1)) is not None
    assert bucket.wait(NOW - timedelta(minutes=59)) is None


@given(
    per_minute=st.integers(1, 100), pauses=st.lists(st.floats(0, 30).map(lambda s: timedelta(seconds=s)), max_size=300)
)
def test_never_more_than_allowed_in_any_minute_beyond_the_first_burst(per_minute: int, pauses: list[timedelta]) -> None:
    bucket, now, passed = Bucket(per_minute), NOW, 0

    for pause in pauses:
        now += pause
        passed += bucket.wait(now) is None

    assert passed <= per_minute + per_minute * ((now - NOW) / timedelta(minutes=1)) + 1e-6
