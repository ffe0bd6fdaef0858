"""Writes share a commit and nothing else; what cannot be stored is said, not lost."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Connection, MetaData, String, Table, select
from sqlalchemy.exc import IntegrityError

from shared.errors import Transient
from shared.persistence import database as database_module
from shared.persistence.database import Database, Moment, insert_new, own_writes
from tests.unit.shared.builders import locked
from tests.waiting import eventually

metadata = MetaData()
words = Table("words", metadata, Column("word", String(20), primary_key=True), Column("at", Moment))


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path}/folder/words.db", "words")
    metadata.create_all(made.engine)
    yield made
    made.close()


def add(word: str, at: datetime | None = None) -> database_module.Work[object]:
    return lambda connection: connection.execute(words.insert().values(word=word, at=at))


@contextmanager
def elsewhere(db: Database) -> Iterator[None]:
    """Have the turn, as another process of ours would."""
    other = Database(str(db.engine.url), "words")
    with other.turn():
        yield
    other.close()


def stored(db: Database) -> list[str]:
    with db.read() as connection:
        return list(connection.execute(select(words.c.word).order_by(words.c.word)).scalars())


def test_a_write_is_committed_when_it_returns(db: Database) -> None:
    db.write(add("one"))

    with sqlite3.connect(str(db.engine.url.database)) as other:
        assert other.execute("SELECT word FROM words").fetchall() == [("one",)]


def test_a_write_gives_its_answer(db: Database) -> None:
    assert db.write(lambda connection: connection.execute(select(1)).scalar_one()) == 1


def test_writes_of_many_threads_are_all_stored(db: Database) -> None:
    threads = [threading.Thread(target=db.write, args=(add(f"{n:03}"),)) for n in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert stored(db) == [f"{n:03}" for n in range(100)]


def test_writes_that_come_together_share_a_commit_and_one_that_fails_spoils_nothing(db: Database) -> None:
    inside, release = threading.Event(), threading.Event()
    failures: list[Exception] = []
    seen: list[list[str]] = []

    def first(connection: Connection) -> None:
        inside.set()
        release.wait(10)

    def failing(connection: Connection) -> None:
        connection.execute(words.insert().values(word="undone"))
        raise ValueError("ours")

    def ask(work: database_module.Work[object]) -> None:
        try:
            db.write(work)
            if work is not first:
                seen.append(stored(db))
        except ValueError as failure:
            failures.append(failure)

    asked = [first, add("a"), failing, add("b")]
    threads = [threading.Thread(target=ask, args=(work,)) for work in asked]
    threads[0].start()
    inside.wait(10)
    for thread in threads[1:]:
        thread.start()
    eventually(lambda: db._pending.qsize() == 3, what="three writes behind the first")
    release.set()
    for thread in threads:
        thread.join()

    assert [str(failure) for failure in failures] == ["ours"]
    assert stored(db) == ["a", "b"]
    assert seen == [["a", "b"], ["a", "b"]]  # who sees one of them sees both


def test_a_work_that_breaks_a_rule_of_the_database_is_told_so_itself(db: Database) -> None:
    db.write(add("one"))

    with pytest.raises(IntegrityError):
        db.write(add("one"))

    db.write(add("two"))
    assert stored(db) == ["one", "two"]


def test_while_another_process_holds_the_lock_a_write_is_not_stored_and_says_so(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "WRITE_DEADLINE", 0.2)

    with locked(db), pytest.raises(Transient) as failure:
        db.write(add("one"))

    assert failure.value.reason == "storage_unavailable"


def test_the_lock_itself_gives_up_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "WRITE_DEADLINE", 0.2)
    db = Database(f"sqlite:///{tmp_path}/words.db", "words")
    metadata.create_all(db.engine)
    monkeypatch.setattr(database_module, "WRITE_DEADLINE", 30.0)

    with locked(db), pytest.raises(Transient, match="OperationalError") as failure:
        db.write(add("one"))

    assert failure.value.reason == "storage_unavailable"
    assert stored(db) == []
    db.close()


def test_writing_goes_on_when_the_lock_is_gone(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "WRITE_DEADLINE", 0.2)
    with locked(db), pytest.raises(Transient):
        db.write(add("one"))
    monkeypatch.setattr(database_module, "WRITE_DEADLINE", 30.0)

    db.write(add("two"))

    assert "two" in stored(db)


def test_who_gave_up_before_his_turn_is_not_stored(db: Database) -> None:
    with elsewhere(db):
        given_up, waiting = db.submit(add("given up")), db.submit(add("waiting"))
        assert given_up.cancel()
    waiting.result(timeout=10)

    assert stored(db) == ["waiting"]


def test_a_write_told_as_not_stored_in_time_is_not_stored_later(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "WRITE_DEADLINE", 0.2)
    with elsewhere(db), pytest.raises(Transient):
        db.write(add("one"))
    monkeypatch.setattr(database_module, "WRITE_DEADLINE", 30.0)

    db.write(add("two"))

    assert stored(db) == ["two"]


def test_writes_of_several_processes_at_one_file_are_all_stored(db: Database) -> None:
    others = [Database(str(db.engine.url), "words") for _ in range(3)]
    writes = [one.submit(add(f"{place}{n:03}")) for n in range(50) for place, one in enumerate(others)]
    for write in writes:
        write.result(timeout=30)

    assert len(stored(db)) == 150
    for one in others:
        one.close()


def test_reading_goes_on_while_another_process_writes(db: Database) -> None:
    db.write(add("one"))

    with locked(db):
        assert stored(db) == ["one"]


def test_a_database_that_cannot_be_read_is_transient(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path}/empty.db", "words")

    with pytest.raises(Transient) as failure:
        stored(db)

    assert failure.value.reason == "storage_unavailable"


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)], ids=str
)
def test_a_commit_survives_a_power_loss(db: Database, pragma: str, value: object) -> None:
    answers = [db.write(lambda c: c.exec_driver_sql(f"PRAGMA {pragma}").scalar_one())]
    with db.read() as connection:
        answers.append(connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one())

    assert answers == [value, value]


def test_outside_a_handler_a_write_with_the_outcome_is_done_now(db: Database) -> None:
    db.write_with_outcome(add("one"))

    assert stored(db) == ["one"]


def test_inside_a_handler_a_write_waits_for_the_outcome(db: Database) -> None:
    with own_writes() as own:
        db.write_with_outcome(add("one"))
        assert stored(db) == []

    for work in own:
        db.write(work)
    assert stored(db) == ["one"]


def test_what_a_handler_left_behind_is_not_kept_for_the_next(db: Database) -> None:
    with own_writes():
        db.write_with_outcome(add("one"))

    db.write_with_outcome(add("two"))
    assert stored(db) == ["two"]


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 18, 9, 0, 0, 123456, tzinfo=UTC),
        datetime(1969, 7, 20, 20, 17, tzinfo=UTC),
        datetime(2026, 7, 1, 12, 0, tzinfo=timezone(timedelta(hours=2))),
        None,
    ],
    ids=["microseconds", "before 1970", "another zone", "none"],
)
def test_a_moment_comes_back_as_the_same_moment_in_utc(db: Database, moment: datetime | None) -> None:
    db.write(add("one", moment))

    with db.read() as connection:
        back = connection.execute(select(words.c.at)).scalar_one()

    assert back == moment
    assert back is None or back.tzinfo is UTC


def test_only_what_is_new_is_inserted_and_told(db: Database) -> None:
    db.write(add("one"))
    rows = [{"word": "one", "at": None}, {"word": "two", "at": None}]

    assert db.write(lambda connection: insert_new(connection, words, rows, "word")) == ["two"]
    assert db.write(lambda connection: insert_new(connection, words, [], "word")) == []


def test_of_equal_rows_the_first_is_inserted(db: Database) -> None:
    early, late = datetime(2026, 11, 18, tzinfo=UTC), datetime(2026, 11, 19, tzinfo=UTC)
    rows: list[dict[str, Any]] = [
        {"word": 'één\n"1"', "at": early},
        {"word": "two", "at": None},
        {"word": 'één\n"1"', "at": late},
    ]

    new = db.write(lambda connection: insert_new(connection, words, rows, "word"))

    with db.read() as connection:
        found = [tuple(row) for row in connection.execute(select(words).order_by(words.c.word))]
    assert new == ['één\n"1"', "two"]
    assert found == [("two", None), ('één\n"1"', early)]


def test_closing_finishes_what_was_asked(db: Database) -> None:
    threads = [threading.Thread(target=db.write, args=(add(f"{n}"),)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    db.close()

    assert len(stored(db)) == 5


def test_a_closed_database_may_be_used_again(db: Database) -> None:
    db.write(add("one"))
    db.close()

    db.write(add("two"))

    assert stored(db) == ["one", "two"]


def test_one_that_fails_among_many_fails_alone(database: Database) -> None:
    due: list[Callable[[], None]] = []
    database.write_by(due.append)

    def store(_connection: Connection, items: Sequence[int]) -> list[int]:
        if 3 in items:
            raise ValueError("three is no good")
        return [item * 10 for item in items]

    futures = [database.submit_together(store, number) for number in range(5)]
    due.pop()()

    assert [futures[n].result(timeout=0) for n in (0, 1, 2, 4)] == [0, 10, 20, 40]
    with pytest.raises(ValueError, match="three"):
        futures[3].result(timeout=0)


def test_what_a_statement_held_is_in_no_error(database: Database) -> None:
    def fail(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE names (name TEXT UNIQUE)")
        for _ in range(2):
            connection.exec_driver_sql("INSERT INTO names VALUES (?)", ("Fien Peeters",))

    with pytest.raises(IntegrityError) as failure:
        database.submit(fail).result(timeout=5)

    assert "Fien" not in str(failure.value)


# -- in the caller's own loop ----------------------------------------------------------------------------------


def test_a_loop_that_writes_itself_stores_what_was_asked_meanwhile_in_one_commit(database: Database) -> None:
    due: list[Callable[[], None]] = []
    together: list[int] = []

    def store(_connection: Connection, items: Sequence[int]) -> list[int]:
        together.append(len(items))
        return list(items)

    database.write_by(due.append)
    futures = [database.submit_together(store, number) for number in range(5)]

    assert not any(future.done() for future in futures)
    (work,) = due
    work()

    assert [future.result(timeout=0) for future in futures] == [0, 1, 2, 3, 4]
    assert together == [5]


def test_a_loop_that_writes_itself_is_asked_anew_for_what_comes_later(database: Database) -> None:
    due: list[Callable[[], None]] = []
    database.write_by(due.append)
    database.submit(lambda _: None)
    due.pop()()

    later = database.submit(lambda _: "later")

    due.pop()()
    assert later.result(timeout=0) == "later"


def test_who_cannot_wait_for_the_loop_writes_at_once(database: Database) -> None:
    database.write_by(lambda _: None)

    assert database.write(lambda _: "now") == "now"


def test_what_nobody_awaits_any_more_is_not_stored_by_the_loop_either(database: Database) -> None:
    due: list[Callable[[], None]] = []
    stored: list[str] = []
    database.write_by(due.append)
    given_up = database.submit(lambda _: stored.append("given up"))

    assert given_up.cancel()
    due.pop()()

    assert stored == []


def test_what_the_loop_had_not_stored_yet_is_stored_at_the_end(database: Database) -> None:
    database.write_by(lambda _: None)
    asked = database.submit(lambda _: "stored")

    database.close()

    assert asked.result(timeout=0) == "stored"
