"""Whatever is killed, whenever: the same final state, no duplicate effect, nothing parked, and books that balance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local.processes import SERVICES, HubProcesses
from deploy.local.rabbitmq import PrivateRabbitMQ
from sandbox.demo.feed import feed_absences_and_letter, feed_changes, make_account
from sandbox.stage import HOOK_SECRET, Stage
from tests.faults.conftest import Outcome, Play, play_on
from tests.waiting import eventually

# Every label of the pipeline, and those of the service's own effects. The number says at which pass it dies.
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
    "webhooks": ("accept.before_commit:1", "accept.after_commit:1", "webhooks.after_subscribe:1", "graph.after_call:1"),
    "timesync": (
        "timesync.after_post:2",
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


def run(hub: HubProcesses, **environments: dict[str, str]) -> None:
    for name in (*SERVICES, "clock"):
        hub.launch(name, **environments.get(name, {}))
    for name in SERVICES:
        hub.wait(name)


def feed_all(play: Play) -> None:
    feed_absences_and_letter(play.stage, play.today)
    play.wait()
    feed_changes_for_sure(play.stage)
    play.wait()


def feed_changes_for_sure(stage: Stage) -> None:
    """Feed the changes from a source that repeats its webhook until it is accepted, as real ones do."""
    stage.tell("/_sandbox/protime/apply-delta")
    eventually(lambda: hint_status(stage) == 202, what="the webhook being accepted")
    make_account(stage)


def hint_status(stage: Stage) -> int:
    hook = f"{stage.url('webhooks')}/hooks/protime"
    try:
        answer = stage.tell("/_sandbox/protime/hint", {"url": hook, "secret": HOOK_SECRET, "employees": ["000105"]})
    except OSError:
        return 0
    return int(answer["status"])


def assert_well(play: Play, undisturbed: Outcome) -> None:
    books = play.books()
    assert {name: one["parked"] for name, one in books.items()} == dict.fromkeys(SERVICES, 0)
    assert all(one["balanced"] for one in books.values()), books
    assert play.outcome() == undisturbed
    assert play.made_twice() == []


@pytest.fixture(scope="module")
def undisturbed(fault_node: PrivateRabbitMQ, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    with play_on(fault_node, tmp_path_factory.mktemp("undisturbed")) as play, hub_of(play) as hub:
        run(hub)
        feed_all(play)
        outcome = play.outcome()
    assert outcome.files
    assert outcome.cards
    assert sum(len(events) for events in outcome.calendars.values()) >= 7
    return outcome


class hub_of:  # noqa: N801 - reads as a word in its `with`
    """The hub of a play: whatever still runs at the end is stopped."""

    def __init__(self, play: Play) -> None:
        self._log = (play.stage.folder / "hub.log").open("ab")
        self._hub = HubProcesses(play.stage.environment(), play.stage.settings(), self._log)

    def __enter__(self) -> HubProcesses:
        return self._hub

    def __exit__(self, *_: object) -> None:
        self._hub.stop_all()
        self._log.close()


@pytest.fixture
def play(fault_node: PrivateRabbitMQ, tmp_path: Path) -> Iterator[Play]:
    with play_on(fault_node, tmp_path) as one:
        yield one


def test_a_kill_at_every_labelled_step_changes_nothing(play: Play, undisturbed: Outcome, tmp_path: Path) -> None:
    plans = {service: crash_plan(service, tmp_path / "crashed") for service in SERVICES}
    with hub_of(play) as hub:
        run(hub, **plans)
        feed_all(play)

        assert [label for plan in plans.values() for label in unreached(plan["HUB_CRASH"])] == []
        assert_well(play, undisturbed)


def test_killing_each_service_in_the_middle_changes_nothing(play: Play, undisturbed: Outcome) -> None:
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

        assert_well(play, undisturbed)


def with_broker_away(play: Play, node: PrivateRabbitMQ, meanwhile: Callable[[], None]) -> None:
    node.kill()
    try:
        meanwhile()
    finally:
        node.start()


@pytest.mark.parametrize("loses_its_disk", [False, True], ids=["killed", "killed-and-robbed-of-its-disk"])
def test_a_broker_that_dies_changes_nothing(
    play: Play, fault_node: PrivateRabbitMQ, undisturbed: Outcome, loses_its_disk: bool
) -> None:
    def changes_go_in() -> None:
        feed_changes(play.stage)
        if loses_its_disk:
            fault_node.forget()

    with hub_of(play) as hub:
        run(hub)
        feed_absences_and_letter(play.stage, play.today)
        eventually(lambda: len(play.stage.ask("/_sandbox/ledger")) > 3, what="the first effects")
        with_broker_away(play, fault_node, changes_go_in)
        eventually(lambda: all(play.stage.ready(name).get("ready") for name in SERVICES), 60, "everybody consuming again")
        play.wait()

        assert_well(play, undisturbed)
