"""A tenant at a fixed moment, and a browser onto the systems around it; no socket is opened."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sandbox import pages, protime, workflows
from sandbox.state import Tenant
from tests.contract.sandbox_systems.outside import Clock, Sent


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tenant(clock: Clock) -> Tenant:
    return Tenant("voorbeeldegem", "hub", "secret", clock=clock)


@pytest.fixture
def sent() -> Sent:
    return Sent()


@pytest.fixture
def client(tenant: Tenant, sent: Sent) -> FlaskClient:
    app = Flask(__name__)
    for blueprint in (protime.blueprint(tenant, sent), workflows.blueprint(tenant), pages.blueprint(tenant)):
        app.register_blueprint(blueprint)
    return app.test_client()
