"""Names are asked of Graph together, and one that is gone keeps nobody else's away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest

from services.notifier.people import People
from shared.errors import HubError
from shared.graph.client import GraphClient
from shared.graph.errors import NotFound, Refused, Throttled
from shared.graph.protocol import Call

GONE = NotFound("graph_404", "GET /users/gone answered 404", "Request_ResourceNotFound")


class FakeGraph:
    """Answers by path, and keeps what it was asked."""

    def __init__(self, answers: dict[str, dict[str, Any] | HubError]) -> None:
        self.answers = answers
        self.asked: list[list[Call]] = []

    def many(self, calls: Sequence[Call]) -> list[dict[str, Any] | HubError]:
        self.asked.append(list(calls))
        return [self.answers[one.path] for one in calls]


def people(**answers: dict[str, Any] | HubError) -> tuple[People, FakeGraph]:
    graph = FakeGraph({f"/users/{user_id}": answer for user_id, answer in answers.items()})
    return People(cast("GraphClient", graph)), graph


def test_names_are_asked_together_and_each_account_once() -> None:
    asked, graph = people(an={"displayName": "An Voorbeeld"}, tuur={"displayName": "Tuur Testman"})

    assert asked.names_of(["tuur", "an", "tuur"]) == {"an": "An Voorbeeld", "tuur": "Tuur Testman"}
    (calls,) = graph.asked
    assert [(one.method, one.path, one.params) for one in calls] == [
        ("GET", f"/users/{user_id}", {"$select": "id,displayName"}) for user_id in ("an", "tuur")
    ]


@pytest.mark.parametrize("answer", [GONE, {}, {"displayName": None}, {"displayName": ""}])
def test_an_account_that_is_gone_or_nameless_is_left_out(answer: dict[str, Any] | HubError) -> None:
    asked, _ = people(an={"displayName": "An Voorbeeld"}, gone=answer)

    assert asked.names_of(["an", "gone"]) == {"an": "An Voorbeeld"}


@pytest.mark.parametrize(
    "failure",
    [
        Throttled("graph_429", "GET /users/tuur answered 429", None),
        Refused("graph_403", "GET /users/tuur answered 403", "Authorization_RequestDenied"),
    ],
    ids=["not now", "not allowed"],
)
def test_half_a_team_is_never_told_as_the_whole_of_it(failure: HubError) -> None:
    asked, _ = people(an={"displayName": "An Voorbeeld"}, tuur=failure)

    with pytest.raises(type(failure)):
        asked.names_of(["an", "tuur"])
