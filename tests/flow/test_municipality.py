"""A second municipality, all invented, comes to what the reference says whatever goes wrong on the way.

In small here, at several seeds; 300 people over two years take minutes: `python -m tests.flow.years --size night`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.flow.years import Years

PEOPLE, DAYS, EVERY = 40, 45, 15


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)


@pytest.mark.parametrize("seed", [1, 2])
def test_mailboxes_show_what_the_reference_says_after_losses_repeats_disorder_throttling_and_deaths(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    years = Years.of(seed, PEOPLE, DAYS, tmp_path)
    years.stage.weather.rule(monkeypatch)

    years.play(every=EVERY)

    weather = years.stage.weather
    assert min(weather.deaths, weather.lost, weather.repeated) > 5
    assert all(years.counts[what] for what in ("absence", "writes", "answers"))
    assert years.counts["requests"] > 500
