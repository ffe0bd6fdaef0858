"""Whatever is killed, whenever: the same final state, no duplicate effect, nothing parked, and books that balance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local.processes import SERVICES
from deploy.local.rabbitmq import PrivateRabbitMQ
from sandbox.demo.feed import feed_absences_and_letter, feed_changes
from tests.plays import Play, Played, feed_all, hub_of, play_on, run
from tests.waiting import eventually

# Every label of the pipeline, and those of the service's own effects. The number says at which pass it dies.
# Not here: notifier.after_send, where a card may come twice (docs/guarantees.md), and effects that the sample never has.
PIPELINE = (
    "consume.before_commit:2",
    "consume.after_commit:2",
    "worker.after_claim:2",
    "worker.before_done:2",
    "worker.after_done:2",
    "relay.before_publish:1",
    "relay.after_publish:1",
    "relay.after_sent:1",
)
OWN = {
    "webhooks": (
        "accept.before_commit:1",
        "accept.after_commit:1",
        "webhooks.before_subscribe:1",
        "webhooks.after_subscribe:1",
        "graph.after_call:1",
    ),
    "timesync": (
        "timesync.after_post:1",
        "timesync.after_patch:1",
        "timesync.after_reply:1",
        "graph.before_call:3",
        "graph.after_call:4",
    ),
    "mailroom": (
        "mailroom.after_folder:1",
        "mailroom.after_upload:1",
        "mailroom.after_columns:1",
        "mailroom.after_remember:1",
        "mailroom.after_settle:1",
    ),
    "notifier": ("graph.after_call:1",),
    "console": (),
}


def crash_plan(service: str, folder: Path) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    # The console says nothing here, so its relay has nothing to die at.
    labels = [label for label in PIPELINE if service != "console" or not label.startswith("relay")]
    plan = [f"{label}:{folder / f'{service}.{label}'}" for label in (*labels, *OWN[service])]
    return {"HUB_CRASH": ";".join(plan)}


def unreached(plan: str) -> list[str]:
    return [wanted for wanted in plan.split(";") if not Path(wanted.split(":", 2)[2]).exists()]


def assert_well(play: Play, played: Played) -> None:
    books = play.books()
    assert {name: one["parked"] for name, one in books.items()} == dict.fromkeys(SERVICES, 0)
    assert all(one["balanced"] for one in books.values()), books
    assert play.outcome() == played.outcome
    assert play.made_twice() == []


@pytest.fixture
def play(play_node: PrivateRabbitMQ, tmp_path: Path) -> Iterator[Play]:
    with play_on(play_node, tmp_path) as one:
        yield one


def test_a_kill_at_every_labelled_step_changes_nothing(play: Play, played: Played, tmp_path: Path) -> None:
    plans = {service: crash_plan(service, tmp_path / "crashed") for service in SERVICES}
    with hub_of(play) as hub:
        run(hub, **plans)
        feed_all(play)

        assert [label for plan in plans.values() for label in unreached(plan["HUB_CRASH"])] == []
        assert_well(play, played)


def test_killing_each_service_in_the_middle_changes_nothing(play: Play, played: Played) -> None:
    def killed_and_started() -> None:
        for name in SERVICES:
            hub.kill(name)
            hub.launch(name)
        for name in SERVICES:
            hub.wait(name)

    with hub_of(play) as hub:
        run(hub)
        feed_absences_and_letter(play.stage, play.today)
        eventually(lambda: len(play.stage.ask("/_sandbox/ledger")) > 3, what="the first effects")
        killed_and_started()
        play.wait()
        feed_changes(play.stage)
        killed_and_started()
        play.wait()

        assert_well(play, played)


def with_broker_away(play: Play, node: PrivateRabbitMQ, meanwhile: Callable[[], None]) -> None:
    node.kill()
    try:
        meanwhile()
    finally:
        node.start()


@pytest.mark.parametrize("loses_its_disk", [False, True], ids=["killed", "killed-and-robbed-of-its-disk"])
def test_a_broker_that_dies_changes_nothing(
    play: Play, play_node: PrivateRabbitMQ, played: Played, loses_its_disk: bool
) -> None:
    def changes_go_in() -> None:
        feed_changes(play.stage)
        if loses_its_disk:
            play_node.forget()

    with hub_of(play) as hub:
        run(hub)
        feed_absences_and_letter(play.stage, play.today)
        eventually(lambda: len(play.stage.ask("/_sandbox/ledger")) > 3, what="the first effects")
        # Without its broker the hub makes no subscription, and a change before the first one is found at midnight.
        eventually(lambda: play.stage.ask("/_sandbox/state")["subscriptions"], what="Graph being asked to tell")
        with_broker_away(play, play_node, changes_go_in)
        eventually(
            lambda: all(play.stage.ready(name).get("ready") for name in SERVICES), 60, "everybody consuming again"
        )
        play.wait()

        assert_well(play, played)
