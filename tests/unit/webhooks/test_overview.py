"""ICT sees every subscription that is wanted, be it there or not, and nothing secret of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.webhooks.app import create_app
from services.webhooks.app.overview import Overview
from services.webhooks.domain.subscriptions import Wanted
from services.webhooks.reception import Reception
from services.webhooks.store.repairs import Repairs
from services.webhooks.store.subscriptions import Subscriptions
from shared.clock import FixedClock
from shared.persistence.database import Database
from tests.unit.webhooks.builders import NOW, PEOPLE, kept

POST = Wanted("post", "users/u1/mailFolders('inbox')/messages", "created")


@pytest.fixture
def overview(store: Subscriptions, database: Database) -> Overview:
    return Overview([PEOPLE, POST], store, Repairs(database), FixedClock(NOW))


def test_what_is_wanted_and_missing_is_listed_too(overview: Overview) -> None:
    overview.subscriptions.keep(kept(failure="graph_403"))

    people, post = overview.rows()

    assert (people["name"], people["state"], people["expires_at"]) == ("people", "well", NOW + PEOPLE.lifetime)
    assert people["failure"] == "graph_403"
    assert (post["name"], post["resource"], post["state"]) == ("post", POST.resource, "missing")
    assert people.keys() == post.keys()


def test_what_nobody_wants_any_more_is_listed_as_long_as_it_is_there(overview: Overview) -> None:
    overview.subscriptions.keep(kept(name="old", resource="groups"))

    assert {row["name"]: row["state"] for row in overview.rows()} == {
        "people": "missing",
        "post": "missing",
        "old": "unwanted",
    }


def test_the_last_repair_is_told(overview: Overview) -> None:
    overview.repairs.moved("people", "users", "a link that only Graph may read", NOW - timedelta(hours=1))

    assert overview.rows()[0]["repaired_at"] == NOW - timedelta(hours=1)


def test_nothing_secret_is_told(reception: Reception, store: Subscriptions, database: Database) -> None:
    store.keep(kept(previous_state_hash="before", client_state_hash="now"))
    Repairs(database).moved("people", "users", "https://graph.example.org/users/delta?secret", NOW)

    answer = create_app(reception, store, [PEOPLE]).test_client().get("/subscriptions")

    assert answer.status_code == 200
    assert not any(word in answer.get_data(as_text=True) for word in ("before", '"now"', "delta", "state_hash"))
