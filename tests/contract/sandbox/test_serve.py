"""The command serves the same stand-in from a process of its own."""

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from mirakuru import TCPExecutor

from sandbox.voorbeeldegem import CLIENT_ID, CLIENT_SECRET, TENANT_ID
from tests.contract.sandbox.client import FIEN, SCOPE


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Start the command and wait until it listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "sandbox", "serve", "--port", str(port), "--data", str(tmp_path)]
    with TCPExecutor(command, "127.0.0.1", port, timeout=30):
        yield f"https://localhost:{port}"


@pytest.fixture
def session(address: str, tmp_path: Path) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.verify = str(tmp_path / "ca.pem")
        form = {"grant_type": "client_credentials", "scope": SCOPE, "client_id": CLIENT_ID}
        form["client_secret"] = CLIENT_SECRET
        token = session.post(f"{address}/{TENANT_ID}/oauth2/v2.0/token", data=form, timeout=10).json()
        session.headers["Authorization"] = f"Bearer {token['access_token']}"
        yield session


def test_the_process_serves_graph_over_tls(address: str, session: requests.Session) -> None:
    people = session.get(f"{address}/v1.0/users?$select=employeeId", timeout=10).json()["value"]

    assert people[0]["employeeId"] == "000101"
    assert session.get(f"{address}/_sandbox/ready", timeout=10).json()["ready"] is True


def test_the_process_can_lose_an_answer_after_its_effect(address: str, session: requests.Session) -> None:
    fault = {"path": "/users/", "method": "PATCH", "drop": "after", "times": 1}
    session.post(f"{address}/_sandbox/faults", json=[fault], timeout=10)

    with pytest.raises(requests.ConnectionError):
        session.patch(f"{address}/v1.0/users/{FIEN}", json={"department": "Omgeving"}, timeout=10)

    (effect,) = session.get(f"{address}/_sandbox/ledger", timeout=10).json()
    assert (effect["kind"], effect["action"]) == ("user", "updated")
