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
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, NestedTransaction, RootTransaction, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.errors import Transient
from shared.persistence.insertion import insert_new
from shared.persistence.moment import Moment
from shared.persistence.turns import Turns

__all__ = ["Database", "Moment", "insert_new", "own_writes"]  # what a store is made of comes from one place

T = TypeVar("T")
Item = TypeVar("Item")
Work = Callable[[Connection], T]
Together = Callable[[Connection, Sequence[Item]], Sequence[T]]  # one answer per item

WRITE_DEADLINE = 5.0  # seconds a caller waits for its commit before it is told "not stored"
GROUP = 200  # writes that share one commit at most
BACKLOG = 10_000  # writes that may wait: a locked database must not eat the memory
Soon = Callable[[Callable[[], None]], object]

# Of the database itself, whatever was asked; InternalError: PostgreSQL became a standby.
_OWN_TROUBLE = (OperationalError, InterfaceError, InternalError)
_Answer = tuple[Future[Any], Any, Exception | None]


@dataclass(frozen=True, slots=True)
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
        self._writing = self.engine.execution_options(writes=True)
        self._turns = _turns(self.engine)
        self._pending: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._starting = threading.Lock()
        self._soon: Soon | None = None
        self._is_due = False

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection for questions; all of them see the database of one moment."""
        try:
            with self._snapshots.connect() as connection:
                yield connection
        except (*_OWN_TROUBLE, PoolTimeout) as error:
            raise _unavailable(error) from error

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait, for as long as that takes, and keep other processes of ours from writing this SQLite file."""
        with self._turns.mine() if self._turns else nullcontext():
            yield

    def write(self, work: Work[T]) -> T:
        """Run *work* in a transaction and return its answer after the commit (fsync).

        *work* only touches the connection it is given: no network, no waiting.
        Raises: Transient("storage_unavailable") when it is not known to be stored; what *work* raises, undone.
        """
        future = self.submit(work)
        if self._soon is not None:
            self._commit_due()
        try:
            return future.result(timeout=WRITE_DEADLINE)
        except TimeoutError as error:
            future.cancel()
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
        self._pending.put(asked)
        if self._soon is None:
            self._start()
        elif not self._is_due:
            self._is_due = True
            self._soon(self._commit_due)
        return asked.future

    def write_by(self, soon: Soon) -> None:
        """Write in the caller's own loop instead of in a thread: *soon* calls what it is given once, a little later.

        For a process of one thread, which would hand the interpreter to a writer and wait to have it back.
        """
        self._soon = soon

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
        if self._soon is not None:
            self._commit_due()  # the loop that would have done it has ended
        if self._writer and self._writer.is_alive():
            self._pending.put(None)
            self._writer.join(timeout=WRITE_DEADLINE)
        if self._turns and not (self._writer and self._writer.is_alive()):
            self._turns.close()
        self.engine.dispose()

    def _start(self) -> None:
        with self._starting:  # started lazily: gunicorn forks, and threads do not survive a fork
            if self._writer is None or not self._writer.is_alive():
                self._writer = threading.Thread(target=self._run, name=f"{self.service}-writer", daemon=True)
                self._writer.start()

    def _commit_due(self) -> None:
        self._is_due = False
        while not self._pending.empty() and (first := self._pending.get()) is not None:
            self._commit([first])

    def _run(self) -> None:
        while (first := self._pending.get()) is not None:
            self._commit([first])

    def _commit(self, group: list[_Asked]) -> None:
        """Store *group* and what else waits by the time that it is our turn, or nothing of it."""
        answers: list[_Answer] = []
        try:
            with self.turn(), self._writing.connect() as connection, connection.begin() as transaction:
                self._join(group)
                kinds = _gathered([asked for asked in group if _is_awaited(asked.future)])
                for kind in kinds:
                    # What is alone in its commit needs no savepoint: undoing the transaction undoes it.
                    is_alone = len(kinds) == len(kind) == 1
                    answers += _written(connection, transaction if is_alone else connection.begin_nested(), kind)
        except Exception as error:  # noqa: BLE001 - the commit failed for everybody in the group, whatever the cause
            self._join(group)  # who waits behind them would fail the same way, only later
            answers = [(asked.future, None, _unavailable(error)) for asked in group if _is_awaited(asked.future)]
        for future, answer, failure in answers:
            if failure is None:
                future.set_result(answer)
            else:
                future.set_exception(failure)

    def _join(self, group: list[_Asked]) -> None:
        while len(group) < GROUP and not self._pending.empty():
            following = self._pending.get()
            if following is None:
                self._pending.put(None)  # for _run, when these are done
                return
            group.append(following)


def _is_awaited(future: Future[Any]) -> bool:
    """Tell whether somebody waits still; from then on nobody can give up. Who gave up is not stored."""
    return not future.cancelled() and (future.running() or future.set_running_or_notify_cancel())


_handling = threading.local()


@contextmanager
def own_writes() -> Iterator[list[Work[object]]]:
    """Collect what the handler of this thread leaves to `write_with_outcome`."""
    _handling.own = []
    try:
        yield _handling.own
    finally:
        _handling.own = None


def _gathered(group: Sequence[_Asked]) -> list[list[_Asked]]:
    gathered: dict[Together[Any, Any], list[_Asked]] = {}
    for asked in group:
        gathered.setdefault(asked.together, []).append(asked)
    return list(gathered.values())


def _written(connection: Connection, scope: RootTransaction | NestedTransaction, kind: list[_Asked]) -> list[_Answer]:
    """Write what asked for the same within *scope*, which ends here: kept or undone.

    When it cannot be written together, each is tried by itself: one that fails must not fail its neighbours.
    """
    try:
        with scope:
            answers = kind[0].together(connection, [asked.item for asked in kind])
        return [(asked.future, answer, None) for asked, answer in zip(kind, answers, strict=True)]
    except Exception as error:
        if isinstance(error, DBAPIError) and (error.connection_invalidated or isinstance(error, _OWN_TROUBLE)):
            raise  # for everybody in this commit
        if len(kind) == 1:
            return [(kind[0].future, None, error)]
        return [answer for asked in kind for answer in _written(connection, connection.begin_nested(), [asked])]


def _turns(engine: Engine) -> Turns | None:
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    return Turns(Path(file)) if file and file != ":memory:" else None


def _unavailable(error: Exception) -> Transient:
    return Transient("storage_unavailable", f"database did not store: {type(error).__name__}")


def _engine(url: str, service: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            parsed, connect_args={"timeout": WRITE_DEADLINE, "check_same_thread": False}, hide_parameters=True
        )
        event.listen(engine, "connect", _sqlite_pragmas)
        event.listen(engine, "begin", _sqlite_begin)
        return engine
    parsed = parsed.set(drivername="postgresql+psycopg")
    # Every service has a schema of its own, so that all tables can be in one database and none is shared.
    connect_args = {"connect_timeout": 5, "options": f"-csearch_path={service}"}
    return create_engine(
        parsed, pool_pre_ping=True, pool_size=5, max_overflow=20, connect_args=connect_args, hide_parameters=True
    )


def _sqlite_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun by _sqlite_begin, not by the driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: Connection) -> None:
    # A writer takes the lock at once: upgrading a read transaction can fail with no chance to wait.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")
