"""What the schemes share: a time that can be read in one way only, and a comparison that never fails."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.webhooks.sources.base import TOLERANCE, NotAuthentic, SchemeOptions, check_age, fingerprint, is_same
from tests.contract.sources.kit import NOW

SECONDS = int(NOW.timestamp())


@pytest.mark.parametrize("said", [str(SECONDS), "2026-11-18T09:00:00Z", "2026-11-18T10:00:00+01:00"])
def test_a_time_is_in_seconds_or_in_words_with_its_zone(said: str) -> None:
    assert check_age(said, NOW, TOLERANCE) == NOW


@pytest.mark.parametrize(
    "said",
    [
        "",
        "nan",
        "1e400",
        f"{SECONDS}.0",
        f"+{SECONDS}",
        f" {SECONDS}",
        f"{SECONDS}\n",
        f"{SECONDS:_}",
        "9" * 12,
        "9" * 400,
        "١٧٩٤٩٩٢٤٠٠",
        "2026-11-18T09:00:00",
        "2026-11-18",
        "0001-01-01T00:00:00+23:59",
    ],
    ids=repr,
)
def test_a_time_that_is_written_otherwise_is_none(said: str) -> None:
    """What can be written in two ways is sent again as a new delivery."""
    with pytest.raises(NotAuthentic) as failure:
        check_age(said, NOW, timedelta(days=400))

    assert failure.value.reason in ("bad_timestamp", "late_or_early")


@given(st.text(), st.text())
def test_two_texts_are_the_same_when_they_are_equal(one: str, other: str) -> None:
    assert is_same(one, other) in (False, one == other)
    assert is_same(one, one) == (one.isascii())


def test_where_a_part_ends_counts_in_a_fingerprint() -> None:
    assert fingerprint(b"ab", b"c") != fingerprint(b"a", b"bc") != fingerprint(b"abc")


def test_options_do_not_show_their_secrets() -> None:
    assert "of-no-use" not in repr(SchemeOptions(["of-no-use"]))
