"""What is remembered of Graph's subscriptions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection, delete, select, update

from services.webhooks.domain.limits import Bucket
from services.webhooks.domain.subscriptions import Kept
from services.webhooks.store.tables import subscriptions
from shared.persistence.database import Database, insert_new

T = TypeVar("T")
_START = datetime(1970, 1, 1, tzinfo=UTC)  # of a clock that nobody sets

RECENT = 5.0  # seconds for which what was read of the table serves
LOOKS_PER_MINUTE = 600  # for who is not found in it: whoever guesses must not make us read at every guess


class Subscriptions:
    """The rows of subscriptions. When one was last notified is written by `notified` alone."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._recent: tuple[float, Sequence[Kept]] = (-RECENT, ())
        self._looks = Bucket(LOOKS_PER_MINUTE)

    def all(self) -> Sequence[Kept]:
        """Return every subscription that is remembered."""
        with self._database.read() as connection:
            found = [Kept(**row) for row in connection.execute(select(subscriptions)).mappings()]
        self._recent = (time.monotonic(), found)
        return found

    def recent(self) -> Sequence[Kept]:
        """Return what `all` returned, not long ago: asked for every notification."""
        read_at, found = self._recent
        return found if time.monotonic() - read_at < RECENT else self.all()

    def fresh(self) -> Sequence[Kept]:
        """Return them as they are; in a flood of guesses, as they were a moment ago."""
        is_flooded = self._looks.wait(_START + timedelta(seconds=time.monotonic())) is not None
        return self.recent() if is_flooded else self.all()

    def keep(self, kept: Kept) -> None:
        """Remember *kept* in place of what had its name."""

        def work(connection: Connection) -> None:
            if not insert_new(connection, subscriptions, [dict(vars(kept))], "name"):
                here = update(subscriptions).where(subscriptions.c.name == kept.name)
                connection.execute(here.values(**_told(kept)))

        self._changed(work)

    def settle(self, kept: Kept, *, over: str) -> bool:
        """Remember *kept* where clientState *over* (its hash) still stands; False when somebody else was quicker."""
        mine = update(subscriptions).where(subscriptions.c.name == kept.name, subscriptions.c.client_state_hash == over)
        return self._changed(lambda connection: connection.execute(mine.values(**_told(kept))).rowcount == 1)

    def note_failure(self, name: str, failure: str | None) -> None:
        """Remember what the last attempt to keep *name* alive came to."""
        here = update(subscriptions).where(subscriptions.c.name == name)
        self._database.write(lambda connection: connection.execute(here.values(failure=failure)))

    def drop(self, name: str) -> None:
        """Forget the subscription *name*."""
        self._database.write(
            lambda connection: connection.execute(delete(subscriptions).where(subscriptions.c.name == name))
        )

    def _changed(self, work: Callable[[Connection], T]) -> T:
        answer = self._database.write(work)
        self._recent = (-RECENT, ())
        return answer

    @staticmethod
    def notified(connection: Connection, ids: Iterable[str], now: datetime) -> None:
        """Note, in the caller's transaction, that these subscriptions live."""
        if found := sorted(ids):
            seen = update(subscriptions).where(subscriptions.c.subscription_id.in_(found))
            connection.execute(seen.values(last_notified_at=now))


def _told(kept: Kept) -> dict[str, object]:
    return {name: value for name, value in vars(kept).items() if name != "last_notified_at"}
