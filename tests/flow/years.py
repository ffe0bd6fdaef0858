"""Plays a municipality through the years and compares what its mailboxes show with what they should.

    python -m tests.flow.years --size night --seed 1      300 people, two years

What owners changed is theirs: their own words and replies are looked for just as they left them.
"""

from __future__ import annotations

import logging
import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import click
import pytest
import structlog

from sandbox.calendars import Event as Standing
from services.timesync.effects.calendar import TAG
from services.timesync.handlers.checks import has_turn
from shared.clock import BRUSSELS
from shared.events import ClockStruck, ReadingConfirmed
from shared.graph.calendar import local_moment
from tests.contract.sandbox.conformance import log_violations
from tests.flow.expectation import Entry, Expectation, ahead, entries, reply
from tests.flow.municipal_hub import Stage
from tests.municipality import CLOCK, EXPORT, Colleague, Happening, Municipality
from tests.unit.timesync.reference import Period

SIZES = {"day": (40, 60), "night": (300, 730)}  # people, days
START = date(2026, 9, 21)
SETTLING = 9  # looks of twenty minutes: what is asked every hour is asked twice
FEWEST = 16  # people whose numbers have to be wrong before the hub can see that they are
_OWN_REPLY = "Ik ben er even niet, mijn eigen woorden"

Span = tuple[datetime, datetime]


@dataclass
class Touched:
    """An event of the hub that its owner changed or deleted. *zone* is what the hub may have meant with it since."""

    event: Standing
    zone: list[Span]
    expected: list[Entry]
    version: int = 0  # 0: deleted


@dataclass
class Years:
    """One play: what happened, and what owners did themselves."""

    stage: Stage
    expectation: Expectation
    random: random.Random
    happened: list[Happening] = field(default_factory=list)
    touched: dict[str, Touched] = field(default_factory=dict)
    own_replies: set[str] = field(default_factory=set)  # whose reply is on that is not ours
    free_until: dict[str, datetime] = field(default_factory=dict)  # until when a reply may be left to its owner
    own_events: dict[str, str] = field(default_factory=dict)  # id → account
    over: dict[str, tuple[str, Entry]] = field(default_factory=dict)  # what was over: id → account and event
    counts: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, seed: int, people: int, days: int, folder: Path) -> Years:
        random.seed(seed)  # by which the hub spreads its retries
        town = Municipality(seed, people, START, days)
        return cls(Stage.of(town, folder), Expectation(requested=bool(seed % 2)), random.Random(seed + 2))

    def play(self, *, every: int) -> None:
        """Live every day, and settle and compare *every* so many days."""
        town, stage = self.stage.town, self.stage
        self.settle()
        self.compare()
        for number in range(town.days):
            day = stage.local().date()
            stage.weather.rough = True
            for happening in town.live(day):
                self._happen(happening)
            self._owner(day)
            while stage.local().date() == day:
                stage.write_export()
                stage.report()
                stage.pass_time(timedelta(minutes=self.random.randrange(90, 400)))
                stage.work()
            self._follow_owners()
            stage.clock_system.away = False
            stage.export_fault = "" if stage.export_fault == "away" else stage.export_fault
            if number % every == every - 1 or number == town.days - 1:
                self.settle()
                self.compare()

    # --- what happens

    def _happen(self, happening: Happening) -> None:
        stage, one = self.stage, self.stage.town.people.get(happening.number)
        self.happened.append(happening)
        self.counts[happening.what] += 1
        match happening.what, one:
            case "joins", Colleague():
                stage.give_account(one)
                stage.write_people()
            case "leaves", Colleague():
                stage.change_account(one, accountEnabled=False)
            case "renumbered", Colleague():
                stage.change_account(one, employeeId=one.entra)
            case "renamed" | "mailbox", Colleague():
                self._rename(one)
            case (("cut" | "zeros"), _):
                self._spoil(happening.what)
            case "away", _:
                stage.export_fault = stage.export_fault or "away"
                stage.clock_system.away = True
            case "forgets", _:
                stage.clock_system.forgets = True
            case "mended", _:
                stage.town.mend()
                stage.write_rules()
                self._restore()

    def _rename(self, one: Colleague) -> None:
        stage = self.stage
        user_id = stage.accounts[one.number]
        if user_id not in stage.tenant.mailboxes:
            stage.tenant.mailboxes[user_id] = type(next(iter(stage.tenant.mailboxes.values())))(purpose="user")
        stage.change_account(one, userPrincipalName=one.upn, mail=one.upn)
        stage.write_people()

    def _spoil(self, how: str) -> None:
        """Let the export come a third as long, or with its personnel numbers robbed of their zeros."""
        stage, today = self.stage, self.stage.local().date()
        register = stage.town.registers[EXPORT].values()
        coming = {each.number for each in register if (each.last or date.max) > today and not each.flaw}
        if stage.frozen is None and stage.export_fault == "" and len(coming) >= FEWEST:
            self._read_well()
            stage.frozen = dict(stage.town.registers[EXPORT])
            stage.export_fault = how

    def _read_well(self) -> None:
        """Let the hub read all that the export holds, before something becomes of it."""
        stage, began = self.stage, self.stage.clock.now()
        stage.weather.rough, stage.weather.fatal = False, -1
        while (stage.store.records.source(EXPORT).read_at or began) <= began:
            stage.write_export()
            stage.pass_time(timedelta(minutes=20))
            stage.work()
            self._confirm()
        stage.weather.rough = True

    def _restore(self) -> None:
        """Give the export back; or it was right, and somebody says so."""
        stage = self.stage
        if stage.frozen is None:
            return
        if stage.export_fault == "cut" and self.random.random() < 0.4:
            kept = list(stage.frozen)[: len(stage.frozen) // 3]
            gone = stage.frozen.keys() - set(kept)
            for id_ in gone & stage.town.registers[EXPORT].keys():
                del stage.town.registers[EXPORT][id_]
            stage.frozen, stage.export_fault = None, ""
            stage.write_export()
            stage.tell(ReadingConfirmed(source=EXPORT, by="somebody"))
        stage.frozen, stage.export_fault = None, ""

    # --- what owners do

    def _owner(self, day: date) -> None:
        people = [each for each in self.stage.town.people.values() if each.since < day < each.until]
        for one in self.random.sample(people, min(len(people), 1 + len(people) // 60)):
            if user_id := self._mailbox_of(one):
                act = self.random.choice((self._touch, self._write, self._answer))
                act(one, user_id)

    def _touch(self, one: Colleague, user_id: str) -> None:
        """Change or delete an event of the hub that is to come."""
        now = self.stage.local()
        mine = [each for each in self._ours(user_id) if _entry(each).start > now + timedelta(days=1)]
        if one.number in self.touched or not mine:
            return
        event, expected = self.random.choice(mine), entries(self._periods(one), now)
        entry, zone = _entry(event), [(_entry(event).start, _entry(event).end)]
        touched = Touched(event, zone, [each for each in expected if _meets(each, zone)])
        what = self.random.choice(("deletes", "rewords", "moves"))
        mailbox = self.stage.tenant.mailboxes[user_id]
        if what == "deletes":
            del mailbox.events[event.id]
        elif what == "rewords":
            event.change({"subject": "Mijn eigen woorden"}, self.stage.clock.now())
        else:
            by = timedelta(days=1) if entry.whole else timedelta(minutes=30)
            moved = [{"dateTime": (at + by).isoformat(), "timeZone": "Romance Standard Time"} for at in zone[0]]
            event.change({"start": moved[0], "end": moved[1]}, self.stage.clock.now())
            touched.zone.append((entry.start + by, entry.end + by))
        touched.version = 0 if what == "deletes" else event.version
        self.touched[one.number] = touched
        self._note(what, one, f"{entry.start}..{entry.end}")

    def _write(self, one: Colleague, user_id: str) -> None:
        """Have an event of his own."""
        at = self.stage.local().replace(microsecond=0) + timedelta(days=self.random.randrange(60))
        times = {
            name: {"dateTime": moment.isoformat(), "timeZone": "Romance Standard Time"}
            for name, moment in (("start", at), ("end", at + timedelta(hours=1)))
        }
        event = Standing.written(one.upn, {"subject": "Afwezig", "showAs": "oof", **times}, self.stage.clock.now())
        self.stage.tenant.mailboxes[user_id].events[event.id] = event
        self.own_events[event.id] = user_id
        self._note("writes", one, event.id)

    def _answer(self, one: Colleague, user_id: str) -> None:
        """Switch a reply of his own on, or off again."""
        mailbox, now = self.stage.tenant.mailboxes[user_id], self.stage.local()
        if one.number in self.own_replies:
            mailbox.replies = mailbox.replies.changed({"status": "disabled"}, self.stage.clock.now())
            self.own_replies.discard(one.number)
        else:
            wanted = {"status": "alwaysEnabled", "internalReplyMessage": _OWN_REPLY, "externalReplyMessage": _OWN_REPLY}
            mailbox.replies = mailbox.replies.changed(wanted, self.stage.clock.now())
            self.own_replies.add(one.number)
        coming = reply(self._periods(one), self._person(one), now + timedelta(days=1))
        self.free_until[one.number] = max(now + timedelta(days=1), coming[1] if coming else now)
        self._note("answers", one, mailbox.replies.status)

    def _note(self, what: str, one: Colleague, told: str) -> None:
        self.counts[what] += 1
        self.happened.append(Happening(self.stage.local().date(), what, one.number, told))

    # --- settling and comparing

    def settle(self) -> None:
        """Let everything come to rest in good weather."""
        stage = self.stage
        stage.weather.rough, stage.weather.fatal, stage.clock_system.away = False, -1, False
        stage.export_fault = "" if stage.export_fault == "away" else stage.export_fault
        stage.tenant.faults.clear()
        for look in range(100):
            stage.write_export()
            stage.report()
            stage.pass_time(timedelta(minutes=20))
            stage.work()
            self._confirm()
            if look >= SETTLING and not stage.ledger.pending():
                break
        stage.tell(ClockStruck(at=stage.clock.now(), period="day"))
        stage.work()

    def _confirm(self) -> None:
        """Say that a reading is right when nothing is wrong with it: a small town changes much in a day."""
        for name in (EXPORT, CLOCK):
            is_sound = name != EXPORT or self.stage.frozen is None
            if is_sound and self.stage.store.records.source(name).blocked is not None:
                self.counts["confirmed"] += 1
                self.stage.tell(ReadingConfirmed(source=name, by="somebody"))
                self.stage.work()

    def compare(self) -> None:
        """Hold every mailbox and the books against what they should be."""
        self._books()
        self._requests()
        for one in self.stage.town.people.values():
            found = list(self._faults_of(one))
            assert not found, self._story(one, found)
        self._everybodys()
        self._unchanged_night()

    def _books(self) -> None:
        books = self.stage.ledger.balance()
        assert books.balanced, books
        assert (books.pending, books.unsent) == (0, 0), books
        parked = self.stage.ledger.parked()
        assert parked == [], parked

    def _requests(self) -> None:
        """Hold what was asked of Microsoft against its own description."""
        tenant = self.stage.tenant
        self.counts["requests"] += len(tenant.requests)
        assert log_violations(tenant.requests) == []
        assert self.stage.line.failures == []
        refused = [call for call in tenant.requests if call.status in (400, 401, 403, 405)]
        assert refused == []
        tenant.requests.clear()

    def _faults_of(self, one: Colleague) -> Iterator[str]:
        now, user_id = self.stage.local(), self.stage.accounts.get(one.number)
        mailbox = self.stage.tenant.mailboxes.get(user_id or "")
        if user_id is None or mailbox is None or self._is_contested(one):
            return
        person, periods = self._person(one), self._periods(one)
        touched = self.touched.get(one.number)
        zone = touched.zone if touched else []
        wanted = [each for each in entries(periods, now) if not _meets(each, zone)]
        shown = [_entry(each) for each in self._ours(user_id) if touched is None or each is not touched.event]
        there = [each for each in ahead(shown, now) if not _meets(each, zone)]
        if there != wanted:
            yield f"expected {_listed(wanted, there)}, got {_listed(there, wanted)}"
        if touched and touched.version and touched.event.version != touched.version:
            yield "what its owner changed was changed again"
        if touched and touched.expected == [each for each in entries(periods, now) if _meets(each, touched.zone[:1])]:
            yield from self._owner_faults(touched, mailbox.events.get(touched.event.id), shown)
        yield from self._reply_faults(one, user_id, reply(periods, person, now), now)

    def _owner_faults(self, touched: Touched, standing: Standing | None, shown: Sequence[Entry]) -> Iterator[str]:
        """Look for what an owner did, as long as the source says the same: a removal asks for no version (yet)."""
        if touched.version and standing is not touched.event:
            yield "what its owner changed is gone"
        if not touched.version and touched.expected and any(_meets(each, touched.zone[:1]) for each in shown):
            yield "what its owner deleted was made again"

    def _reply_faults(self, one: Colleague, user_id: str, wanted: Span | None, now: datetime) -> Iterator[str]:
        shown = self.stage.tenant.mailboxes[user_id].replies
        if one.number in self.own_replies:
            if (shown.status, shown.internal) != ("alwaysEnabled", _OWN_REPLY):
                yield f"his own reply is {shown.status}"
            return
        if self.free_until.get(one.number, now) > now:
            return
        ends = shown.end.astimezone(BRUSSELS).replace(tzinfo=None)
        if wanted is None and shown.status != "disabled":
            yield f"expected no reply, got one until {ends}"
        if wanted is not None and (shown.status, ends) != ("scheduled", wanted[1]):
            yield f"expected a reply until {wanted[1]}, got {shown.status} until {ends}"

    def _everybodys(self) -> None:
        """Nothing is there twice, what is over stands as it stood, and what is somebody's own was not touched."""
        for user_id in self.stage.tenant.mailboxes:
            keys = Counter(each.properties[TAG] for each in self._ours(user_id))
            assert [key for key, count in keys.items() if count > 1] == []
        made = Counter(each.key for each in self.stage.tenant.effects("event") if each.action == "created")
        assert [key for key, count in made.items() if count > 1] == []
        for id_, user_id in self.own_events.items():
            assert self.stage.tenant.mailboxes[user_id].events[id_].version == 1
        self._past()

    def _past(self) -> None:
        now, owners = self.stage.local(), {each.event.id for each in self.touched.values()}
        for id_, (user_id, before) in self.over.items():
            event = self.stage.tenant.mailboxes[user_id].events.get(id_)
            after = _entry(event) if event else None
            kept = after and (after.start, after.whole, after.subject, after.show_as)
            assert kept == (before.start, before.whole, before.subject, before.show_as), (before, after)
        for user_id in self.stage.tenant.mailboxes:
            for each in self._ours(user_id):
                entry, made = _entry(each), each.created.astimezone(BRUSSELS).date()
                if each.id not in owners:
                    assert entry.start.date() >= made, f"{entry} was made on {made}"
                    if entry.end <= now:
                        self.over[each.id] = (user_id, entry)

    def _unchanged_night(self) -> None:
        """A night in which nothing changed asks nothing but to look into the mailboxes whose turn it is."""
        stage = self.stage
        stage.clock.advance(timedelta(minutes=1))
        stage.tell(ClockStruck(at=stage.clock.now(), period="day"))
        stage.work()
        today = stage.local().date()
        turns = {
            stage.accounts.get(one.number)
            for one in stage.town.people.values()
            if any(has_turn(name, today) for name in (one.number, one.alias.lower(), one.entra or ""))
        }
        asked = [call for call in stage.tenant.requests if not call.path.endswith("$batch")]
        assert [call for call in asked if call.method != "GET"] == []
        assert [call.path for call in asked if call.path.split("/")[3] not in turns] == []
        self._requests()

    # --- who is who

    def _mailbox_of(self, one: Colleague) -> str | None:
        user_id = self.stage.accounts.get(one.number)
        return user_id if user_id in self.stage.tenant.mailboxes and not self._is_contested(one) else None

    def _is_contested(self, one: Colleague) -> bool:
        """Tell whether two accounts carry one number, and his is one of them."""
        there = [each for each in self.stage.town.people.values() if each.number in self.stage.accounts]
        claimed = Counter(each.entra or each.number for each in there)
        return one.entra not in (None, one.number) or claimed[one.number] > 1

    def _person(self, one: Colleague):  # type: ignore[no-untyped-def]  # Person
        return self.stage.rulebook.rules.roster.person(one.number)

    def _periods(self, one: Colleague):  # type: ignore[no-untyped-def]  # list[Period]
        today = self.stage.local().date()
        if today >= one.until or not one.mailbox:
            return []
        leaves = [each for each in self.stage.believed() if each.number == one.number]
        records = [each.record(self.stage.town.codes[each.code]) for each in leaves]
        return self.expectation.periods(records, self._person(one), today)

    def _ours(self, user_id: str) -> list[Standing]:
        return [each for each in self.stage.tenant.mailboxes[user_id].events.values() if TAG in each.properties]

    def _follow_owners(self) -> None:
        """Let what owners changed follow the absence that it was for: it may be moved, and an open end grows."""
        now = self.stage.local()
        for number, touched in self.touched.items():
            for each in self._periods(self.stage.town.people[number]):
                if _meets(each, touched.zone) and (each.start, each.end) not in touched.zone:
                    touched.zone.append((each.start, each.end))
        for number, until in self.free_until.items():
            one = self.stage.town.people[number]
            going_on = reply(self._periods(one), self._person(one), now)
            if until > now - timedelta(days=1) and going_on:  # an open end grows on Monday at midnight
                self.free_until[number] = max(until, going_on[1])

    def _story(self, one: Colleague, found: Sequence[str]) -> str:
        last = [each for each in self.happened if each.number in ("", one.number)][-20:]
        told = "\n".join(f"  {each.day} {each.what} {each.told}" for each in last)
        leaves = [each for each in self.stage.believed() if each.number == one.number]
        known = "\n".join(f"  {each}" for each in sorted(leaves, key=lambda each: each.first))
        town = self.stage.town
        head = f"seed {town.seed} size {town.size}x{town.days} day {self.stage.local()} colleague {one}"
        faults = "\n".join(found)
        return f"{head}\n{faults}\nlast actions:\n{told}\nknown:\n{known}"


def _entry(event: Standing) -> Entry:
    shown = event.rendered("Romance Standard Time", immutable=True)
    start, end = local_moment(shown["start"]), local_moment(shown["end"])
    return Entry(start, end, shown["isAllDay"], shown["subject"], shown["showAs"])


def _meets(entry: Entry | Period, zone: Sequence[Span]) -> bool:
    return any(entry.start < end and entry.end > start for start, end in zone)


def _listed(found: Sequence[Entry], but: Sequence[Entry]) -> str:
    return "; ".join(f"{each.start}..{each.end} {each.subject}" for each in found if each not in but) or "no more"


@click.command()
@click.option("--size", type=click.Choice(list(SIZES)), default="day", show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed plays the same years.")
@click.option("--people", type=int)
@click.option("--days", type=int)
def main(size: str, seed: int, people: int | None, days: int | None) -> None:
    """Play the years of one municipality. Exit code 1 when a mailbox shows what it should not."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory(prefix="hub-years-") as folder, pytest.MonkeyPatch.context() as patch:
        usual = SIZES[size]
        years = Years.of(seed, people or usual[0], days or usual[1], Path(folder))
        years.stage.weather.rule(patch)
        try:
            years.play(every=15)
        finally:
            click.echo(f"{dict(years.counts)} {asdict(years.stage.weather) | {'random': None}}")


if __name__ == "__main__":
    main()
