"""A service's database: short reads, and writes that share one commit.

All writes of a process go through one thread. What many threads ask within one commit's time is written in one
transaction (group commit), each in its own savepoint, so that one that fails spoils nothing for the others.
SQLite runs in WAL mode with `synchronous=FULL`: a committed row survives a power loss (https://sqlite.org/pragma.html).
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import BigInteger, Connection, Dialect, Engine, TypeDecorator, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from shared.errors import Transient

T = TypeVar("T")
Item = TypeVar("Item")
Work = Callable[[Connection], T]
Together = Callable[[Connection, Sequence[Item]], Sequence[T]]  # one answer per item

WRITE_DEADLINE = 5.0  # seconds a caller waits for its commit before it is told "not stored"
GROUP = 200  # writes that share one commit at most
BACKLOG = 10_000  # writes that may wait: a locked database must not eat the memory
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(TypeDecorator[datetime]):
    """An aware datetime, stored as microseconds since 1970 UTC: the same on every database, and sortable."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else (value - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else _EPOCH + timedelta(microseconds=value)


@dataclass(frozen=True)
class _Asked:
    """One write that waits for its commit."""

    together: Together[Any, Any]
    item: Any
    future: Future[Any] = field(default_factory=Future)


class Database:
    """The tables of one service. On PostgreSQL every service has a schema of its own, on SQLite a file."""

    def __init__(self, url: str, service: str) -> None:
        self.service = service
        self.engine = _engine(url, service)
        # SQLite's read transactions are snapshots by themselves.
        isolation = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._snapshots = self.engine.execution_options(**isolation)
        self._pending: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._starting = threading.Lock()

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection for questions; all of them see the database of one moment."""
        try:
            with self._snapshots.connect() as connection:
                yield connection
        except OperationalError as error:
            raise _unavailable(error) from error

    def write(self, work: Work[T]) -> T:
        """Run *work* in a transaction and return its answer after the commit (fsync).

        *work* only touches the connection it is given: no network, no waiting.
        Raises: Transient("storage_unavailable") when it is not known to be stored; what *work* raises, undone.
        """
        try:
            return self.submit(work).result(timeout=WRITE_DEADLINE)
        except TimeoutError as error:
            raise Transient("storage_unavailable", f"no commit within {WRITE_DEADLINE:.0f} s") from error

    def submit(self, work: Work[T]) -> Future[T]:
        """Ask for *work* as `write` does, and return what to wait for."""
        return self.submit_together(lambda connection, _: [work(connection)], None)

    def submit_together(self, together: Together[Item, T], item: Item) -> Future[T]:
        """Ask for a write of which many are asked at once: *together* is called once for all items of a commit.

        What it raises, undone, is raised for each of them.
        """
        if self._pending.qsize() >= BACKLOG:
            raise Transient("storage_unavailable", f"{BACKLOG} writes wait already")
        asked = _Asked(together, item)
        self._start()
        self._pending.put(asked)
        return asked.future

    def write_with_outcome(self, work: Work[object]) -> None:
        """Run *work* in the transaction that finishes the message being handled; outside a handler, now.

        For rows that must not be remembered unless the events that follow from them are said.
        """
        own: list[Work[object]] | None = getattr(_handling, "own", None)
        if own is None:
            self.write(work)
        else:
            own.append(work)

    def close(self) -> None:
        """Finish what was asked and let go of the database."""
        if self._writer and self._writer.is_alive():
            self._pending.put(None)
            self._writer.join(timeout=WRITE_DEADLINE)
        self.engine.dispose()

    def _start(self) -> None:
        with self._starting:  # started lazily: gunicorn forks, and threads do not survive a fork
            if self._writer is None or not self._writer.is_alive():
                self._writer = threading.Thread(target=self._run, name=f"{self.service}-writer", daemon=True)
                self._writer.start()

    def _run(self) -> None:
        while (first := self._pending.get()) is not None:
            group, stop = [first], False
            while len(group) < GROUP and not self._pending.empty():
                following = self._pending.get()
                if following is None:
                    stop = True
                    break
                group.append(following)
            self._commit(group)
            if stop:
                return

    def _commit(self, group: Sequence[_Asked]) -> None:
        answers: list[tuple[Future[Any], Any, Exception | None]] = []
        try:
            with self.engine.execution_options(writes=True).connect() as connection, connection.begin():
                for together, several in _gathered(group).items():
                    answers.extend(_in_savepoint(connection, together, several))
        except Exception as error:  # noqa: BLE001 - the commit failed for everybody in the group, whatever the cause
            for asked in group:
                asked.future.set_exception(_unavailable(error))
            return
        for future, answer, failure in answers:
            if failure is None:
                future.set_result(answer)
            else:
                future.set_exception(failure)


_handling = threading.local()


@contextmanager
def own_writes() -> Iterator[list[Work[object]]]:
    """Collect what the handler of this thread leaves to `write_with_outcome`."""
    _handling.own = []
    try:
        yield _handling.own
    finally:
        _handling.own = None


def _gathered(group: Sequence[_Asked]) -> dict[Together[Any, Any], list[_Asked]]:
    gathered: dict[Together[Any, Any], list[_Asked]] = {}
    for asked in group:
        gathered.setdefault(asked.together, []).append(asked)
    return gathered


def _in_savepoint(
    connection: Connection, together: Together[Any, Any], several: Sequence[_Asked]
) -> list[tuple[Future[Any], Any, Exception | None]]:
    futures = [asked.future for asked in several]
    try:
        with connection.begin_nested():
            answers = together(connection, [asked.item for asked in several])
        return [(future, answer, None) for future, answer in zip(futures, answers, strict=True)]
    except DBAPIError as error:
        if error.connection_invalidated or isinstance(error, OperationalError):
            raise
        return [(future, None, error) for future in futures]
    except Exception as error:  # noqa: BLE001 - handed to the callers whose work it was
        return [(future, None, error) for future in futures]


def _unavailable(error: Exception) -> Transient:
    return Transient("storage_unavailable", f"database did not store: {type(error).__name__}")


def _engine(url: str, service: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, connect_args={"timeout": WRITE_DEADLINE, "check_same_thread": False})
        event.listen(engine, "connect", _sqlite_pragmas)
        event.listen(engine, "begin", _sqlite_begin)
        return engine
    parsed = parsed.set(drivername="postgresql+psycopg")
    # Every service has a schema of its own, so that all tables can be in one database and none is shared.
    connect_args = {"connect_timeout": 5, "options": f"-csearch_path={service}"}
    return create_engine(parsed, pool_pre_ping=True, pool_size=5, max_overflow=20, connect_args=connect_args)


def _sqlite_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun by _sqlite_begin, not by the driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: Connection) -> None:
    # A writer takes the lock at once: upgrading a read transaction can fail with no chance to wait.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")


def insert_new(connection: Connection, table: Any, rows: list[dict[str, Any]], key: str) -> list[Any]:
    """Insert the rows whose *key* is not there yet and return the keys that were new."""
    if not rows:
        return []
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert  # noqa: PLC0415 - one dialect per process
    else:
        from sqlalchemy.dialects.postgresql import insert  # type: ignore[assignment]  # noqa: PLC0415 - one dialect per process
    statement = insert(table).on_conflict_do_nothing(index_elements=[key]).returning(table.c[key])
    return list(cast("list[Any]", connection.execute(statement, rows).scalars().all()))
