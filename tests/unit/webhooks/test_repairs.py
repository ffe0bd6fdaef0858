"""What notifications missed is found by delta queries, and said as a notification would have said it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.webhooks.domain.repairs import LONG_STOP, Repair
from services.webhooks.domain.rhythm import Declared
from services.webhooks.domain.subscriptions import Wanted
from services.webhooks.handlers.repairs import AWAKE
from services.webhooks.store.repairs import Marks, Repairs
from services.webhooks.store.subscriptions import Subscriptions
from shared.errors import Transient
from shared.events import ClockStruck, Event, GraphResourceChanged, RepairWanted, SourceSilent
from shared.events.envelope import first, outcomes
from shared.graph.delta import Change, Walk
from shared.graph.errors import Throttled
from shared.persistence.database import Database, own_writes
from tests.unit.webhooks.builders import (
    NOW,
    PEOPLE,
    REPAIR_EVERY,
    TICK,
    FakeDoor,
    FakeMemory,
    FakeRepairs,
    FakeWatches,
    kept,
)

DRIVE, LIST = Wanted("archive", "drives/d1/root", "updated"), Wanted("list", "sites/s1/lists/l1", "updated")
MISSED = RepairWanted(subscription="people", reason="missed")
MINUTE = timedelta(minutes=1)


class Away(FakeWatches):
    """The database does not answer."""

    def last_heard(self, sources: Iterable[str]) -> Mapping[str, datetime]:
        raise Transient("storage_unavailable", "no answer")


@pytest.fixture
def door() -> FakeDoor:
    """Return a door that is at rest: its subscriptions live, and their repairs have begun."""
    made = FakeDoor(PEOPLE, DRIVE, LIST)
    for _ in range(3):
        made.hear(TICK)
        made.clock.advance(MINUTE)
    return made


def asked(said: list[Event]) -> list[tuple[str, str]]:
    return [(one.subscription, one.reason) for one in said if isinstance(one, RepairWanted)]


# -- repairing ----------------------------------------------------------------------------------------------------


def test_what_changed_is_said_as_a_notification_would_have_said_it(door: FakeDoor) -> None:
    changes = [Change("users/u1", 'W/"2"'), Change("users/u2", None, is_gone=True)]
    door.changes.walks[None] = Walk(changes, "link-2", is_over=True)

    assert door.hear(MISSED) == [
        GraphResourceChanged(subscription_id="s1", resource="users/u1", change_type="updated", version='W/"2"'),
        GraphResourceChanged(subscription_id="s1", resource="users/u2", change_type="deleted"),
    ]


def test_a_change_has_the_id_that_its_notification_had(door: FakeDoor) -> None:
    """Whoever heard the notification knows the change already."""
    door.changes.walks[None] = Walk([Change("users/u1", 'W/"2"')], "link-2", is_over=True)
    notified = GraphResourceChanged(subscription_id="s9", resource="users/u1", change_type="created", version='W/"2"')

    found = outcomes(door.hear(MISSED), first(MISSED, "webhooks", NOW), "webhooks", NOW)

    assert [one.id for one in found] == [first(notified, "webhooks", NOW).id]


def test_the_next_repair_goes_on_where_the_last_one_ended(door: FakeDoor) -> None:
    door.changes.walks[None] = Walk((), "link-2", is_over=True)
    door.hear(MISSED)

    door.hear(MISSED)

    assert door.changes.asked == [("users", None), ("users", "link-2")]
    assert door.repairs.known["people"].done_at == door.clock.now()


def test_a_long_walk_goes_on_in_another_message(door: FakeDoor) -> None:
    door.changes.walks = {
        None: Walk([Change("users/u1")], "page-2", is_over=False),
        "page-2": Walk([Change("users/u2")], "link-2", is_over=True),
    }

    *_, going_on = door.hear(MISSED)
    assert going_on == MISSED
    assert (door.repairs.known["people"].link, door.repairs.known["people"].done_at) == ("page-2", None)

    assert [type(one) for one in door.hear(going_on)] == [GraphResourceChanged]
    assert door.repairs.known["people"].link == "link-2"


def test_a_repair_that_fails_moves_nothing(door: FakeDoor) -> None:
    door.repairs.known["people"] = Repair("people", "users", link="link-1")
    door.changes.walks["link-1"] = Throttled("graph_429", "wait")

    with pytest.raises(Transient):
        door.hear(MISSED)

    assert door.repairs.known["people"].link == "link-1"


def test_the_link_of_another_resource_is_not_followed(door: FakeDoor) -> None:
    door.repairs.known["people"] = Repair("people", "groups", link="of the groups")

    door.hear(MISSED)

    assert door.changes.asked == [("users", None)]
    assert door.repairs.known["people"].resource == "users"


@pytest.mark.parametrize("name", ["list", "unknown"], ids=["Graph has no delta query of it", "nobody wants it"])
def test_what_cannot_be_repaired_is_let_be(door: FakeDoor, name: str) -> None:
    assert door.hear(RepairWanted(subscription=name, reason="missed")) == []

    assert door.changes.asked == []


def test_what_changed_is_said_while_the_subscription_is_missing(door: FakeDoor) -> None:
    door.memory.kept.clear()
    door.changes.walks[None] = Walk([Change("users/u1")], "link-2", is_over=True)

    (said,) = door.hear(MISSED)

    assert said == GraphResourceChanged(subscription_id="people", resource="users/u1", change_type="updated")


# -- calling for repairs --------------------------------------------------------------------------------------------


def test_at_rest_no_repair_is_called_for(door: FakeDoor) -> None:
    assert door.hear(TICK) == []


def test_every_repair_is_called_for_from_time_to_time(door: FakeDoor) -> None:
    for _ in range(int(REPAIR_EVERY / (5 * MINUTE))):
        door.clock.advance(5 * MINUTE)
        said = door.hear(TICK)

    assert asked(said) == [("people", "regular"), ("archive", "regular")]
    assert door.hear(TICK) == []


def test_after_a_long_stop_everything_is_repaired(door: FakeDoor) -> None:
    door.clock.advance(LONG_STOP + MINUTE)

    assert asked(door.hear(TICK)) == [("people", "stopped"), ("archive", "stopped")]
    assert door.hear(TICK) == []


def test_after_a_short_stop_graph_repeats_itself(door: FakeDoor) -> None:
    door.clock.advance(LONG_STOP - MINUTE)

    assert door.hear(TICK) == []


def test_a_long_stop_is_remembered_for_nobody_could_be_heard_in_it(door: FakeDoor) -> None:
    door.hear(TICK)
    assert door.marks.at(AWAKE) is None

    door.clock.advance(LONG_STOP + MINUTE)
    door.hear(TICK)

    assert door.marks.at(AWAKE) == door.clock.now()


@pytest.mark.parametrize("period", ["hour", "day"])
def test_hours_and_days_call_for_nothing(door: FakeDoor, period: str) -> None:
    door.clock.advance(REPAIR_EVERY)

    assert door.hear(ClockStruck(at=NOW, period=period)) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [("graph", ["people", "archive"]), ("graph.archive", ["archive"]), ("graph.list", []), ("protime", [])],
    ids=["of Graph", "of one subscription", "of one without a delta query", "of another system"],
)
def test_a_silence_is_doubted(door: FakeDoor, source: str, expected: list[str]) -> None:
    said = door.hear(SourceSilent(source=source, since=NOW))

    assert asked(said) == [(name, "silent") for name in expected]


def test_a_tick_that_fails_asks_again(door: FakeDoor) -> None:
    """The other work of the tick failed: what was to be said was not."""

    door.repairs.ask("people", "users", "made_anew", door.clock.now())
    failing = replace(door.world, rhythms={"protime": Declared(MINUTE)}, watches=Away())
    well, door.world = door.world, failing
    with pytest.raises(Transient):
        door.hear(TICK)
    door.world = well

    assert asked(door.hear(TICK)) == [("people", "made_anew")]


# -- what is remembered ---------------------------------------------------------------------------------------------


@pytest.fixture(params=["fake", "database"])
def book(request: pytest.FixtureRequest, database: Database) -> Repairs | FakeRepairs:
    return FakeRepairs() if request.param == "fake" else Repairs(database)


def finish(book: Repairs | FakeRepairs) -> None:
    if isinstance(book, FakeRepairs):
        book.commit()


def test_a_repair_is_asked_said_and_moved(book: Repairs | FakeRepairs) -> None:
    book.ask("people", "users", "made", NOW)
    assert book.all()["people"] == Repair("people", "users", asked_at=NOW, reason="made")

    book.said("people", "users", NOW, NOW + MINUTE)
    book.moved("people", "users", "link", None)
    finish(book)
    assert book.all()["people"] == Repair("people", "users", "link", None, "made", NOW + MINUTE)

    book.moved("people", "users", "link-2", NOW)
    finish(book)
    assert book.all()["people"] == Repair("people", "users", "link-2", None, "made", NOW + MINUTE, NOW)


def test_a_repair_that_is_asked_while_another_is_said_still_stands(book: Repairs | FakeRepairs) -> None:
    book.ask("people", "users", "made", NOW)
    book.ask("people", "users", "lost", NOW + MINUTE)

    book.said("people", "users", NOW, NOW + MINUTE)
    finish(book)

    assert book.all()["people"].asked_at == NOW + MINUTE


def test_the_link_moves_only_with_the_outcome(database: Database) -> None:
    book = Repairs(database)
    with own_writes() as own:
        book.moved("people", "users", "link", NOW)
        book.said("people", "users", None, NOW)
        assert book.all() == {}

    def together(connection: object) -> None:
        for work in own:
            work(connection)  # type: ignore[arg-type]  # as the worker does

    database.write(together)
    assert book.all()["people"].link == "link"


def test_a_repair_may_be_forgotten(book: Repairs | FakeRepairs) -> None:
    book.ask("people", "users", "made", NOW)

    book.drop("people")

    assert book.all() == {}


def test_a_mark_is_put_moved_and_taken_away(database: Database) -> None:
    marks = Marks(database)
    assert marks.at("ticked") is None

    for at in (NOW, NOW + MINUTE):
        marks.put("ticked", at)
        assert marks.at("ticked") == at

    marks.put("ticked", None)
    assert marks.at("ticked") is None


@pytest.fixture(params=["fake", "database"])
def memory(request: pytest.FixtureRequest, store: Subscriptions) -> Subscriptions | FakeMemory:
    return FakeMemory() if request.param == "fake" else store


def test_a_subscription_settles_only_over_the_client_state_that_stands(memory: Subscriptions | FakeMemory) -> None:
    memory.keep(kept(subscription_id=None))
    state = kept().client_state_hash

    assert memory.settle(kept(subscription_id="s2"), over="another") is False
    assert memory.settle(kept(name="unknown"), over=state) is False
    assert memory.settle(kept(subscription_id="s3"), over=state) is True

    assert memory.all() == [kept(subscription_id="s3")]


def test_a_failure_is_noted_on_its_subscription(memory: Subscriptions | FakeMemory) -> None:
    memory.keep(kept())

    memory.note_failure("people", "graph_403")
    memory.note_failure("unknown", "graph_403")

    assert memory.all() == [kept(failure="graph_403")]


def test_when_it_was_notified_survives_whatever_is_kept(store: Subscriptions, database: Database) -> None:
    """The keeper read it before the notification came."""
    before = kept()
    store.keep(before)
    database.write(lambda connection: Subscriptions.notified(connection, ["s1"], NOW))

    store.settle(before, over=before.client_state_hash)
    store.keep(before)

    assert [one.last_notified_at for one in store.all()] == [NOW]
