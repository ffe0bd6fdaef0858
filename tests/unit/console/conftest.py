"""A console on fakes, made anew for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.unit.console.builders import FakeConsole


@pytest.fixture
def console(tmp_path: Path) -> Iterator[FakeConsole]:
    made = FakeConsole.at(tmp_path)
    yield made
    made.database.close()


@pytest.fixture
def browser(console: FakeConsole) -> FlaskClient:
    return console.app().test_client()
