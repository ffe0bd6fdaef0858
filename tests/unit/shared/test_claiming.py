"""However many messages wait, finding the next one looks at few of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from shared.persistence import inbox
from shared.persistence.database import Database
from shared.persistence.tables import metadata

NOW = datetime(2027, 5, 4, 12, 0, tzinfo=UTC)


def test_the_oldest_due_message_is_found_without_sorting_all_that_wait(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/ledger.db", "timesync")
    metadata.create_all(database.engine)
    with database.read() as connection:
        plan = " ".join(_plan(connection))
    database.close()

    assert "USING INDEX inbox_due (state=?)" in plan
    assert "ORDER BY" not in plan


def _plan(connection: Connection) -> list[str]:
    query = inbox._oldest_due(connection, NOW, 40).compile(connection, compile_kwargs={"literal_binds": True})
    return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")]
