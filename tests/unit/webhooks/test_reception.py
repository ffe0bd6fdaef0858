"""What the front door makes of a delivery by the rules, and whom it tells when it can make nothing of it."""

from __future__ import annotations

from threading import Event as Flag
from typing import Any

import orjson
import pytest

from services.webhooks.policy_rules import load_rule, unshown
from services.webhooks.reception import Reception
from services.webhooks.refusals import LONGEST_PLACE, PLACES_TOLD, REFUSALS_NOTED, Refusals
from services.webhooks.sources.base import Delivery, Malformed, NotAuthentic, SchemeOptions, Source, Told
from services.webhooks.sources.graph import GraphNotifications
from services.webhooks.sources.standard import StandardWebhooks
from services.webhooks.sources.system import System
from services.webhooks.store.deliveries import Deliveries
from services.webhooks.store.subscriptions import Subscriptions
from shared.clock import FixedClock
from shared.errors import HubError
from shared.events import DeliveryRefused, Event
from shared.events.envelope import Envelope
from shared.persistence.database import Database
from shared.persistence.ledger import SqlLedger
from tests.contract.sources.kit import OTHER_SECRET, SECRET, TENANT, signed
from tests.unit.shared.builders import locked
from tests.unit.webhooks.builders import NOW

APPROVED: dict[str, Any] = {
    "name": "goedgekeurd",
    "source": "notulen",
    "when": "type == 'besluit.goedgekeurd'",
    "makes": "notice",
    "privacy": "intern",
    "title": "Besluit {nummer}",
    "fields": {"id": "id", "nummer": "nummer"},
}
EVERYTHING: dict[str, Any] = {**APPROVED, "name": "alles", "title": "Nieuws", "fields": {"id": "id"}, "when": "id"}
DECISION = {"type": "besluit.goedgekeurd", "id": 5, "nummer": "2026/118"}


class Faulty:
    """A source whose every delivery lacks *places*."""

    name = "faulty"

    def __init__(self, places: list[str]) -> None:
        self.places = places

    def read(self, delivery: Delivery) -> list[Told]:
        raise Malformed("malformed_delivery", "faulty", {place: ["expected"] for place in self.places})


@pytest.fixture
def hall(database: Database, store: Subscriptions, deliveries: Deliveries, ledger: SqlLedger) -> Reception:
    """A reception for Graph, for minutes software with two rules, and for whom nothing is right."""
    rules = [load_rule(one).rule(unshown) for one in (APPROVED, EVERYTHING)]
    sources: dict[str, Source] = {
        "graph": GraphNotifications(store, TENANT),
        "notulen": System("notulen", StandardWebhooks(SchemeOptions([SECRET])), rules=rules),
        "faulty": Faulty([f"[{number}].{'x' * 300}" for number in range(50)]),
    }
    return Reception(sources, {}, Refusals(database, ledger, deliveries), database, ledger, FixedClock(NOW))


def knock(body: Any, id_: str = "msg_1", secret: str = SECRET) -> Delivery:
    delivery = signed(orjson.dumps(body), secret, id_)
    return Delivery({**delivery.headers, "content-type": "application/json"}, delivery.body, NOW)


def said(hall: Reception) -> list[Event]:
    """Return what stands in the ledger once all that was asked before is written."""
    hall.database.write(lambda _: None)
    return [Envelope.parse(row.body).open() for row in hall.ledger.unsent(1000)]


def refusals(hall: Reception) -> list[Event]:
    return [event for event in said(hall) if isinstance(event, DeliveryRefused)]


def reason_of(refusal: HubError | None) -> str | None:
    return refusal.reason if refusal else None


def test_each_rule_that_matches_makes_its_event(hall: Reception) -> None:
    taken = hall.take("notulen", knock(DECISION))

    assert (taken.outcome, taken.events) == ("accepted", 2)
    assert {event.dump()["rule"]: event.dump()["title"] for event in said(hall)} == {
        "goedgekeurd": "Besluit 2026/118",
        "alles": "Nieuws",
    }


def test_a_repeated_delivery_makes_nothing_new(hall: Reception) -> None:
    hall.take("notulen", knock(DECISION))

    again = hall.take("notulen", knock(DECISION))

    assert again.outcome == "duplicate"
    assert len(said(hall)) == 2


def test_a_delivery_that_no_rule_is_about_is_filtered(hall: Reception) -> None:
    assert hall.take("notulen", knock({"type": "zitting.geopend"})).outcome == "filtered"
    assert said(hall) == []


def test_one_rule_that_cannot_use_a_delivery_refuses_all_of_it_with_the_place(hall: Reception) -> None:
    taken = hall.take("notulen", knock({"type": "besluit.goedgekeurd", "id": 5}))

    assert taken.outcome == "refused"
    assert isinstance(taken.refusal, Malformed)
    assert taken.refusal.reason == "rule_not_applicable"
    assert taken.refusal.fields == {"goedgekeurd.nummer": ["nummer: expected text or a number, found nothing"]}


def test_ict_hears_of_a_delivery_of_ours_that_cannot_be_used(hall: Reception) -> None:
    taken = hall.take("notulen", knock({"type": "besluit.goedgekeurd", "id": 5}))

    assert said(hall) == [
        DeliveryRefused(
            source="notulen", delivery_id=taken.id, reason="rule_not_applicable", places=["goedgekeurd.nummer"]
        )
    ]


def test_what_is_said_of_a_refusal_is_sent_at_once(hall: Reception) -> None:
    woken = Flag()
    hall.ledger.wake_relay = woken.set

    hall.take("faulty", knock({}))
    said(hall)

    assert woken.is_set()


def test_a_refusal_with_very_many_places_names_the_first(hall: Reception) -> None:
    hall.take("faulty", knock({}))

    (refused,) = refusals(hall)
    assert isinstance(refused, DeliveryRefused)
    assert len(refused.places) == PLACES_TOLD
    assert {len(place) for place in refused.places} == {LONGEST_PLACE}


@pytest.mark.parametrize(
    ("source", "delivery"),
    [
        ("notulen", knock(DECISION, secret=OTHER_SECRET)),
        ("graph", knock("whoever sends this has proven nothing")),
        ("notulen", Delivery({"content-type": "text/plain"}, b"x", NOW)),
    ],
    ids=["forged", "Graph, unreadable", "no JSON by its own words"],
)
def test_nothing_is_said_of_what_is_not_proven(hall: Reception, source: str, delivery: Delivery) -> None:
    taken = hall.take(source, delivery)

    assert taken.outcome == "refused"
    assert said(hall) == []


def test_a_system_that_sends_rubbish_all_day_does_not_fill_the_ledger(hall: Reception) -> None:
    for _ in range(REFUSALS_NOTED + 40):
        hall.take("faulty", knock({}))

    assert len(refusals(hall)) == REFUSALS_NOTED


def test_the_answer_does_not_wait_for_the_storage(hall: Reception) -> None:
    with locked(hall.database):
        taken = hall.take("faulty", knock({}))

    assert reason_of(taken.refusal) == "malformed_delivery"
    assert not isinstance(taken.refusal, NotAuthentic)


def test_a_flood_of_forgeries_does_not_hide_what_ict_must_hear(hall: Reception) -> None:
    for _ in range(REFUSALS_NOTED + 5):
        hall.take("notulen", knock(DECISION, secret=OTHER_SECRET))

    hall.take("notulen", knock({"type": "besluit.goedgekeurd", "id": 5}))

    assert len(refusals(hall)) == 1
