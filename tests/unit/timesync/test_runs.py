"""Whoever waits for a chain of messages is told when all of it is done, and not before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.timesync.store.runs import Progress, Runs
from shared.clock import FixedClock
from shared.events import AbsencesChanged, AbsencesShown, ComparisonWanted, Event
from shared.events.envelope import Envelope, first
from shared.persistence.database import Database
from shared.persistence.ledger import SqlLedger
from shared.persistence.migrate import migrate
from tests.unit.shared.builders import NOW, shown

from .test_commands import MIGRATIONS

CHANGED = AbsencesChanged(employee="000104")
OURS, OTHERS = "ours", "others"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlLedger]:
    url = f"sqlite:///{tmp_path / 'timesync.db'}"
    migrate(url, "timesync", MIGRATIONS)
    database = Database(url, "timesync")
    yield SqlLedger(database, FixedClock(NOW), "test")
    database.close()


def envelope(event: Event, chain: str = OURS) -> Envelope:
    return first(event, "timesync", NOW, correlation_id=chain)


def progress(ledger: SqlLedger) -> Progress:
    runs = Runs(ledger._database, [AbsencesChanged.TYPE, ComparisonWanted.TYPE])
    return runs.progress(OURS, NOW - timedelta(minutes=5))


def test_what_waits_is_open_and_what_is_done_is_not(ledger: SqlLedger) -> None:
    ledger.accept([envelope(ComparisonWanted(run="1")), envelope(CHANGED, OTHERS)])
    assert progress(ledger) == Progress(accepted=1, open=1, parked=0, coming=0)

    task = ledger.claim()
    assert task is not None
    assert not progress(ledger).is_over
    ledger.done(task, [])

    assert progress(ledger) == Progress(accepted=1, open=0, parked=0, coming=0)
    assert progress(ledger).is_over


def test_what_was_said_and_did_not_come_back_is_still_to_be_done(ledger: SqlLedger) -> None:
    ledger.accept([envelope(ComparisonWanted(run="1"))])
    task = ledger.claim()
    assert task is not None
    ledger.done(task, [CHANGED, shown()])  # the second one is heard by others only
    (said,) = [each for each in ledger.unsent(9) if each.type == AbsencesChanged.TYPE]
    assert AbsencesShown.TYPE in {each.type for each in ledger.unsent(9)}
    assert progress(ledger) == Progress(accepted=1, open=0, parked=0, coming=1)

    ledger.sent([said.seq])
    assert not progress(ledger).is_over
    ledger.accept([Envelope.parse(said.body)])

    assert progress(ledger) == Progress(accepted=2, open=1, parked=0, coming=0)


def test_what_others_said_is_not_waited_for(ledger: SqlLedger) -> None:
    ledger.say([CHANGED])

    assert progress(ledger).is_over
