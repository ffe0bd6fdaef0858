"""A table or view of any database that SQLAlchemy speaks to: the organisation's SELECT, read and rolled back.

Nothing stays open between two reads: a database counts its connections.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from marshmallow import ValidationError
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

from shared.errors import HubError, Invalid, Transient

CONNECT_SECONDS = 10
# What each driver calls the time to connect in; https://docs.sqlalchemy.org/en/20/core/engines.html#custom-dbapi-args
CONNECT_ARGS: dict[str, dict[str, Any]] = {
    "postgresql": {"connect_timeout": CONNECT_SECONDS},
    "mysql": {"connect_timeout": CONNECT_SECONDS},
    "mariadb": {"connect_timeout": CONNECT_SECONDS},
    "mssql": {"timeout": CONNECT_SECONDS},
    "sqlite": {"timeout": CONNECT_SECONDS},
}
# PostgreSQL says these about the statement, never about what is in the rows.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_ABOUT_THE_QUERY = ("42703", "42P01", "42883", "42501")
_ABOUT_US = ("25006", "SQLITE_READONLY", "SQLITE_ERROR")  # called passing trouble by their drivers, and it is not


def one_select(query: str) -> None:
    """Check what hub.toml asks. Raises: marshmallow's ValidationError."""
    # A text with ; in it is refused too: telling it from a second statement would take a parser of every dialect.
    if not re.match(r"(select|with)\b", query.strip(), re.IGNORECASE) or ";" in query.strip().removesuffix(";"):
        raise ValidationError("Expected one statement that begins with SELECT or WITH.")


@dataclass(frozen=True)
class Answer:
    """What the view holds: the names of its columns, and a cell for each of them in every row."""

    header: Sequence[str]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True)
class SqlView:
    """The view *name* at *url*, an address that *setting* holds. *most_rows* are held in memory at once."""

    name: str
    setting: str
    url: str = field(repr=False)
    query: str
    timeout_seconds: int
    most_rows: int

    def read(self) -> Answer:
        """Return all of it.

        Raises: Transient("source_unreachable"); Invalid when the query or the address must be mended. None of them
        tells what is in the rows.
        """
        engine = self._engine()
        try:
            with self._connected(engine) as connection:
                self._protect(connection)
                result = connection.exec_driver_sql(self.query.strip().removesuffix(";"))
                header, rows = list(result.keys()), result.fetchmany(self.most_rows + 1)
        except SQLAlchemyError as error:
            raise self._refused(error) from None  # its text may hold what is in the rows
        if len(rows) > self.most_rows:
            raise Invalid(
                "source_too_large", f"{self.name}: expected at most {self.most_rows} rows; let 'query' ask for less"
            )
        return Answer(header, rows)

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
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {self.timeout_seconds * 1000}")
        elif connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA query_only = ON")

    def _engine(self) -> Engine:
        url = self._address()
        try:
            return create_engine(
                url,
                poolclass=NullPool,  # a connection is closed when it is given back
                connect_args=CONNECT_ARGS.get(url.get_backend_name(), {}),
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
            raise Invalid("invalid_url", f"{self.setting}: {expected}") from None
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
