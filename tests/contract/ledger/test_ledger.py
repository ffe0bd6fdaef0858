"""What a ledger promises, whether it lives in memory, SQLite or PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.clock import FixedClock
from shared.errors import Invalid
from shared.events import AbsencesChanged, AbsencesShown, Attempt, MailArrived, MessageParked
from shared.events.envelope import Envelope, first
from shared.persistence.ledger import KEEP, LEASE, Finished, Ledger, LostLease
from tests.contract.ledger.conftest import NOW


def hint(employee: str, id_: str) -> Envelope:
    return first(AbsencesChanged(employee=employee), "timesync", NOW, id_=id_)


def letter(kenmerk: str, id_: str) -> Envelope:
    event = MailArrived(intake="scans", reference="r", kenmerk=kenmerk, version=1)
    return first(event, "mailroom", NOW, id_=id_)


def shown(employee: str) -> AbsencesShown:
    return AbsencesShown(employee=employee, events=1, calls=1, at=NOW)


def attempt(reason: str = "graph_503") -> Attempt:
    return Attempt(at=NOW, reason=reason, error="GET /users answered 503")


def said(ledger: Ledger) -> list[Envelope]:
    return [Envelope.parse(row.body) for row in ledger.unsent(100)]


def test_a_repeated_delivery_is_accepted_once(ledger: Ledger) -> None:
    ledger.accept([letter("k1", "a")])

    assert ledger.accept([letter("k1", "a"), letter("k2", "b")]) == 1
    assert ledger.balance().accepted == 2


def test_the_oldest_message_is_worked_on_first(ledger: Ledger) -> None:
    ledger.accept([letter("k1", "a"), letter("k2", "b")])

    task = ledger.claim()

    assert task is not None
    assert task.envelope == letter("k1", "a")


def test_a_key_is_worked_on_one_at_a_time(ledger: Ledger) -> None:
    ledger.accept([letter("k1", "a"), letter("k1", "b"), letter("k2", "c")])

    claimed = [ledger.claim(), ledger.claim(), ledger.claim()]

    assert [task and task.envelope.id for task in claimed] == ["a", "c", None]


def test_a_key_is_free_again_when_its_message_is_done(ledger: Ledger) -> None:
    ledger.accept([letter("k1", "a"), letter("k1", "b")])
    task = ledger.claim()
    assert task is not None

    ledger.done(task, [])

    following = ledger.claim()
    assert following is not None
    assert following.envelope.id == "b"


def test_only_the_newest_hint_of_a_key_is_worked_on(ledger: Ledger) -> None:
    ledger.accept([hint("000101", "a"), hint("000101", "b"), hint("000102", "c"), hint("000101", "d")])

    claimed = [ledger.claim(), ledger.claim(), ledger.claim()]

    assert [task and task.envelope.id for task in claimed] == ["d", "c", None]
    assert ledger.balance().superseded == 2


def test_a_hint_that_comes_during_the_work_is_worked_on_after_it(ledger: Ledger) -> None:
    ledger.accept([hint("000101", "a")])
    task = ledger.claim()
    assert task is not None
    ledger.accept([hint("000101", "b")])

    assert ledger.claim() is None
    ledger.done(task, [])

    following = ledger.claim()
    assert following is not None
    assert following.envelope.id == "b"


def test_what_a_handler_says_is_in_the_outbox_with_its_cause(ledger: Ledger) -> None:
    ledger.accept([hint("000101", "a")])
    task = ledger.claim()
    assert task is not None

    ledger.done(task, [shown("000101")])

    (envelope,) = said(ledger)
    assert (envelope.causation_id, envelope.correlation_id) == ("a", "a")
    assert envelope.open() == shown("000101")


def test_a_step_done_again_says_the_same_message(ledger: Ledger, clock: FixedClock) -> None:
    ledger.accept([hint("000101", "a")])
    before_the_crash = ledger.claim()
    clock.advance(LEASE)
    after_the_crash = ledger.claim()
    assert before_the_crash is not None
    assert after_the_crash is not None

    ledger.done(after_the_crash, [shown("000101")])

    with pytest.raises(LostLease):
        ledger.done(before_the_crash, [shown("000101")])
    assert len(said(ledger)) == 1


def test_a_lease_that_ends_gives_the_message_to_another(ledger: Ledger, clock: FixedClock) -> None:
    ledger.accept([letter("k1", "a")])
    ledger.claim()

    assert ledger.claim() is None
    clock.advance(LEASE)

    task = ledger.claim()
    assert task is not None
    assert task.envelope.id == "a"


def test_a_renewed_lease_keeps_the_message(ledger: Ledger, clock: FixedClock) -> None:
    ledger.accept([letter("k1", "a")])
    task = ledger.claim()
    assert task is not None
    clock.advance(LEASE * 0.9)

    ledger.renew([task])
    clock.advance(LEASE * 0.9)

    assert ledger.claim() is None


def test_an_instance_that_starts_frees_what_its_predecessor_held(ledger: Ledger) -> None:
    ledger.accept([letter("k1", "a")])
    ledger.claim()

    assert ledger.release() == 1
    assert ledger.claim() is not None


def test_a_message_put_back_waits_until_its_time(ledger: Ledger, clock: FixedClock) -> None:
    ledger.accept([letter("k1", "a")])
    task = ledger.claim()
    assert task is not None

    ledger.again(task, NOW + timedelta(minutes=2), attempt(), counts=True)

    assert ledger.claim() is None
    clock.advance(timedelta(minutes=2))
    again = ledger.claim()
    assert again is not None
    assert again.attempts == 1


def test_an_attempt_that_does_not_count_costs_none(ledger: Ledger) -> None:
    ledger.accept([letter("k1", "a")])
    task = ledger.claim()
    assert task is not None

    ledger.again(task, NOW, attempt(), counts=False)

    again = ledger.claim()
    assert again is not None
    assert again.attempts == 0


def test_a_parked_message_explains_itself(ledger: Ledger) -> None:
    ledger.accept([letter("k1", "a")])
    task = ledger.claim()
    assert task is not None
    ledger.again(task, NOW, attempt("graph_503"), counts=True)
    task = ledger.claim()
    assert task is not None

    ledger.park(task, attempt("graph_403"))

    event = said(ledger)[-1].open()
    assert isinstance(event, MessageParked)
    assert (event.message_id, event.message_type, event.reason) == ("a", "mail.arrived.v1", "graph_403")
    assert [one.reason for one in event.attempts] == ["graph_503", "graph_403"]
    assert ledger.parked()[0]["reason"] == "graph_403"


def test_a_parked_message_is_worked_on_again_when_a_person_says_so(ledger: Ledger) -> None:
    ledger.accept([letter("k1", "a")])
    task = ledger.claim()
    assert task is not None
    ledger.park(task, attempt())

    assert ledger.retry("a")

    again = ledger.claim()
    assert again is not None
    assert again.attempts == 0
    assert not ledger.retry("a")


def test_a_message_parked_a_second_time_is_told_a_second_time(ledger: Ledger) -> None:
    ledger.accept([letter("k1", "a")])
    for _ in range(2):
        task = ledger.claim()
        assert task is not None
        ledger.park(task, attempt())
        ledger.retry("a")

    assert len({envelope.id for envelope in said(ledger)}) == 2


def test_a_discarded_message_stays_in_the_books(ledger: Ledger) -> None:
    ledger.accept([letter("k1", "a")])
    task = ledger.claim()
    assert task is not None
    ledger.park(task, attempt())

    assert ledger.discard("a")

    books = ledger.balance()
    assert (books.parked, books.discarded, books.balanced) == (0, 1, True)


def test_what_became_of_a_message_can_be_asked_for_the_message_itself(ledger: Ledger) -> None:
    ledger.accept([letter("k1", "a")])

    came = ledger.came("a")

    assert came is not None
    assert (came.id, came.open()) == ("a", letter("k1", "a").open())
    assert ledger.came("b") is None


def test_an_unreadable_message_is_parked_once_and_told(ledger: Ledger) -> None:
    failure = Invalid("unreadable_message", "no envelope: missing id")

    ledger.accept_unreadable(b"{", failure)
    ledger.accept_unreadable(b"{", failure)

    books = ledger.balance()
    assert (books.accepted, books.parked, books.balanced) == (1, 1, True)
    assert isinstance(said(ledger)[0].open(), MessageParked)


def test_what_the_broker_confirmed_is_not_said_again(ledger: Ledger) -> None:
    ledger.say([shown("000101"), shown("000102")])
    rows = ledger.unsent(10)

    ledger.sent([rows[0].seq])

    assert [row.id for row in ledger.unsent(10)] == [rows[1].id]


def test_a_replay_says_again_only_what_is_asked_for(ledger: Ledger, clock: FixedClock) -> None:
    ledger.say([shown("000101")])
    clock.advance(timedelta(hours=1))
    ledger.say([shown("000102"), AbsencesChanged(employee="000102")])
    ledger.sent([row.seq for row in ledger.unsent(10)])

    assert ledger.replay(["absences.shown.v1"], NOW + timedelta(minutes=1)) == 1

    (row,) = ledger.unsent(10)
    assert Envelope.parse(row.body).open() == shown("000102")


def test_the_books_balance_through_every_state(ledger: Ledger) -> None:
    ledger.accept([letter(f"k{n}", f"m{n}") for n in range(5)] + [hint("000101", "h1"), hint("000101", "h2")])
    for finish in ("done", "park", "again", "hold"):
        task = ledger.claim()
        assert task is not None
        if finish == "done":
            ledger.done(task, [])
        elif finish == "park":
            ledger.park(task, attempt())
        elif finish == "again":
            ledger.again(task, NOW + timedelta(days=1), attempt(), counts=True)

    books = ledger.balance()

    assert books.balanced
    assert (books.accepted, books.done, books.parked, books.pending) == (7, 1, 1, 5)


def test_finished_messages_are_forgotten_after_their_time_and_parked_ones_never(
    ledger: Ledger, clock: FixedClock
) -> None:
    ledger.accept([letter("k1", "a"), letter("k2", "b")])
    first_task, second_task = ledger.claim(), ledger.claim()
    assert first_task is not None
    assert second_task is not None
    ledger.done(first_task, [])
    ledger.park(second_task, attempt())
    clock.advance(KEEP + timedelta(seconds=1))

    assert ledger.purge() == 1

    books = ledger.balance()
    assert (books.accepted, books.done, books.parked, books.balanced) == (2, 1, 1, True)


def test_a_lost_row_unbalances_the_books(ledger: Ledger) -> None:
    """The accounts are counted apart from the rows, else they could not disagree."""
    ledger.accept([letter("k1", "a")])

    rows = getattr(ledger, "_rows", None)
    if rows is not None:
        rows.clear()
    else:
        database = ledger._database  # type: ignore[attr-defined]
        database.write(lambda connection: connection.exec_driver_sql("DELETE FROM inbox"))

    assert not ledger.balance().balanced


def test_company_is_of_one_type_and_of_free_keys(ledger: Ledger) -> None:
    ledger.accept([letter("k1", "a"), hint("1", "b"), letter("k1", "c"), letter("k2", "d"), letter("k3", "e")])
    task = ledger.claim()
    assert task is not None

    company = ledger.claim_like(task, 10)

    assert [each.envelope.id for each in company] == ["d", "e"]
    assert ledger.claim_like(task, 10) == []


def test_company_has_at_most_as_many_as_asked(ledger: Ledger) -> None:
    ledger.accept([letter(f"k{n}", f"{n}") for n in range(5)])
    task = ledger.claim()
    assert task is not None

    assert [each.envelope.id for each in ledger.claim_like(task, 2)] == ["1", "2"]


def test_older_hints_are_superseded_in_company_too(ledger: Ledger) -> None:
    ledger.accept([hint("1", "a"), hint("2", "b"), hint("2", "c"), hint("2", "d"), hint("3", "e")])
    task = ledger.claim()
    assert task is not None

    company = ledger.claim_like(task, 10)

    assert [each.envelope.id for each in company] == ["d", "e"]
    assert ledger.balance().superseded == 2


def test_what_is_done_together_is_said_and_counted_each(ledger: Ledger) -> None:
    ledger.accept([hint("1", "a"), hint("2", "b")])
    first_task = ledger.claim()
    assert first_task is not None
    (second_task,) = ledger.claim_like(first_task, 10)

    lost = ledger.done_together([Finished(first_task, [shown("1")]), Finished(second_task, [shown("2")])])

    assert lost == []
    assert [each.data["employee"] for each in said(ledger)] == ["1", "2"]
    assert (ledger.balance().done, ledger.balance().pending) == (2, 0)


def test_a_lost_claim_says_nothing_and_spoils_nothing_for_its_company(ledger: Ledger, clock: FixedClock) -> None:
    ledger.accept([hint("1", "a"), hint("2", "b")])
    lost_task = ledger.claim()
    assert lost_task is not None
    clock.advance(LEASE)
    taken_over = ledger.claim()
    assert taken_over is not None
    (other,) = ledger.claim_like(taken_over, 10)

    lost = ledger.done_together([Finished(lost_task, [shown("1")]), Finished(other, [shown("2")])])

    assert lost == [lost_task]
    assert [each.data["employee"] for each in said(ledger)] == ["2"]
