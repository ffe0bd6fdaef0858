"""A mailroom on fakes, made anew for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.mailroom.builders import FakeMailroom


@pytest.fixture
def room(tmp_path: Path) -> Iterator[FakeMailroom]:
    made = FakeMailroom.at(tmp_path)
    yield made
    made.database.close()
