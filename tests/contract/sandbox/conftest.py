"""A served sandbox at a clock that the test holds, and clients that speak to it over TLS."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask, Response, request
from werkzeug.serving import make_server

from sandbox.server import Sandbox, serve_in_thread
from sandbox.state import Tenant
from shared.graph.client import GraphClient
from tests.contract.sandbox.client import Client
from tests.contract.sandbox.conformance import log_violations


@dataclass
class Clock:
    """Stands still until told otherwise: the seventh of May 2027, in the middle of a sample absence."""

    time: datetime = datetime(2027, 5, 7, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **by: float) -> None:
        self.time += timedelta(**by)


@pytest.fixture(autouse=True)
def _own_trust(monkeypatch: pytest.MonkeyPatch) -> None:
    """requests prefers these to what a session is told to trust."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tenant(clock: Clock) -> Tenant:
    tenant = Tenant.voorbeeldegem()
    tenant.clock = clock
    return tenant


@pytest.fixture
def sandbox(tenant: Tenant, tmp_path: Path) -> Iterator[Sandbox]:
    with serve_in_thread(tenant, tmp_path) as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[Client]:
    with requests.Session() as session:
        session.verify = str(sandbox.ca)
        yield Client(sandbox, session)


class Token:
    """A token that the tenant knows."""

    def __init__(self, tenant: Tenant) -> None:
        tenant.tokens["known"] = tenant.now() + timedelta(days=30)

    def token(self) -> str:
        return "known"

    def forget(self) -> None:
        raise AssertionError("the token was refused")


@pytest.fixture
def graph(sandbox: Sandbox, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> Iterator[GraphClient]:
    """Give the hub's own client; what it wrote is as Microsoft describes it."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(sandbox.ca))
    made = GraphClient(f"{sandbox.url}/v1.0", Token(tenant))
    yield made
    made._session.close()
    assert log_violations(tenant.requests) == []


@dataclass
class Listener:
    """A webhook that shakes hands and keeps what it is told; *answer* may be replaced."""

    url: str
    items: list[dict[str, Any]] = field(default_factory=list)
    handshakes: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)  # to answer next, then 202
    echo: Callable[[str], Response] = lambda token: Response(token, mimetype="text/plain")

    def answer(self) -> Response:
        token = request.args.get("validationToken")
        if token is not None:
            self.handshakes.append(request.path)
            return self.echo(token)
        self.items += request.get_json()["value"]
        return Response(status=self.statuses.pop(0) if self.statuses else 202)


@pytest.fixture
def listener() -> Iterator[Listener]:
    app = Flask("listener")
    server = make_server("127.0.0.1", 0, app, threaded=True)
    listening = Listener(f"http://127.0.0.1:{server.server_port}")
    for path in ("/hook", "/lifecycle"):
        app.add_url_rule(path, path, listening.answer, methods=["POST"])
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield listening
    server.shutdown()
    thread.join()
    server.server_close()
