"""A table or view of any database that SQLAlchemy speaks to: the organisation's SELECT, read and rolled back.

Nothing stays open between two reads: a database counts its connections.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Annotated, Any

from marshmallow import ValidationError, fields, validate
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    InternalError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)

from services.timesync.systems.base import LONGEST_PLACE, Kind, Parts, Reading
from services.timesync.systems.columns import COLUMNS, RowOptions, positions
from services.timesync.systems.exports import Line, Understood, understand
from services.timesync.systems.notation import text_of
from services.timesync.systems.rows import Meaning
from shared.errors import HubError, Invalid, Transient

_CONNECT_SECONDS = 10
_MOST_ROWS = 200_000  # all of them are held in memory at once
# What each driver calls the time to connect in; https://docs.sqlalchemy.org/en/20/core/engines.html#custom-dbapi-args
_CONNECT_ARGS: dict[str, dict[str, Any]] = {
    "postgresql": {"connect_timeout": _CONNECT_SECONDS},
    "mysql": {"connect_timeout": _CONNECT_SECONDS},
    "mariadb": {"connect_timeout": _CONNECT_SECONDS},
    "mssql": {"timeout": _CONNECT_SECONDS},
    "sqlite": {"timeout": _CONNECT_SECONDS},
}
# PostgreSQL says these about the statement, never about what is in the rows.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_ABOUT_THE_QUERY = ("42703", "42P01", "42883", "42501")
_ABOUT_US = ("25006", "SQLITE_READONLY", "SQLITE_ERROR")  # called passing trouble by their drivers, and it is not


def _one_select(query: str) -> None:
    # A text with ; in it is refused too: telling it from a second statement would take a parser of every dialect.
    if not re.match(r"(select|with)\b", query.strip(), re.IGNORECASE) or ";" in query.strip().removesuffix(";"):
        raise ValidationError("Expected one statement that begins with SELECT or WITH.")


@dataclass(frozen=True, kw_only=True)
class SqlOptions(RowOptions):
    """`[timesync.systems.<name>]` of a view. *url* is the name of the setting that holds the address."""

    url: Annotated[str, fields.String(validate=validate.Length(min=1))]
    query: Annotated[str, fields.String(validate=_one_select)]
    timeout_seconds: Annotated[int, fields.Integer(validate=validate.Range(1, 600))] = 60


@dataclass(frozen=True)
class Sql:
    """Reads everything, every time. The cursor is what came of it: an equal answer is no news."""

    name: str
    options: SqlOptions
    url: str = field(repr=False)
    meaning: Meaning

    def read(self, cursor: str | None) -> Reading:
        rows = understand(self._lines(self._engine()), self.name, self.meaning)
        reached = f"{_digest(rows)}|{self.meaning.fingerprint}"
        if reached == cursor:
            return Reading(cursor=cursor)
        return Reading(tuple(rows.newest.values()), {}, tuple(rows.held), complete=True, cursor=reached)

    def _lines(self, engine: Engine) -> Iterator[Line]:
        columns, answer = self._answer(engine)
        for number, cells in enumerate(answer, 1):
            row = {ours: cells[at] for ours, at in columns.items()}
            request = text_of(row.get("request"))
            yield Line(f"request {request}"[:LONGEST_PLACE] if request else f"row {number}", row)

    def _answer(self, engine: Engine) -> tuple[Mapping[str, int], Sequence[Sequence[object]]]:
        try:
            with self._connected(engine) as connection:
                self._protect(connection)
                result = connection.exec_driver_sql(self.options.query.strip().removesuffix(";"))
                header, rows = list(result.keys()), result.fetchmany(_MOST_ROWS + 1)
        except SQLAlchemyError as error:
            raise self._refused(error) from None  # its text may hold what is in the rows
        if len(rows) > _MOST_ROWS:
            raise Invalid(
                "source_too_large", f"{self.name}: expected at most {_MOST_ROWS} rows; let 'query' ask for less"
            )
        headings = self.options.headings({name: name for name in COLUMNS})
        return positions(header, headings, f"{self.name}: the answer to 'query'"), rows

    @contextmanager
    def _connected(self, engine: Engine) -> Iterator[Connection]:
        """Yield a connection whose transaction is rolled back, whatever the query did."""
        try:
            connection = engine.connect()
        except (DBAPIError, OSError) as error:
            raise Transient("source_unreachable", f"{self._where} ({_kind_of(error)})") from None
        with connection, connection.begin() as transaction:
            yield connection
            transaction.rollback()

    def _protect(self, connection: Connection) -> None:
        """Have the database itself refuse to write, and give up in time, where it can."""
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {self.options.timeout_seconds * 1000}")
        elif connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA query_only = ON")

    def _engine(self) -> Engine:
        url = self._address()
        try:
            return create_engine(
                url,
                poolclass=NullPool,  # a connection is closed when it is given back
                connect_args=_CONNECT_ARGS.get(url.get_backend_name(), {}),
                execution_options={"no_parameters": True},  # a % or a : in the query is just that
                hide_parameters=True,
            )
        except ModuleNotFoundError as error:
            raise Invalid(
                "missing_driver", f"{self._where}: expected the Python package '{error.name}' to be installed"
            ) from error
        except (ArgumentError, NoSuchModuleError):
            raise Invalid(
                "missing_driver", f"{self._where}: expected a kind of database that SQLAlchemy knows"
            ) from None

    def _address(self) -> URL:
        try:
            url = make_url(self.url)
        except (ArgumentError, ValueError):  # of a sign in the password that separates, it quotes what follows
            expected = "expected kind://user:password@host:port/database, with signs in the password written as %40"
            raise Invalid("invalid_url", f"{self.options.url}: {expected}") from None
        return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url

    @property
    def _where(self) -> str:
        url = self._address()
        return f"{self.name}: {url.drivername} at {url.host or 'this machine'}"

    def _refused(self, error: SQLAlchemyError) -> HubError:
        cause = getattr(error, "orig", None)
        code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)
        passes = isinstance(error, OperationalError | InterfaceError | InternalError) and code not in _ABOUT_US
        if passes or getattr(error, "connection_invalidated", False):
            return Transient("source_unreachable", f"{self._where} ({_kind_of(error)})")
        told = _about_the_query(cause, code) or f"{_kind_of(error)} {code or ''}".strip()
        return Invalid("invalid_query", f"{self._where}: expected a 'query' that it can answer: {told}")


def _about_the_query(error: BaseException | None, code: str | None) -> str:
    """Return what the database says if it can only be about the statement."""
    if code in _ABOUT_THE_QUERY:
        return str(getattr(getattr(error, "diag", None), "message_primary", ""))
    match = re.match(r"no such (?:column|table|function): [\w.]+", str(error))
    return match[0] if match and code == "SQLITE_ERROR" else ""


def _kind_of(error: Exception) -> str:
    return type(error.orig if isinstance(error, DBAPIError) else error).__name__


def _digest(rows: Understood) -> str:
    """Return what changes when the records or what is held do; not when they come in another order."""
    records = sorted(repr(replace(record, place="")) for record in rows.newest.values())
    held = sorted((held.identity, held.reason) for held in rows.held)
    return sha256(repr((records, held)).encode()).hexdigest()[:32]


def _build(name: str, options: SqlOptions, parts: Parts) -> Sql:
    return Sql(name, options, parts.secret(options.url), Meaning(parts.codes, options))


SQL = Kind("sql", SqlOptions, _build)
