"""The API of Protime as its pages show it: what is asked, what is understood, and what is no answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.webhooks.domain.hooks import Hook, Wish
from services.webhooks.protime_api import ProtimeHooks
from shared.clock import FixedClock
from shared.errors import Invalid, Permanent, Transient
from shared.http import Http
from shared.oauth import Token
from tests.unit.shared.server import Asked, Reply, Stub, serving

AGENT = "IntegrationHub/v1 (Voorbeeldegem)"
PATH = "/connector/protimeapi/api/v1/webhooks"
WISH = Wish("protime", "https://hub.example.org/hooks/protime", "absences")
ROW = {
    "id": "a7d853ea-89eb-4735-83d1-b891c6fde398",
    "validUntil": "2027-03-31T12:30:00+02:00",
    "status": "Enabled",
    "destinationUrl": "https://www.example.org/protime/clockings",
    "collectionName": "clockings",
}
MADE = {"key": "private", "validUntil": "2027-03-31T12:30:00+02:00"}


@pytest.fixture
def server() -> Iterator[Stub]:
    with serving() as stub:
        yield stub


def answering(server: Stub, *replies: Reply) -> ProtimeHooks:
    """Give a token, then *replies*."""
    server.answers(Reply(body={"access_token": "t", "expires_in": 1800}), *replies)
    clock = FixedClock(datetime(2026, 11, 18, 9, 0, tzinfo=UTC))
    return ProtimeHooks(server.url, Token(f"{server.url}/token", "hub", "pw", AGENT, Http(), clock), Http())


def asked(server: Stub) -> list[Asked]:
    return [one for one in server.asked if one.path != "/token"]


def test_every_page_of_webhooks_is_read_and_an_empty_one_is_not_the_end(server: Stub) -> None:
    other = ROW | {"id": "other", "status": "Disabled"}
    api = answering(
        server,
        Reply(body={"value": [ROW], "nextLink": f"{PATH}?continuationToken=c1"}),
        Reply(body={"value": [], "nextLink": f"{PATH}?continuationToken=c2"}),
        Reply(body={"value": [other]}),
    )

    listed = api.all()

    assert listed == [
        Hook(str(ROW["id"]), str(ROW["destinationUrl"]), "clockings", is_enabled=True),
        Hook("other", str(ROW["destinationUrl"]), "clockings", is_enabled=False),
    ]
    assert [one.path for one in asked(server)] == [PATH, *(f"{PATH}?continuationToken=c{n}" for n in (1, 2))]
    assert {one.headers["user-agent"] for one in server.asked} == {AGENT}
    assert {one.headers["authorization"] for one in asked(server)} == {"Bearer t"}


def test_a_link_that_leads_elsewhere_is_not_followed(server: Stub) -> None:
    api = answering(server, Reply(body={"value": [], "nextLink": "https://elsewhere.example.org/webhooks"}))

    with pytest.raises(Permanent) as failure:
        api.all()

    assert failure.value.reason == "foreign_link"


@pytest.mark.parametrize("name", ["key", "privateKey", "webhookKey", "PrivateKey"])
def test_a_webhook_is_made_and_its_key_is_found(server: Stub, name: str) -> None:
    body = {name: "private", "validUntil": MADE["validUntil"]}
    api = answering(server, Reply(201, body, {"Location": f"{PATH}/a7d853ea"}))

    made = api.create(WISH)

    assert (made.id, made.key) == ("a7d853ea", "private")
    assert made.expires_at == datetime(2027, 3, 31, 10, 30, tzinfo=UTC)
    (post,) = asked(server)
    assert (post.method, post.path) == ("POST", PATH)
    assert post.json == {"destinationUrl": WISH.address, "collectionName": "absences"}


@pytest.mark.parametrize(
    ("body", "location"),
    [
        ({}, f"{PATH}/a7"),
        (MADE | {"validUntil": "2027-03-31T12:30:00"}, f"{PATH}/a7"),
        (MADE | {"validUntil": 5}, f"{PATH}/a7"),
        ({"validUntil": MADE["validUntil"]}, f"{PATH}/a7"),
        (MADE | {"otherKey": "x"}, f"{PATH}/a7"),
        (MADE, ""),
        ([], f"{PATH}/a7"),
    ],
    ids=["empty", "no offset", "no date", "no key", "two keys", "no location", "a list"],
)
def test_an_answer_that_is_not_as_promised_is_named_without_its_key(server: Stub, body: Any, location: str) -> None:
    api = answering(server, Reply(201, body, {"Location": location}))

    with pytest.raises(Invalid) as failure:
        api.create(WISH)

    assert "private" not in str(failure.value)


@pytest.mark.parametrize("body", [[], {"value": 5}, {"value": [5]}, {"value": [{"id": "x"}]}], ids=str)
def test_a_list_that_is_none_is_named(server: Stub, body: Any) -> None:
    with pytest.raises(Invalid, match="expected"):
        answering(server, Reply(body=body)).all()


@pytest.mark.parametrize("status", [204, 404], ids=["there", "gone"])
def test_a_webhook_is_removed_once(server: Stub, status: int) -> None:
    answering(server, Reply(status)).delete("a7")

    assert [(one.method, one.path) for one in asked(server)] == [("DELETE", f"{PATH}/a7")]


@pytest.mark.parametrize(("status", "kind"), [(403, Permanent), (500, Transient), (429, Transient)])
def test_a_failure_decides_what_happens_next(server: Stub, status: int, kind: type[Exception]) -> None:
    api = answering(server, Reply(status, headers={"Retry-After": "17"}))

    with pytest.raises(kind) as failure:
        api.delete("a7")

    if status == 429:
        assert getattr(failure.value, "retry_after", None) == timedelta(seconds=17)


def test_pages_that_lead_back_are_not_read_for_ever(server: Stub) -> None:
    again = Reply(body={"value": [], "nextLink": f"{PATH}?continuationToken=c1"})
    api = answering(server, again, again, Reply(500))

    with pytest.raises(Invalid, match="page"):
        api.all()
