"""Whatever the front door accepts ends somewhere: each of its events, as its sample has it, in every service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import ModuleType

import pytest

from services.console.handlers import Console
from services.console.handlers import router as console_router
from services.mailroom.handlers import router as mailroom_router
from services.notifier.handlers import router as notifier_router
from services.timesync.handlers import router as timesync_router
from shared.events import (
    CATALOGUE,
    AbsencesChanged,
    Event,
    HookCheckWanted,
    MailHeld,
    NoticeSent,
    ProjectsChanged,
    reported,
    sources,
)
from shared.events.envelope import Envelope
from tests.unit.console.builders import FakeConsole
from tests.unit.mailroom.builders import FakeMailroom
from tests.unit.notifier.builders import FakeNotifier
from tests.unit.timesync.conftest import Town

SAMPLES = Path(__file__).parents[1] / "samples" / "events"
NAMES = (
    "absence.reported.v1",
    "letter.reported.v1",
    "notice.requested.v1",
    "project.reported.v1",
    "delivery.refused.v1",
    "source.silent.v1",
    "source.heard.v1",
    "subscription.failing.v1",
    "subscription.restored.v1",
)
ROUTERS = (timesync_router, mailroom_router, notifier_router)
Hear = Callable[[Event], list[Event]]


def sample(name: str) -> Event:
    return Envelope.parse((SAMPLES / f"{name}.json").read_bytes()).open()


@contextmanager
def services(path: Path) -> Iterator[tuple[Hear, ...]]:
    """Yield what hears an event in each service."""
    town, room = Town.at(path), FakeMailroom.at(path)
    notifier, console = FakeNotifier.at(path), FakeConsole.at(path)
    desk = Console(console.store, console.clock)
    with closing(town.database), closing(room.database), closing(notifier.database), closing(console.database):
        yield town.hear, room.hear, notifier.hear, lambda event: list(console_router.handle(event, desk))


def declared_in(module: ModuleType) -> set[str]:
    return {event.TYPE for event in CATALOGUE if event.__module__ == module.__name__}


def test_the_samples_are_those_of_what_the_front_door_tells_the_others() -> None:
    its_own = {HookCheckWanted.TYPE}

    assert set(NAMES) == (declared_in(reported) | declared_in(sources)) - its_own


@pytest.mark.parametrize("name", NAMES)
def test_a_service_that_does_something_hears_of_it(name: str) -> None:
    assert any(type(sample(name)) in router.hears for router in ROUTERS)


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("absence.reported.v1", [AbsencesChanged]),
        ("letter.reported.v1", [MailHeld]),
        ("notice.requested.v1", [NoticeSent]),
        ("project.reported.v1", [ProjectsChanged, NoticeSent]),
        ("delivery.refused.v1", [NoticeSent]),
        ("source.silent.v1", [NoticeSent]),
        ("source.heard.v1", [NoticeSent]),
        ("subscription.failing.v1", [NoticeSent]),
        ("subscription.restored.v1", [NoticeSent]),
    ],
)
def test_what_is_reported_has_the_same_outcome_however_often_it_is_delivered(
    tmp_path: Path, name: str, outcome: list[type[Event]]
) -> None:
    with services(tmp_path) as hearing:
        first = [said for hear in hearing for said in hear(sample(name))]
        again = [said for hear in hearing for said in hear(sample(name))]

    assert [type(said) for said in first] == outcome
    assert all(said in first for said in again)
