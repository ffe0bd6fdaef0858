"""A token is asked for once, renewed before its end and replaced when it is withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from shared.clock import FixedClock
from shared.errors import Invalid, Permanent
from shared.http import Http
from shared.oauth import Token
from tests.unit.shared.server import Reply, Stub

GONE = Permanent("http_401", "GET answered 401")


def token_of(server: Stub, clock: FixedClock, scope: str = "") -> Token:
    return Token(f"{server.url}/token", "hub", "pw", "Hub/v1 (Voorbeeldegem)", Http(), clock, scope)


def given(number: int, **changes: object) -> Reply:
    return Reply(body={"access_token": f"t{number}", "expires_in": 1800} | changes)


def test_one_token_serves_until_shortly_before_its_end(server: Stub, clock: FixedClock) -> None:
    server.answers(given(1), given(2))
    token = token_of(server, clock, "absences.read webhooks.write")

    assert [token.value(), token.value()] == ["t1", "t1"]
    clock.advance(timedelta(seconds=1740))

    assert token.value() == "t2"
    asked = server.asked[0]
    assert asked.headers["user-agent"] == "Hub/v1 (Voorbeeldegem)"
    assert b"grant_type=client_credentials" in asked.body
    assert b"scope=absences.read+webhooks.write" in asked.body
    assert len(server.asked) == 2


def test_without_a_scope_none_is_asked_for(server: Stub, clock: FixedClock) -> None:
    server.answers(given(1))

    token_of(server, clock).value()

    assert b"scope" not in server.asked[0].body


def test_a_withdrawn_token_is_replaced_once(server: Stub, clock: FixedClock) -> None:
    server.answers(given(1), given(2))
    seen: list[str] = []

    def call(headers: Mapping[str, str]) -> str:
        seen.append(headers["Authorization"])
        if len(seen) == 1:
            raise GONE
        return "found"

    assert token_of(server, clock).used(call) == "found"
    assert seen == ["Bearer t1", "Bearer t2"]


def test_a_token_that_another_thread_replaced_already_is_used(server: Stub, clock: FixedClock) -> None:
    server.answers(given(1), given(2), given(3))
    token = token_of(server, clock)

    def call(headers: Mapping[str, str]) -> str:
        if headers["Authorization"] == "Bearer t1":
            token.used(inner)  # another call finds out first
            raise GONE
        return headers["Authorization"]

    def inner(headers: Mapping[str, str]) -> str:
        if headers["Authorization"] == "Bearer t1":
            raise GONE
        return "found"

    assert token.used(call) == "Bearer t2"
    assert len(server.asked) == 2


@pytest.mark.parametrize("error", [GONE, Permanent("http_403", "GET answered 403")], ids=["401", "403"])
def test_what_a_new_token_does_not_mend_is_told(server: Stub, clock: FixedClock, error: Permanent) -> None:
    server.answers(given(1))

    def call(_: Mapping[str, str]) -> str:
        raise error

    with pytest.raises(Permanent) as failure:
        token_of(server, clock).used(call)

    assert failure.value is error


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"error": "x"},
        {"access_token": ""},
        {"access_token": "t", "expires_in": "soon"},
        {"access_token": "t", "expires_in": None},
    ],
    ids=str,
)
def test_an_answer_without_a_token_is_no_token(server: Stub, clock: FixedClock, body: object) -> None:
    server.answers(Reply(body=body))

    with pytest.raises(Invalid, match="access_token"):
        token_of(server, clock).value()


def test_secret_and_token_are_not_printed(server: Stub, clock: FixedClock) -> None:
    server.answers(given(1))
    token = token_of(server, clock)
    token.value()

    assert "pw" not in repr(token)
    assert "t1" not in repr(token)
