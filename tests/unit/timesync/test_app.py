"""What timesync shows by HTTP."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from services.timesync.app import create_app
from services.timesync.domain.records import State
from services.timesync.systems.base import Held

from .builders import record
from .conftest import Town


@pytest.fixture
def client(town: Town) -> FlaskClient:
    return create_app(town.world).test_client()


def test_held_rows_explain_themselves_in_dutch(town: Town, client: FlaskClient) -> None:
    town.read(held=(Held("file.csv:11 A-3008", "unknown_code", "000102", "A-3008"),))

    (row,) = client.get("/held").get_json()

    assert (row["source"], row["place"], row["reason"], row["employee"]) == (
        "file",
        "file.csv:11 A-3008",
        "unknown_code",
        "000102",
    )
    assert "gekoppeld" in row["explanation"]


def test_people_are_counted_not_described(town: Town, client: FlaskClient) -> None:
    town.outlook.add("000104")
    town.read(record("2026-11-16"), record("2026-11-18", source_id="2", state=State.REQUESTED))

    assert client.get("/people").get_json() == [
        {"employee": "000104", "linked": True, "events": 1, "skipped": {"not_approved": 1}}
    ]
