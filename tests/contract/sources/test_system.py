"""A configured system: what is proven becomes hints at its absences."""

from __future__ import annotations

from dataclasses import replace

from services.webhooks.sources.system import System
from shared.events import AbsencesHinted
from tests.contract.sources.kit import SECRET, SIGNINGS

STANDARD = SIGNINGS["standard"]


def test_a_delivery_hints_at_the_system_that_it_speaks_for() -> None:
    (told,) = System("hr", STANDARD.build(SECRET), "protime").read(STANDARD.deliver(STANDARD.sample))

    assert (told.event, told.repeat_key) == (AbsencesHinted(source="protime"), "msg_1")


def test_a_delivery_that_concerns_nobody_tells_nothing() -> None:
    assert System("hr", STANDARD.build(SECRET)).read(STANDARD.deliver(STANDARD.sample)) == []


def test_each_document_of_a_batch_is_told_of() -> None:
    events = SIGNINGS["cloudevents"]
    other = events.sample.replace(b"A234-1234-1234", b"A234-1234-1235")
    delivery = events.deliver(b"[" + events.sample + b"," + other + b"]")
    batch = replace(delivery, headers={**delivery.headers, "content-type": "application/cloudevents-batch+json"})

    told = System("post", events.build(SECRET), "protime").read(batch)

    assert [one.event for one in told] == [AbsencesHinted(source="protime")] * 2
    assert len({one.repeat_key for one in told}) == 2
