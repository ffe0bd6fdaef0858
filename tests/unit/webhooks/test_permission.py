"""A sender of events asks before it delivers, and only where deliveries are wanted the answer is yes."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def ask(client: FlaskClient, path: str = "/hooks/protime", **headers: str) -> TestResponse:
    return client.options(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize("origin", ["eventemitter.example.com", "*.example.org", "eventgrid.azure.net"])
def test_a_sender_may_deliver_to_a_configured_source_at_its_rate(client: FlaskClient, origin: str) -> None:
    answer = ask(client, WebHook_Request_Origin=origin, WebHook_Request_Rate="120")

    assert answer.status_code == 204
    assert answer.headers["WebHook-Allowed-Origin"] == origin
    assert answer.headers["WebHook-Allowed-Rate"] == "60"
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize("origin", ["", "<script>", "a b", "x" * 300, "é", "a,b"], ids=lambda origin: origin[:10])
def test_what_is_no_name_of_a_host_is_not_agreed_with_and_not_given_back(client: FlaskClient, origin: str) -> None:
    answer = ask(client, WebHook_Request_Origin=origin)

    assert not [name for name in answer.headers if name[0].lower().startswith("webhook")]


@pytest.mark.parametrize("path", ["/hooks/nobody", "/hooks/graph", "/hooks/graph/lifecycle", "/deliveries"])
def test_nobody_may_deliver_where_no_source_is_configured(client: FlaskClient, path: str) -> None:
    answer = ask(client, path, WebHook_Request_Origin="eventemitter.example.com")

    assert "WebHook-Allowed-Origin" not in answer.headers
