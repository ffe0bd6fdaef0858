"""Every failure gets a verdict, and no failure stops the others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from shared.clock import FixedClock
from shared.errors import HubError, Invalid, Permanent, Transient, Unavailable
from shared.events import AbsencesChanged, AbsencesShown, Event, MailArrived, MessageParked
from shared.events.envelope import Envelope, first
from shared.messaging import worker as worker_module
from shared.messaging.router import Result
from shared.messaging.worker import Company, Workers
from shared.persistence.database import Database
from shared.persistence.ledger import LEASE, SqlLedger, Task
from shared.persistence.memory import MemoryLedger
from tests.unit.shared.builders import NOW, hint, letter, raising, shown
from tests.waiting import eventually

Handle = Callable[[Event], list[Event]]


def workers(ledger: MemoryLedger | SqlLedger, handle: Handle, clock: FixedClock, threads: int = 1) -> Workers:
    return Workers(ledger, handle, clock, threads)


@contextmanager
def working(made: Workers) -> Iterator[Workers]:
    made.start()
    try:
        yield made
    finally:
        made.stop(5.0)


def step(ledger: MemoryLedger, clock: FixedClock, failure: Exception) -> dict[str, Any]:
    """Let one message fail with *failure* and return the line that is logged of it."""
    ledger.accept([letter("k1", "a")])
    with capture_logs() as lines:
        assert workers(ledger, raising(failure), clock).step()
    return dict(lines[-1])


def test_what_a_handler_says_is_said_with_the_message_done(ledger: MemoryLedger, clock: FixedClock) -> None:
    ledger.accept([letter("k1", "a")])

    assert workers(ledger, lambda _: [shown()], clock).step()

    assert [Envelope.parse(row.body).causation_id for row in ledger.unsent(10)] == ["a"]
    assert ledger.balance().done == 1


def test_a_worker_without_work_says_so(ledger: MemoryLedger, clock: FixedClock) -> None:
    assert not workers(ledger, lambda _: [], clock).step()


def test_one_line_is_logged_of_a_message_handled(ledger: MemoryLedger, clock: FixedClock) -> None:
    ledger.accept([letter("k1", "a")])

    with capture_logs() as lines:
        workers(ledger, lambda _: [shown()], clock).step()

    (line,) = lines
    assert dict(line) == {
        "event": "message_handled", "log_level": "info", "verdict": "done", "said": 1, "attempt": 1,
        "service": "timesync", "type": "mail.arrived.v1", "id": "a", "correlation_id": "a",
    }  # fmt: skip


def test_a_transient_failure_is_tried_again_later(ledger: MemoryLedger, clock: FixedClock) -> None:
    line = step(ledger, clock, Transient("graph_502", "no", timedelta(minutes=1)))

    assert (line["verdict"], line["log_level"], line["reason"]) == ("again", "warning", "graph_502")
    assert ledger.claim() is None
    clock.advance(timedelta(minutes=2))
    task = ledger.claim()
    assert task is not None
    assert task.attempts == 1


def test_a_target_that_turns_everybody_away_costs_no_attempt(ledger: MemoryLedger, clock: FixedClock) -> None:
    step(ledger, clock, Unavailable("graph_429", "no", timedelta(minutes=1)))

    clock.advance(timedelta(minutes=2))
    task = ledger.claim()
    assert task is not None
    assert task.attempts == 0


def test_a_permanent_failure_is_set_aside_and_told(ledger: MemoryLedger, clock: FixedClock) -> None:
    line = step(ledger, clock, Permanent("graph_403", "GET /users answered 403"))

    assert (line["verdict"], line["log_level"], line["reason"]) == ("parked", "error", "graph_403")
    (parked,) = [Envelope.parse(row.body).open() for row in ledger.unsent(10)]
    assert isinstance(parked, MessageParked)
    assert parked.attempts[0].error == "GET /users answered 403"


def test_an_unexpected_error_never_tells_its_words(ledger: MemoryLedger, clock: FixedClock) -> None:
    ledger.accept([letter("k1", "a")])

    with capture_logs() as lines:
        for _ in range(3):
            workers(ledger, raising(KeyError("ziekte van Jan")), clock).step()
            clock.advance(timedelta(days=1))

    told = str(lines) + str(ledger.parked()) + str(ledger.unsent(10))
    assert "ziekte" not in told
    assert ledger.parked()[0]["reason"] == "unexpected_KeyError"


@pytest.mark.parametrize("type_", ["mail.arrived.v2", "mail.burnt.v1"], ids=["another version", "another event"])
def test_a_message_that_this_release_does_not_know_is_parked(
    ledger: MemoryLedger, clock: FixedClock, type_: str
) -> None:
    sent = letter("k1", "a")
    ledger.accept([Envelope(sent.id, type_, sent.source, NOW, sent.key, sent.correlation_id, sent.data)])

    workers(ledger, lambda _: [], clock).step()

    assert ledger.parked()[0]["reason"] == "unknown_event"


def test_a_lost_lease_is_harmless(ledger: MemoryLedger, clock: FixedClock) -> None:
    """The work takes longer than the lease, and another worker has finished it meanwhile."""
    ledger.accept([letter("k1", "a")])

    def slow(_: Event) -> list[Event]:
        clock.advance(LEASE)
        other = ledger.claim()
        assert other is not None
        ledger.done(other, [shown()])
        return [shown()]

    with capture_logs() as lines:
        assert workers(ledger, slow, clock).step()

    assert [line["event"] for line in lines] == ["message_lost_lease"]
    assert len(ledger.unsent(10)) == 1
    assert (ledger.balance().done, ledger.balance().parked) == (1, 0)


def test_a_failure_after_a_lost_lease_does_not_end_the_worker(
    ledger: MemoryLedger, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "IDLE", 0.01)
    ledger.accept([letter("k1", "a"), letter("k2", "b")])

    def handle(event: Event) -> list[Event]:
        if isinstance(event, MailArrived) and event.kenmerk == "k1" and ledger.balance().done == 0:
            clock.advance(LEASE)
            other = ledger.claim()
            assert other is not None
            ledger.done(other, [])
            raise Transient("graph_502", "no")
        return []

    with working(workers(ledger, handle, clock)):
        eventually(lambda: ledger.balance().done == 2, what="both messages")


def test_many_workers_never_hold_the_same_key_at_once(ledger: MemoryLedger, clock: FixedClock) -> None:
    held: set[str] = set()
    clashes: list[str] = []
    lock = threading.Lock()

    def handle(event: Event) -> list[Event]:
        with lock:
            if event.work_key in held:
                clashes.append(event.work_key)
            held.add(event.work_key)
        with lock:
            held.discard(event.work_key)
        return []

    ledger.accept([letter(f"k{n % 5}", f"m{n}") for n in range(100)])
    with working(workers(ledger, handle, clock, threads=4)):
        eventually(lambda: ledger.balance().done == 100, what="every message")

    assert clashes == []


def test_a_message_that_is_still_worked_on_keeps_its_lease(ledger: MemoryLedger, clock: FixedClock) -> None:
    ledger.accept([letter("k1", "a")])
    made = workers(ledger, lambda _: [], clock)
    renewed: list[Task] = []

    def slow(_: Event) -> list[Event]:
        renewed.extend(made._working.values())
        return []

    made._handle = slow
    made.step()

    assert [task.envelope.id for task in renewed] == ["a"]
    assert made._working == {}


class Renewing(MemoryLedger):
    """Counts renewals, the first of which fails."""

    renewals = 0

    def renew(self, tasks: Iterable[Task]) -> None:
        self.renewals += 1
        if self.renewals == 1:
            raise Transient("storage_unavailable", "no")
        super().renew(tasks)


def test_leases_are_renewed_even_after_storage_was_away(clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "LEASE", timedelta(seconds=0.03))
    ledger = Renewing("timesync", clock)

    with working(workers(ledger, lambda _: [], clock)):
        eventually(lambda: ledger.renewals >= 3, what="a third renewal")


class Locked(MemoryLedger):
    """Storage that is away for the first claims."""

    times = 2

    def claim(self) -> Task | None:
        if self.times:
            self.times -= 1
            raise Transient("storage_unavailable", "no")
        return super().claim()


def test_storage_that_is_away_for_a_moment_only_delays(clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "IDLE", 0.01)
    ledger = Locked("timesync", clock)
    ledger.accept([letter("k1", "a")])

    with working(workers(ledger, lambda _: [], clock)):
        eventually(lambda: ledger.balance().done == 1, what="the message")


def test_a_sleeping_worker_is_woken_by_a_new_message(
    ledger: MemoryLedger, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "IDLE", 3600.0)
    with working(workers(ledger, lambda _: [], clock)):
        ledger.accept([letter("k1", "a")])

        eventually(lambda: ledger.balance().done == 1, what="the message")


def test_stopping_finishes_what_is_in_hand(ledger: MemoryLedger, clock: FixedClock) -> None:
    begun, go = threading.Event(), threading.Event()

    def handle(_: Event) -> list[Event]:
        begun.set()
        go.wait(10)
        return []

    ledger.accept([letter("k1", "a"), letter("k2", "b")])
    made = workers(ledger, handle, clock)
    made.start()
    begun.wait(10)
    stopping = threading.Thread(target=made.stop, args=(10.0,))
    stopping.start()
    eventually(made._stopping.is_set, what="the wish to stop")
    go.set()
    stopping.join()

    assert (ledger.balance().done, ledger.balance().pending) == (1, 1)


def test_rows_of_a_handler_are_stored_with_its_outcome_or_not_at_all(
    database: Database, sql_ledger: SqlLedger, clock: FixedClock
) -> None:
    def count(_: Event) -> list[Event]:
        database.write_with_outcome(
            lambda connection: connection.exec_driver_sql("UPDATE books SET value = 41 WHERE name = 'purged'")
        )
        return []

    def fail(event: Event) -> list[Event]:
        count(event)
        raise Permanent("graph_403", "no")

    sql_ledger.accept([letter("k1", "a")])
    workers(sql_ledger, fail, clock).step()
    before = sql_ledger.balance().done
    sql_ledger.retry("a")
    workers(sql_ledger, count, clock).step()

    assert (before, sql_ledger.balance().done) == (0, 42)


def test_a_target_that_asks_for_an_absurd_wait_does_not_end_the_worker(
    ledger: MemoryLedger, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.accept([letter("k1", "a")])
    failure = Unavailable("graph_429", "no", timedelta(days=86_399_999))

    workers(ledger, raising(failure), clock).step()

    assert ledger.balance().pending == 1


def test_a_message_with_a_long_id_is_parked_like_any_other(ledger: MemoryLedger, clock: FixedClock) -> None:
    """Wherever it is refused, it must not end the workers one after the other."""
    body = first(shown(), "timesync", NOW, id_="x" * 100).to_json()
    try:
        ledger.accept([Envelope.parse(body)])
    except Invalid as failure:
        ledger.accept_unreadable(body, failure)

    workers(ledger, raising(Permanent("graph_403", "no")), clock).step()

    assert ledger.balance().parked == 1


def test_workers_say_whether_they_are_at_work(ledger: MemoryLedger, clock: FixedClock) -> None:
    at_work = workers(ledger, lambda _: [], clock)
    before = at_work.alive
    at_work.start()
    during = at_work.alive

    at_work.stop(5)

    assert (before, during, at_work.alive) == (False, True, False)


def test_a_handler_that_logs_is_bound_to_its_message(ledger: MemoryLedger, clock: FixedClock) -> None:
    bound: dict[str, Any] = {}

    def handle(_: Event) -> list[Event]:
        bound.update(structlog.contextvars.get_contextvars())
        return []

    ledger.accept([letter("k1", "a")])
    workers(ledger, handle, clock).step()

    assert (bound["id"], bound["correlation_id"], bound["attempt"]) == ("a", "a", 1)
    assert structlog.contextvars.get_contextvars() == {}


# -- in company -------------------------------------------------------------------------------------------------

TOGETHER = "absences.changed.v1"


class Guests:
    """Handles changes together: `failures` by employee are told, a `collapse` is raised; remembers who came at once."""

    def __init__(self) -> None:
        self.failures: dict[str, HubError] = {}
        self.collapse: Exception | None = None
        self.came: list[list[str]] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def handle(self, events: Sequence[Event]) -> dict[Event, Result]:
        employees = [event.employee for event in events if isinstance(event, AbsencesChanged)]
        self.came.append(employees)
        self.meanwhile()
        if self.collapse:
            raise self.collapse
        named = zip(events, employees, strict=True)
        return {event: self.failures.get(employee) or [shown(employee)] for event, employee in named}

    def workers(self, ledger: MemoryLedger | SqlLedger, clock: FixedClock) -> Workers:
        alone = raising(AssertionError("handled alone"))
        return Workers(ledger, alone, clock, 1, Company(frozenset({TOGETHER}), self.handle))


@pytest.fixture
def guests() -> Guests:
    return Guests()


@pytest.fixture(params=["memory", "sql"])
def any_ledger(request: pytest.FixtureRequest, ledger: MemoryLedger, sql_ledger: SqlLedger) -> MemoryLedger | SqlLedger:
    return ledger if request.param == "memory" else sql_ledger


def said_of(ledger: MemoryLedger | SqlLedger) -> list[str]:
    opened = [Envelope.parse(row.body).open() for row in ledger.unsent(100)]
    return [event.employee for event in opened if isinstance(event, AbsencesShown)]


def test_messages_of_one_kind_are_handled_in_company(
    any_ledger: MemoryLedger | SqlLedger, clock: FixedClock, guests: Guests
) -> None:
    any_ledger.accept([hint("000101", "a"), hint("000102", "b"), letter("k1", "c")])

    assert guests.workers(any_ledger, clock).step()

    assert guests.came == [["000101", "000102"]]
    assert said_of(any_ledger) == ["000101", "000102"]
    assert (any_ledger.balance().done, any_ledger.balance().pending) == (2, 1)


def test_in_company_every_message_causes_its_own_outcome(
    any_ledger: MemoryLedger | SqlLedger, clock: FixedClock, guests: Guests
) -> None:
    any_ledger.accept([hint("000101", "a"), hint("000102", "b")])

    guests.workers(any_ledger, clock).step()

    sent = [Envelope.parse(row.body) for row in any_ledger.unsent(10)]
    assert [(each.causation_id, each.key) for each in sent] == [("a", "employee:000101"), ("b", "employee:000102")]


def test_in_company_each_failure_gets_a_verdict_of_its_own(
    any_ledger: MemoryLedger | SqlLedger, clock: FixedClock, guests: Guests
) -> None:
    any_ledger.accept([hint("000101", "a"), hint("000102", "b"), hint("000103", "c"), hint("000104", "d")])
    guests.failures = {
        "000102": Transient("graph_502", "no", timedelta(minutes=1)),
        "000103": Permanent("graph_403", "no"),
        "000104": Unavailable("graph_429", "no", timedelta(minutes=1)),
    }

    guests.workers(any_ledger, clock).step()

    books = any_ledger.balance()
    assert (books.done, books.parked, books.pending) == (1, 1, 2)
    assert said_of(any_ledger) == ["000101"]
    assert [row["id"] for row in any_ledger.parked()] == ["c"]
    clock.advance(timedelta(minutes=2))
    again = [any_ledger.claim(), any_ledger.claim()]
    assert {task.envelope.id: task.attempts for task in again if task} == {"b": 1, "d": 0}


def test_when_all_of_a_company_fails_each_gets_its_verdict(
    any_ledger: MemoryLedger | SqlLedger, clock: FixedClock, guests: Guests
) -> None:
    any_ledger.accept([hint("000101", "a"), hint("000102", "b")])
    guests.collapse = Transient("graph_502", "no", timedelta(minutes=1))

    guests.workers(any_ledger, clock).step()

    assert (any_ledger.claim(), said_of(any_ledger)) == (None, [])
    clock.advance(timedelta(minutes=2))
    again = [any_ledger.claim(), any_ledger.claim()]
    assert {task.envelope.id: task.attempts for task in again if task} == {"a": 1, "b": 1}


def test_one_message_that_cannot_be_handled_does_not_park_its_company(
    any_ledger: MemoryLedger | SqlLedger, clock: FixedClock, guests: Guests
) -> None:
    def alone(event: Event) -> list[Event]:
        employee = getattr(event, "employee", "")
        if employee == "000102":
            raise Permanent("bad_row", "no")
        return [shown(employee)]

    any_ledger.accept([hint("000101", "a"), hint("000102", "b"), hint("000103", "c")])
    guests.collapse = KeyError("000102")
    company = Company(frozenset({TOGETHER}), guests.handle)

    Workers(any_ledger, alone, clock, 1, company).step()

    assert [row["id"] for row in any_ledger.parked()] == ["b"]
    assert said_of(any_ledger) == ["000101", "000103"]


def test_a_company_whose_leases_are_over_says_nothing_twice(
    any_ledger: MemoryLedger | SqlLedger, clock: FixedClock, guests: Guests
) -> None:
    any_ledger.accept([hint("000101", "a"), hint("000102", "b")])

    def somebody_else() -> None:
        clock.advance(LEASE)
        other = any_ledger.claim()
        assert other is not None
        any_ledger.done(other, [shown("000101")])

    guests.meanwhile = somebody_else
    with capture_logs() as lines:
        guests.workers(any_ledger, clock).step()

    assert [line["id"] for line in lines if line["event"] == "message_lost_lease"] == ["a", "b"]
    assert said_of(any_ledger) == ["000101"]


def test_in_company_a_lost_lease_takes_nobody_along(
    any_ledger: MemoryLedger | SqlLedger, clock: FixedClock, guests: Guests
) -> None:
    any_ledger.accept([hint("000101", "a"), hint("000102", "b")])
    made = guests.workers(any_ledger, clock)

    def one_is_taken() -> None:
        taken = made._working["a"]
        made._working.pop("a")
        clock.advance(LEASE / 2)
        any_ledger.renew(list(made._working.values()))  # all but the first
        clock.advance(LEASE / 2)
        other = any_ledger.claim()
        assert other is not None
        assert (other.envelope.id, other.fence) == ("a", taken.fence + 1)

    guests.meanwhile = one_is_taken
    with capture_logs() as lines:
        made.step()

    assert [(line["event"], line["id"]) for line in lines] == [("message_lost_lease", "a"), ("message_handled", "b")]
    assert said_of(any_ledger) == ["000102"]


def test_a_company_has_a_limit(
    ledger: MemoryLedger, clock: FixedClock, guests: Guests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "COMPANY", 3)
    ledger.accept([hint(f"00010{number}", f"m{number}") for number in range(5)])
    made = guests.workers(ledger, clock)

    while made.step():
        pass

    assert guests.came == [["000100", "000101", "000102"], ["000103", "000104"]]


def test_of_one_employee_only_the_newest_comes_in_company(
    any_ledger: MemoryLedger | SqlLedger, clock: FixedClock, guests: Guests
) -> None:
    any_ledger.accept([hint("000101", "a"), hint("000102", "b"), hint("000102", "c"), hint("000101", "d")])

    guests.workers(any_ledger, clock).step()

    assert guests.came == [["000101", "000102"]]
    books = any_ledger.balance()
    assert (books.done, books.superseded, books.pending) == (2, 2, 0)


def test_every_message_of_a_company_keeps_its_lease(ledger: MemoryLedger, clock: FixedClock, guests: Guests) -> None:
    ledger.accept([hint("000101", "a"), hint("000102", "b")])
    made = guests.workers(ledger, clock)
    held: list[str] = []
    guests.meanwhile = lambda: held.extend(made._working)

    made.step()

    assert held == ["a", "b"]
    assert made._working == {}


def test_rows_of_a_company_are_stored_with_its_outcome_or_not_at_all(
    database: Database, sql_ledger: SqlLedger, clock: FixedClock, guests: Guests
) -> None:
    def count() -> None:
        database.write_with_outcome(
            lambda connection: connection.exec_driver_sql("UPDATE books SET value = value + 40 WHERE name = 'purged'")
        )

    guests.meanwhile, guests.collapse = count, Transient("graph_502", "no", timedelta(seconds=0))
    sql_ledger.accept([hint("000101", "a"), hint("000102", "b")])
    guests.workers(sql_ledger, clock).step()
    before, guests.collapse = sql_ledger.balance().done, None
    clock.advance(timedelta(minutes=10))

    guests.workers(sql_ledger, clock).step()

    assert (before, sql_ledger.balance().done) == (0, 42)


def test_one_line_is_logged_of_each_message_of_a_company(
    ledger: MemoryLedger, clock: FixedClock, guests: Guests
) -> None:
    ledger.accept([hint("000101", "a"), hint("000102", "b")])
    guests.failures = {"000102": Permanent("graph_403", "no")}

    with capture_logs() as lines:
        guests.workers(ledger, clock).step()

    assert {line["id"]: line["verdict"] for line in lines} == {"a": "done", "b": "parked"}
