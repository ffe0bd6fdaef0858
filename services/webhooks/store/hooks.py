"""The webhooks that the hub made at other systems, with their keys: sealed, for they prove who knocks."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, delete, insert, select

from services.webhooks.domain.hooks import KeptHook
from services.webhooks.store.tables import hook_failures, hooks
from shared.errors import Permanent
from shared.persistence.database import Database
from shared.vault import Vault

_LONGEST = 64  # characters of a reason


class Hooks:
    """The rows of hooks."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def find(self, source: str) -> KeptHook | None:
        """Return the webhook at *source*; None, too, when its key cannot be opened: a new one is made then."""
        with self._database.read() as connection:
            row = connection.execute(select(hooks).where(hooks.c.source == source)).mappings().one_or_none()
        try:
            return None if row is None else self._opened(row)
        except Permanent as error:
            if error.reason != "vault_locked":
                raise
            return None

    def keep(self, kept: KeptHook) -> None:
        """Remember *kept* together with what follows from it: a crash in between is a webhook that nobody knows."""
        row = {**vars(kept), "key": self._vault.seal(kept.key)}
        row["previous_key"] = self._vault.seal(kept.previous_key) if kept.previous_key else None

        def work(connection: Connection) -> None:
            connection.execute(delete(hooks).where(hooks.c.source == kept.source))
            connection.execute(insert(hooks).values(**row))

        self._database.write_with_outcome(work)

    def failure(self, source: str) -> str | None:
        """Return what the last attempt to keep the webhook at *source* alive came to; None when it went well."""
        with self._database.read() as connection:
            wanted = select(hook_failures.c.reason).where(hook_failures.c.source == source)
            return connection.execute(wanted).scalar_one_or_none()

    def note_failure(self, source: str, failure: str | None) -> None:
        """Remember that at once: a handler that fails has no outcome to keep it with."""

        def work(connection: Connection) -> None:
            connection.execute(delete(hook_failures).where(hook_failures.c.source == source))
            if failure is not None:
                connection.execute(insert(hook_failures).values(source=source, reason=failure[:_LONGEST]))

        self._database.write(work)

    def _opened(self, row: RowMapping) -> KeptHook:
        previous = self._vault.open(row["previous_key"]) if row["previous_key"] else None
        return KeptHook(**{**row, "key": self._vault.open(row["key"]), "previous_key": previous})
