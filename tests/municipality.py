"""A municipality that never was: who works there, and what becomes of their absences day by day, all from one seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from services.timesync.domain.records import AbsenceRecord, Part, State

DAY = timedelta(days=1)
AHEAD = 240  # days that people plan ahead: further than the hub writes
KEPT = timedelta(days=40)  # that a source tells of what is over
EXPORT, CLOCK, PLANNING = "export", "clock", "planning"  # a complete file, a list of changes, and reports one by one
CODES = {
    "JV": "afwezig", "RC": "afwezig", "ZK": "afwezig", "SV": "afwezig_zonder_antwoord", "OP": "opleiding",
    "DV": "dienstverplaatsing", "BZ": "bezet", "TW": "telewerk", "AL": "anderelocatie", "FD": "feestdag",
    "NG": "negeren",
}  # fmt: skip
SERVICES = ("Burgerzaken", "Technische dienst", "Bibliotheek", "Zwembad", "Financien")
_OFFICE = [["08:00", "12:00"], ["12:30", "17:00"]]
WEEKS: dict[str, dict[str, list[list[str]]]] = {
    "office": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), _OFFICE),
    "part": dict.fromkeys(("mon", "tue", "thu"), _OFFICE),
    "mornings": {key: [["08:30", "12:00"]] for key in ("mon", "tue", "wed", "thu", "fri")},
    "early": {key: [["06:00", "14:00"]] for key in ("mon", "tue", "wed", "thu", "fri")},
    "late": {key: [["14:00", "22:00"]] for key in ("tue", "wed", "thu", "fri", "sat")},
    "weekend": {key: [["09:00", "12:00"], ["13:00", "18:00"]] for key in ("thu", "fri", "sat", "sun", "mon")},
}


@dataclass(frozen=True)
class Leave:
    """What a source holds of one absence. *flaw*: why nobody can read it yet, `code` or `date`."""

    source: str
    id: str
    number: str  # of the colleague
    code: str
    first: date
    last: date | None
    part: Part = Part.WHOLE
    starts: datetime | None = None
    ends: datetime | None = None
    state: State = State.APPROVED
    version: int = 1
    flaw: str = ""

    def record(self, profile: str) -> AbsenceRecord:
        """Return what the hub should make of it."""
        return AbsenceRecord(
            source=self.source,
            source_id=self.id,
            employee=self.number,
            first=self.first,
            last=self.last,
            part=self.part,
            starts=self.starts,
            ends=self.ends,
            open_ended=self.last is None,
            state=self.state,
            profile=profile,
            version=f"{self.version:020d}",
        )


@dataclass
class Colleague:
    """Somebody who works there. *alias*: what sources call him; *entra*: the number that his account carries."""

    number: str
    name: str
    upn: str
    service: str
    week: str
    source: str
    alias: str
    entra: str | None
    mailbox: bool = True
    listed: bool = True  # in the people file
    since: date = date.min
    until: date = date.max

    def row(self) -> dict[str, Any]:
        """Return the row of the people file."""
        order = [self.source, *(each for each in (EXPORT, CLOCK, PLANNING) if each != self.source)]
        named = {"employee_number": self.number, "name": self.name, "service": self.service, "sources": order}
        return {**named, "upn": self.upn if self.mailbox else None, "schedule": WEEKS[self.week]}


@dataclass(frozen=True)
class Happening:
    """One thing that happened; *what* is a word that the stage may have to act on."""

    day: date
    what: str
    number: str = ""
    told: str = ""


Change = Leave | tuple[str, int]  # a tuple: the id that was deleted, and the version of that


@dataclass
class Municipality:
    """Everybody, and what each source knows (*registers*, and *log*: all that changed in it, oldest first)."""

    seed: int
    size: int
    start: date
    days: int
    people: dict[str, Colleague] = field(default_factory=dict)
    registers: dict[str, dict[str, Leave]] = field(default_factory=lambda: {EXPORT: {}, CLOCK: {}, PLANNING: {}})
    log: dict[str, list[Change]] = field(default_factory=lambda: {EXPORT: [], CLOCK: [], PLANNING: []})
    unmapped: set[str] = field(default_factory=set)
    codes: dict[str, str] = field(default_factory=lambda: dict(CODES))
    _made: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        for place in range(self.size):
            self._hire(place, joins=self.random.random() < 0.06)
        for one in self.people.values():
            for _ in range(self.random.randint(2, 5)):
                self._plan(one, self.start)

    def closures(self) -> list[dict[str, Any]]:
        """Return two years of closing days: everywhere, of one service, and half of a day."""
        found: list[dict[str, Any]] = []
        for year in range(self.start.year, (self.start + self.days * DAY).year + 2):
            for month, day in ((1, 1), (5, 1), (7, 21), (8, 15), (11, 1), (11, 11), (12, 25)):
                found.append({"date": f"{year}-{month:02d}-{day:02d}", "applies_to": ["*"]})
            found.append({"date": f"{year}-12-26", "applies_to": ["*"], "except": ["Zwembad"]})
            found.append({"date": f"{year}-12-24", "applies_to": ["*"], "part": "afternoon"})
            found.append({"date": f"{year}-07-11", "applies_to": ["Bibliotheek", "Financien"]})
        return found

    def live(self, today: date) -> Iterator[Happening]:
        """Let *today* happen, and yield what does."""
        self._forget(today)
        for _ in range(self._poisson(self.size * 0.09)):
            one = self.random.choice(list(self.people.values()))
            if one.since <= today < one.until:
                act, weight = zip(*self._acts().items(), strict=True)
                yield self._told(self.random.choices(act, weight)[0](one, today), one, today)
        yield from self._staff(today)
        for what, odds in (("cut", 0.02), ("zeros", 0.02), ("away", 0.06), ("forgets", 0.02), ("mended", 0.15)):
            if self.random.random() < odds:
                yield Happening(today, what)

    def mend(self) -> None:
        """Let HR map the codes that nobody knew, and correct dates."""
        self.codes |= dict.fromkeys(self.unmapped, "afwezig")
        self.unmapped.clear()
        for leave in list(self.registers[EXPORT].values()):
            if leave.flaw:
                self._keep(replace(leave, flaw="", version=leave.version + (leave.flaw == "date")))

    # --- people

    def _hire(self, place: int, *, joins: bool) -> None:
        number, source = f"{place + 101:06d}", self.random.choice((EXPORT, EXPORT, CLOCK, PLANNING))
        upn = f"persoon.{number}@example.org"
        one = Colleague(
            number=number,
            name=f"Persoon {number}",
            upn=upn,
            service=self.random.choice(SERVICES),
            week=self.random.choice(("office", "office", "office", *WEEKS)),
            source=source,
            alias=number,
            entra=number,
            mailbox=self.random.random() > 0.06,
        )
        if joins:
            one.since = self.start + self.random.randrange(1, self.days) * DAY
        elif place and self.random.random() < 0.02:  # somebody typed the number of another into Entra
            one.entra = f"{place + 100:06d}"
        elif self.random.random() < 0.05:  # sources know him by his address only
            one.alias, one.entra = upn.replace("persoon", "Persoon"), None
        if self.random.random() < 0.06:
            one.until = self.start + self.random.randrange(self.days // 2, self.days * 2) * DAY
        self.people[number] = one

    def _staff(self, today: date) -> Iterator[Happening]:
        for one in self.people.values():
            if one.since == today:
                yield Happening(today, "joins", one.number)
            if one.until == today:
                for leave in self._open(one, today):
                    self._cancel(leave, today)
                yield Happening(today, "leaves", one.number)
        one = self.random.choice(list(self.people.values()))
        if one.since < today < one.until and self.random.random() < 0.1:
            if one.entra not in (one.number, None):
                one.entra = one.number
                yield Happening(today, "renumbered", one.number)
            elif one.alias == one.number and one.mailbox:
                one.upn = one.upn.replace("persoon", "persoon.nieuw")
                yield Happening(today, "renamed", one.number)
            elif not one.mailbox:
                one.mailbox = True
                yield Happening(today, "mailbox", one.number)

    # --- absences

    def _acts(self) -> dict[Callable[[Colleague, date], str], float]:
        return {
            self._plan: 8, self._ask: 4, self._decide: 6, self._fall_ill: 5, self._fall_ill_openly: 1.5,
            self._tell_afterwards: 1.5, self._withdraw: 4, self._extend: 3, self._shorten: 3, self._renew_id: 2,
            self._see_doctor: 4, self._guard_at_night: 1, self._slip: 1.5, self._redo: 2,
        }  # fmt: skip

    def _told(self, told: str, one: Colleague, today: date) -> Happening:
        return Happening(today, "absence", one.number, told)

    def _plan(self, one: Colleague, today: date, state: State = State.APPROVED) -> str:
        first = today + self.random.randrange(0, AHEAD) * DAY
        length = self.random.choice((0, 0, 0, 1, 1, 2, 4, 4, 9, 11, 18, 40))
        part = self.random.choice((Part.WHOLE, Part.WHOLE, Part.WHOLE, Part.MORNING, Part.AFTERNOON))
        last = first if part is not Part.WHOLE else first + length * DAY
        return self._new(one, self.random.choice(list(CODES)), first, last, part=part, state=state)

    def _ask(self, one: Colleague, today: date) -> str:
        return self._plan(one, today, State.REQUESTED)

    def _decide(self, one: Colleague, today: date) -> str:
        asked = [leave for leave in self._open(one, today) if leave.state is State.REQUESTED]
        state = self.random.choice((State.APPROVED, State.APPROVED, State.APPROVED, State.REJECTED))
        return self._changed(self.random.choice(asked), state=state) if asked else "nothing to decide"

    def _fall_ill(self, one: Colleague, today: date) -> str:
        return self._new(one, "ZK", today, today + self.random.randrange(0, 6) * DAY)

    def _fall_ill_openly(self, one: Colleague, today: date) -> str:
        return self._new(one, "ZK", today, None)

    def _tell_afterwards(self, one: Colleague, today: date) -> str:
        first = today - self.random.randrange(1, 8) * DAY
        return self._new(one, "ZK", first, first + self.random.randrange(0, 10) * DAY)

    def _see_doctor(self, one: Colleague, today: date) -> str:
        first = today + self.random.randrange(0, 60) * DAY
        starts = datetime.combine(first, time(7)) + self.random.randrange(0, 20) * timedelta(minutes=30)
        ends = starts + self.random.randrange(1, 8) * timedelta(minutes=30)
        code = self.random.choice(("JV", "DV", "OP", "RC"))
        return self._new(one, code, first, first, part=Part.INTERVAL, starts=starts, ends=ends)

    def _guard_at_night(self, one: Colleague, today: date) -> str:
        first = today + self.random.randrange(0, 60) * DAY
        starts, ends = datetime.combine(first, time(22)), datetime.combine(first + DAY, time(6))
        if one.source == PLANNING:  # reports tell hours of one day only
            ends = starts + timedelta(hours=1)
        return self._new(one, "RC", first, ends.date(), part=Part.INTERVAL, starts=starts, ends=ends)

    def _slip(self, one: Colleague, today: date) -> str:
        """Register something that cannot be read yet."""
        first, flaw = today + self.random.randrange(1, 60) * DAY, self.random.choice(("code", "date"))
        code = f"X{self._made}" if flaw == "code" else "JV"
        self.unmapped |= {code} if flaw == "code" else set()
        return self._new(one, code, first, first + DAY, source=EXPORT, flaw=flaw)

    def _withdraw(self, one: Colleague, today: date) -> str:
        leave = self._any(one, today)
        return self._cancel(leave, today) if leave else "nothing to withdraw"

    def _extend(self, one: Colleague, today: date) -> str:
        leave = self._any(one, today)
        if leave is None or leave.last is None or leave.part is not Part.WHOLE:
            return "nothing to extend"
        return self._changed(leave, last=leave.last + self.random.randrange(1, 9) * DAY)

    def _shorten(self, one: Colleague, today: date) -> str:
        """Come back early: today, or tomorrow."""
        leave = self._any(one, today)
        if leave is None or leave.part is not Part.WHOLE:
            return "nothing to shorten"
        last = max(leave.first, today - self.random.choice((0, 1)) * DAY)
        return self._changed(leave, last=last)

    def _redo(self, one: Colleague, today: date) -> str:
        """Move an absence, or give it another reason."""
        leave = self._any(one, today)
        if leave is None or leave.last is None or leave.part is Part.INTERVAL or leave.first <= today:
            return "nothing to redo"
        shift = self.random.randrange(-3, 12) * DAY
        first = max(today, leave.first + shift)
        code = self.random.choice((leave.code, *CODES))
        return self._changed(leave, code=code, first=first, last=first + (leave.last - leave.first))

    def _renew_id(self, one: Colleague, today: date) -> str:
        leave = self._any(one, today)
        if leave is None:
            return "nothing to renew"
        self._delete(leave)
        self._made += 1
        return self._keep(replace(leave, id=f"{leave.source[0].upper()}-{self._made}", version=1))

    # --- registers

    def _new(
        self,
        one: Colleague,
        code: str,
        first: date,
        last: date | None,
        *,
        source: str = "",
        part: Part = Part.WHOLE,
        starts: datetime | None = None,
        ends: datetime | None = None,
        state: State = State.APPROVED,
        flaw: str = "",
    ) -> str:
        self._made += 1
        source = source or (one.source if self.random.random() < 0.85 else self.random.choice((EXPORT, CLOCK)))
        id_ = f"{source[0].upper()}-{self._made}"
        return self._keep(Leave(source, id_, one.number, code, first, last, part, starts, ends, state=state, flaw=flaw))

    def _keep(self, leave: Leave) -> str:
        self.registers[leave.source][leave.id] = leave
        self.log[leave.source].append(leave)
        return f"{leave.id} {leave.part} {leave.first}..{leave.last} {leave.code} {leave.state} v{leave.version} {leave.flaw}"

    def _changed(self, leave: Leave, **changes: Any) -> str:
        return self._keep(replace(leave, version=leave.version + 1, **changes))

    def _cancel(self, leave: Leave, today: date) -> str:
        if leave.source != PLANNING and self.random.random() < 0.4:
            return self._delete(leave)
        return self._changed(leave, state=State.CANCELLED)

    def _delete(self, leave: Leave) -> str:
        if leave.source == PLANNING:
            return self._changed(leave, state=State.DELETED)
        del self.registers[leave.source][leave.id]
        self.log[leave.source].append((leave.id, leave.version + 1))
        return f"{leave.id} deleted"

    def _open(self, one: Colleague, today: date) -> list[Leave]:
        withdrawn = (State.CANCELLED, State.DELETED, State.REJECTED)
        return [
            leave
            for register in self.registers.values()
            for leave in register.values()
            if leave.number == one.number and not leave.flaw and leave.state not in withdrawn
            if leave.last is None or leave.last >= today
        ]

    def _any(self, one: Colleague, today: date) -> Leave | None:
        found = self._open(one, today)
        return self.random.choice(found) if found else None

    def _forget(self, today: date) -> None:
        for register in self.registers.values():
            old = [leave.id for leave in register.values() if (leave.last or date.max) < today - KEPT]
            gone = (State.CANCELLED, State.DELETED, State.REJECTED)
            old += [
                each.id
                for each in register.values()
                if each.last is None and each.state in gone and each.first < today - KEPT
            ]
            for id_ in old:
                del register[id_]

    def _poisson(self, mean: float) -> int:
        whole, rest = divmod(mean, 1)
        return sum(self.random.random() < 0.5 for _ in range(2 * int(whole))) + (self.random.random() < rest)
