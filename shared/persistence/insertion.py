"""Many rows with one statement: how the ledger and the front door write what one commit takes."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, func, select

from shared.persistence.moment import micros


def insert_new(connection: Connection, table: Any, rows: list[dict[str, Any]], key: str) -> list[Any]:
    """Insert the rows whose *key* is not there yet and return the keys that were new."""
    if not rows:
        return []
    if connection.dialect.name != "sqlite":
        return list(connection.execute(_insertion(table, key), rows).scalars().all())
    keys = orjson.dumps([row[key] for row in rows]).decode()
    known = set(connection.execute(_known(table, key), {"keys": keys}).scalars())  # it is our turn: nobody adds one now
    new: dict[Any, dict[str, Any]] = {}
    for row in rows:
        if row[key] not in known:
            new.setdefault(row[key], row)
    insert_all(connection, table, list(new.values()))
    return list(new)


def insert_all(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    """Insert *rows*, which have equal keys.

    On SQLite as one JSON text: each row of its own would let go of the interpreter once, and wait to have it back.
    """
    if connection.dialect.name != "sqlite" or not rows:
        if rows:
            connection.execute(table.insert(), rows)
        return
    stored = [
        {name: micros(value) if isinstance(value, datetime) else value for name, value in row.items()} for row in rows
    ]
    connection.execute(_insertion_of_json(table, tuple(rows[0])), {"rows": orjson.dumps(stored).decode()})


@cache
def _insertion(table: Any, key: str) -> Any:
    from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415 - SQLite's users need not hold it in memory

    return insert(table).on_conflict_do_nothing(index_elements=[key]).returning(table.c[key])


@cache
def _known(table: Any, key: str) -> Any:
    each = func.json_each(bindparam("keys")).table_valued("value")
    return select(table.c[key]).where(table.c[key].in_(select(each.c.value)))


@cache
def _insertion_of_json(table: Any, names: tuple[str, ...]) -> Any:
    each = func.json_each(bindparam("rows")).table_valued("value")
    return table.insert().from_select(names, select(*(func.json_extract(each.c.value, f"$.{name}") for name in names)))
