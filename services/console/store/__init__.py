"""What the console remembers: parked messages, held records, troubled sources, refused settings, post; the journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Column, ColumnElement, Connection, RowMapping, and_, func, or_, select

from services.console.domain.waiting import Held, Parked, Request
from services.console.store.mails import Mails
from services.console.store.rules import Rules
from services.console.store.sources import Sources
from services.console.store.tables import held, metadata, parked
from services.console.store.terms import Terms
from services.console.store.tray import Tray
from shared.events import CATALOGUE, ClockStruck, CollectionDue, MessageParked
from shared.persistence.database import Database
from shared.persistence.tables import inbox

PAGE = 50  # journal lines on one page
LISTED = 200  # parked messages and held records on one page: more than a person reads

__all__ = ["LISTED", "PAGE", "Line", "Mails", "Rules", "Search", "Sources", "Store", "Terms", "Tray", "metadata"]


@dataclass(frozen=True)
class Line:
    """A line of the journal. *envelope* is the message as it travelled, JSON text."""

    seq: int
    id: str
    type: str
    key: str
    source: str
    correlation_id: str
    causation_id: str | None
    received_at: datetime
    envelope: str


@dataclass(frozen=True)
class Search:
    """What a person looks for: one *word* (an id, a type or part of it, a key or its value), older than *before*."""

    word: str = ""
    before: int | None = None
    with_clock: bool = False


class Store:
    """The console's own tables, and read-only its ledger's inbox."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.sources = Sources(database)
        self.rules = Rules(database)
        self.tray = Tray(database)
        self.mails = Mails(database)
        self.terms = Terms(database)

    # -- parked -----------------------------------------------------------------------------------------------

    def park(self, message: MessageParked) -> None:
        """List *message*, unless this very parking, or a later one, is known already."""
        same = _same(message.service, message.message_id)
        values = {
            "state": "parked",
            "parked_at": message.parked_at,
            "event": orjson.dumps(message.dump()).decode(),
            **dict.fromkeys(("wish", "wished_by", "wished_at")),
        }

        def work(connection: Connection) -> None:
            known = connection.execute(select(parked.c.parked_at).where(same)).scalar()
            if known is None:
                ids = {"service": message.service, "message_id": message.message_id}
                connection.execute(parked.insert().values(**ids, **values))
            elif known < message.parked_at:
                connection.execute(parked.update().where(same).values(**values))

        self._database.write_with_outcome(work)

    def unpark(self, service: str, message_id: str) -> None:
        """Take a message off the list; the row stays, so that a repeated parking does not bring it back."""
        closed = parked.update().where(_same(service, message_id)).values(state="closed")
        self._database.write_with_outcome(lambda connection: connection.execute(closed))

    def ask(self, service: str, message_id: str, request: Request) -> None:
        """Remember what a person asked."""
        asked = {"wish": request.wish, "wished_by": request.by, "wished_at": request.at}
        update = parked.update().where(_same(service, message_id)).values(**asked)
        self._database.write_with_outcome(lambda connection: connection.execute(update))

    def parked(self) -> list[Parked]:
        """Return what waits for a person, the latest first, at most LISTED."""
        query = select(parked).where(parked.c.state == "parked").order_by(parked.c.parked_at.desc()).limit(LISTED)
        with self._database.read() as connection:
            return [_parked(row) for row in connection.execute(query).mappings()]

    def parked_one(self, service: str, message_id: str) -> Parked | None:
        """Return one message that waits for a person."""
        query = select(parked).where(_same(service, message_id), parked.c.state == "parked")
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
            return _parked(row) if row else None

    def parked_counts(self) -> dict[str, int]:
        """Return how many messages of each service wait for a person."""
        number = func.count().label("messages")
        query = select(parked.c.service, number).where(parked.c.state == "parked").group_by(parked.c.service)
        with self._database.read() as connection:
            return {row.service: row.messages for row in connection.execute(query)}

    # -- held -------------------------------------------------------------------------------------------------

    def hold(self, kind: str, source: str, place: str, reason: str, at: datetime) -> None:
        """List a record; the same place again is the same record, seen later."""
        same = _same_place(kind, source, place)

        def work(connection: Connection) -> None:
            again = held.update().where(same).values(reason=reason, last_seen=at)
            if not connection.execute(again).rowcount:
                ids = {"kind": kind, "source": source, "place": place}
                connection.execute(held.insert().values(**ids, reason=reason, first_seen=at, last_seen=at))

        self._database.write_with_outcome(work)

    def release(self, kind: str, source: str, place: str) -> None:
        """Take a record off the list. Safe to repeat."""
        self._database.write_with_outcome(
            lambda connection: connection.execute(held.delete().where(_same_place(kind, source, place)))
        )

    def release_mended(self, kind: str, source: str, place: str, reason: str) -> None:
        """Take a record off the list that is held for *reason*; if another one came in its place, it stays."""
        same = and_(_same_place(kind, source, place), held.c.reason == reason)
        self._database.write_with_outcome(lambda connection: connection.execute(held.delete().where(same)))

    def held(self) -> list[Held]:
        """Return what was held, the latest first, at most LISTED."""
        query = select(held).order_by(held.c.last_seen.desc(), held.c.place).limit(LISTED)
        with self._database.read() as connection:
            return [Held(**row) for row in connection.execute(query).mappings()]

    def doubted_reading(self, source: str) -> Held | None:
        """Return the reading of *source* that was not believed."""
        query = select(held).where(held.c.kind == "absence", held.c.source == source)
        with self._database.read() as connection:
            rows = [Held(**row) for row in connection.execute(query).mappings()]
        return next((row for row in rows if row.is_doubted_reading), None)

    def release_letter(self, place: str, reason: str) -> None:
        """Take a letter off the list that is held at *place* for *reason*, whichever register told of it."""
        same = and_(held.c.kind == "mail", held.c.place == place, held.c.reason == reason)
        self._database.write_with_outcome(lambda connection: connection.execute(held.delete().where(same)))

    def held_count(self) -> int:
        with self._database.read() as connection:
            return connection.execute(select(func.count()).select_from(held)).scalar_one()

    # -- journal ----------------------------------------------------------------------------------------------

    def journal(self, search: Search) -> list[Line]:
        """Return the newest lines that match, one more than PAGE when there are older ones."""
        query = select(*_LINE).where(*_wanted(search)).order_by(inbox.c.seq.desc()).limit(PAGE + 1)
        with self._database.read() as connection:
            return [Line(**row) for row in connection.execute(query).mappings()]

    def line(self, message_id: str) -> Line | None:
        """Return the line of one message."""
        with self._database.read() as connection:
            row = connection.execute(select(*_LINE).where(inbox.c.id == message_id)).mappings().first()
            return Line(**row) if row else None


_LINE: Sequence[Column[Any]] = tuple(inbox.c[name] for name in Line.__dataclass_fields__)


def _same(service: str, message_id: str) -> ColumnElement[bool]:
    return and_(parked.c.service == service, parked.c.message_id == message_id)


def _same_place(kind: str, source: str, place: str) -> ColumnElement[bool]:
    return and_(held.c.kind == kind, held.c.source == source, held.c.place == place)


def _parked(row: RowMapping) -> Parked:
    request = Request(row["wish"], row["wished_by"], row["wished_at"]) if row["wish"] else None
    return Parked(MessageParked.load(orjson.loads(row["event"])), request)


# What comes with every tick, and says nothing: a day of it would hide all the rest.
_EVERY_TICK = (ClockStruck.TYPE, CollectionDue.TYPE)


def _wanted(search: Search) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if search.before is not None:
        conditions.append(inbox.c.seq < search.before)
    if search.word:
        conditions.append(_matches(search.word))
    elif not search.with_clock:
        conditions.append(inbox.c.type.not_in(_EVERY_TICK))
    return conditions


def _matches(word: str) -> ColumnElement[bool]:
    """Compare whole values, each answered by an index, however long the journal; only types match in part."""
    keys = [word, *sorted({f"{contract.KEY}:{word}" for contract in CATALOGUE})]
    branches = [inbox.c.id == word, inbox.c.correlation_id == word, inbox.c.key.in_(keys)]
    if types := [contract.TYPE for contract in CATALOGUE if word.lower() in contract.TYPE]:
        branches.append(inbox.c.type.in_(types))
    return or_(*branches)
