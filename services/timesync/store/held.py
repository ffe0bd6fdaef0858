"""What is held back or refused, until it is mended."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, delete, insert, or_, select, update

from services.timesync.domain.reasons import QUIET
from services.timesync.store.tables import held
from services.timesync.systems.base import Held
from shared.persistence.database import Database

_PERSON = "person:"  # identities of what is wrong with an employee, not with a row of the source


@dataclass(frozen=True)
class HeldRow:
    """One thing held back."""

    source: str
    place: str
    reason: str
    employee: str | None
    first_seen: datetime
    released: bool = False


class HeldBook:
    """Remembers when something was first held, and whether people were told."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[HeldRow]:
        return self._select(held.c.released.is_(False))

    def employees(self, after: str, limit: int) -> list[str]:
        """Return the first *limit* employees after *after* of whom something is held, in that order."""
        query = select(held.c.employee).where(held.c.employee > after, held.c.released.is_(False)).distinct()
        with self._database.read() as connection:
            return list(connection.execute(query.order_by(held.c.employee).limit(limit)).scalars())

    def of_employees(self, employees: Collection[str]) -> list[HeldRow]:
        """Return what is held of *employees*."""
        return self._select(and_(held.c.employee.in_(employees), held.c.released.is_(False)))

    def of_nobody(self) -> list[HeldRow]:
        """Return what is held and tells no employee."""
        return self._select(and_(held.c.employee.is_(None), held.c.released.is_(False)))

    def untold(self, source: str) -> list[HeldRow]:
        """Return what of *source* nobody was told yet: that it is held, or that it is mended."""
        return self._select(and_(held.c.source == source, held.c.told.is_(False)))

    def untold_of(self, employee: str) -> list[HeldRow]:
        """Return what nobody was told yet of an employee himself."""
        return self._select(and_(held.c.identity == f"{_PERSON}{employee}", held.c.told.is_(False)))

    def told(self, source: str, place: str, reason: str, *, released: bool) -> None:
        """Remember that it was announced; what was announced as mended is forgotten."""
        same = and_(held.c.source == source, held.c.place == place, held.c.reason == reason)
        same = and_(same, held.c.released.is_(released))
        change = delete(held).where(same) if released else update(held).where(same).values(told=True)
        self._database.write(lambda connection: connection.execute(change))

    def keep(self, source: str, rows: Iterable[Held], now: datetime, *, mended: Iterable[str] | None) -> None:
        """Hold *rows* and let go of what is *mended* (identities; None: all that is not in *rows*)."""
        kept = {(row.identity, row.reason): row for row in rows}
        let_go = None if mended is None else frozenset(mended)

        def work(connection: Connection) -> None:
            known = {(row.identity, row.reason): row.released for row in connection.execute(_rows_of(source))}
            gone = [each for each in known if each not in kept and (let_go is None or each[0] in let_go)]
            # A few statements for all: of a source whose codes nobody mapped yet, tens of thousands are held.
            _release(connection, _ONE, [_named(source, each) for each in gone])
            _hold_again(connection, [_named(source, each) for each in kept if known.get(each)])
            _hold_new(connection, source, [row for each, row in kept.items() if each not in known], now)

        self._database.write(work)

    def keep_person(self, source: str, row: Held, now: datetime) -> None:
        """Hold everything of an employee for one reason."""
        row = replace(row, source_id=f"{_PERSON}{row.employee}")

        def work(connection: Connection) -> None:
            same = _same(source, row.identity, row.reason)
            others = and_(held.c.source == source, held.c.identity == row.identity, held.c.reason != row.reason)
            _release(connection, others)
            if connection.execute(select(held.c.identity).where(same)).first() is None:
                _hold_new(connection, source, [row], now)
            else:
                _hold_again(connection, [_named(source, (row.identity, row.reason))])

        self._database.write(work)

    def release_person(self, employee: str, *, but: Collection[str] = ()) -> bool:
        """Let go of what was wrong with an employee, *but* not for these sources; False when nothing was."""
        same = and_(
            held.c.identity == f"{_PERSON}{employee}", held.c.released.is_(False), held.c.source.not_in(list(but))
        )
        with self._database.read() as connection:
            if connection.execute(select(held.c.identity).where(same)).first() is None:
                return False  # the usual case costs no write
        self._database.write(lambda connection: _release(connection, same))
        return True

    def troubled(self, employees: Collection[str]) -> set[str]:
        """Return those of *employees* with whom something is known to be wrong."""
        identities = {f"{_PERSON}{employee}": employee for employee in employees}
        query = select(held.c.identity).where(held.c.identity.in_(identities), held.c.released.is_(False))
        with self._database.read() as connection:
            return {identities[identity] for identity in connection.execute(query).scalars()}

    def people(self) -> set[str]:
        """Return the employees with whom something is known to be wrong."""
        theirs = and_(held.c.identity.like(f"{_PERSON}%"), held.c.released.is_(False))
        with self._database.read() as connection:
            identities = connection.execute(select(held.c.identity).where(theirs)).scalars()
            return {identity.removeprefix(_PERSON) for identity in identities}

    def _select(self, condition: ColumnElement[bool]) -> list[HeldRow]:
        query = select(held).where(condition).order_by(held.c.source, held.c.place, held.c.reason)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [HeldRow(r.source, r.place, r.reason, r.employee, r.first_seen, r.released) for r in rows]


def _rows_of(source: str) -> Select[tuple[str, str, bool]]:
    return select(held.c.identity, held.c.reason, held.c.released).where(
        and_(held.c.source == source, held.c.identity.not_like(f"{_PERSON}%"))
    )


def _same(source: str, identity: str, reason: str) -> ColumnElement[bool]:
    return and_(held.c.source == source, held.c.identity == identity, held.c.reason == reason)


# One row, for statements that are run for many of them.
_ONE = and_(
    held.c.source == bindparam("of_source"),
    held.c.identity == bindparam("of_identity"),
    held.c.reason == bindparam("of_reason"),
)
_IS_QUIET = or_(*(held.c.reason == reason for reason in sorted(QUIET)))  # no IN: that is not run for many


def _named(source: str, each: tuple[str, str]) -> dict[str, str]:
    """Return the values for `_ONE`; *each* is an identity and a reason."""
    return {"of_source": source, "of_identity": each[0], "of_reason": each[1]}


def _hold_again(connection: Connection, rows: Sequence[Mapping[str, str]]) -> None:
    """Hold what was let go of, under the place that people were told, be it on another line of the file by now."""
    back = update(held).where(_ONE, held.c.released.is_(True))
    if rows:
        connection.execute(back.values(released=False, told=_IS_QUIET), rows)


def _hold_new(connection: Connection, source: str, rows: Sequence[Held], now: datetime) -> None:
    values = [
        {
            "source": source,
            "identity": row.identity,
            "reason": row.reason,
            "place": row.place,
            "employee": row.employee,
            "first_seen": now,
            "told": row.reason in QUIET,
            "released": False,
        }
        for row in rows
    ]
    if values:
        connection.execute(insert(held), values)


def _release(
    connection: Connection, which: ColumnElement[bool], rows: Sequence[Mapping[str, str]] | None = None
) -> None:
    """Let go of rows: at once when nobody knows of them, else when people were told. *rows*: for each of these."""
    if rows is not None and not rows:
        return
    unknown = or_(_IS_QUIET, held.c.told.is_(False))
    connection.execute(delete(held).where(which, held.c.released.is_(False), unknown), rows)
    connection.execute(update(held).where(which, held.c.released.is_(False)).values(released=True, told=False), rows)
