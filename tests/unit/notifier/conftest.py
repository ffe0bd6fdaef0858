"""A notifier on fakes, made anew for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.notifier.builders import FakeNotifier


@pytest.fixture
def notifier(tmp_path: Path) -> Iterator[FakeNotifier]:
    made = FakeNotifier.at(tmp_path)
    yield made
    made.database.close()
