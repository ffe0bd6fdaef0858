"""What is kept sealed: what registers said of letters, until these are settled, and where uploads go on."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from services.mailroom.store.tables import records, uploads
from shared.clock import Clock
from shared.errors import Permanent
from shared.persistence.database import Database
from shared.vault import Vault


class RegisterRecords:
    """Records of letters, by intake and reference."""

    def __init__(self, database: Database, clock: Clock, vault: Vault | None) -> None:
        self._database, self._clock, self._vault = database, clock, vault

    def put(self, intake: str, reference: str, record: str) -> None:
        """Keep *record* in the place of what was known. Raises: Permanent("vault_missing") without HUB_VAULT_KEY."""
        row = {"intake": intake, "reference": reference, "sealed": self._key.seal(record), "at": self._clock.now()}

        def work(connection: Connection) -> None:
            connection.execute(delete(records).where(records.c.intake == intake, records.c.reference == reference))
            connection.execute(insert(records).values(row))

        self._database.write(work)

    def get(self, intake: str, reference: str) -> str | None:
        same = (records.c.intake == intake) & (records.c.reference == reference)
        with self._database.read() as connection:
            sealed = connection.execute(select(records.c.sealed).where(same)).scalar_one_or_none()
        return None if sealed is None else self._key.open(sealed)

    def drop(self, intake: str, reference: str) -> None:
        same = (records.c.intake == intake) & (records.c.reference == reference)
        self._database.write(lambda connection: connection.execute(delete(records).where(same)))

    @property
    def _key(self) -> Vault:
        if self._vault is None:
            raise Permanent("vault_missing", "HUB_VAULT_KEY is not set: what a register says is kept sealed only")
        return self._vault


class UploadSessions:
    """Where an upload that broke off goes on. The addresses are secrets: without a key they stay in memory."""

    def __init__(self, database: Database, clock: Clock, vault: Vault | None) -> None:
        self._database, self._clock, self._vault = database, clock, vault
        self._unkept: dict[str, str] = {}

    def get(self, key: str) -> str | None:
        if self._vault is None:
            return self._unkept.get(key)
        with self._database.read() as connection:
            sealed = connection.execute(select(uploads.c.sealed).where(uploads.c.key == key)).scalar_one_or_none()
        try:
            return self._vault.open(sealed) if sealed else None
        except Permanent:  # sealed with a key that was lost: the upload begins anew
            return None

    def put(self, key: str, url: str) -> None:
        if self._vault is None:
            self._unkept[key] = url
            return
        row = {"key": key, "sealed": self._vault.seal(url), "at": self._clock.now()}

        def work(connection: Connection) -> None:
            connection.execute(delete(uploads).where(uploads.c.key == key))
            connection.execute(insert(uploads).values(row))

        self._database.write(work)

    def drop(self, key: str) -> None:
        self._unkept.pop(key, None)
        if self._vault is not None:
            self._database.write(lambda connection: connection.execute(delete(uploads).where(uploads.c.key == key)))
