"""The slot for automatic replies through whatever happens: the book foretells, and the owner keeps what is his."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.timesync.domain.records import AbsenceRecord, Part
from services.timesync.domain.replies import reply_for
from services.timesync.domain.rules import ReplyRules, Rules
from services.timesync.domain.timeline import timeline
from services.timesync.effects.base import Picture
from services.timesync.effects.replies import ReplyEffect
from services.timesync.effects.slot import mark_of
from services.timesync.store import Store
from shared.graph.mailbox import AutomaticReply

from .builders import at, day, person, record, roster
from .conftest import OFFICE, Town
from .outlook import Outlook

DRAFT = AutomaticReply("disabled", at("2026-01-01"), at("2026-01-02"), "klad", "klad", "contactsOnly")

DAYS = st.integers(0, 20)
RECORDS = st.lists(
    st.tuples(
        DAYS, st.integers(0, 6), st.sampled_from([Part.WHOLE, Part.WHOLE, Part.MORNING, Part.AFTERNOON]),
        st.sampled_from(["afwezig", "afwezig", "afwezig_zonder_antwoord", "opleiding"]),
    ),
    max_size=4,
)  # fmt: skip
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("absences"), RECORDS),
        st.tuples(st.just("hours"), st.integers(1, 120)),
        st.tuples(st.just("lead"), st.sampled_from([0, 12, 720])),
        st.tuples(st.just("account"), st.sampled_from(["user-1", "user-2"])),
        st.tuples(st.just("own"), st.tuples(st.sampled_from(["alwaysEnabled", "scheduled", "disabled"]), DAYS, DAYS)),
    ),
    min_size=1,
    max_size=9,
)


class Life:
    """One employee with one mailbox after the other."""

    def __init__(self, store: Store) -> None:
        boxes = ("user-1", "user-2")
        self.outlook = Outlook(events={box: {} for box in boxes}, replies=dict.fromkeys(boxes, DRAFT))
        self.rules = Rules(roster(), OFFICE)
        self.effect = ReplyEffect(self.outlook, store.replies, lambda: self.rules)
        store.replies.forget("000104")  # of the life before
        self.user_id = "user-1"
        self.records: list[AbsenceRecord] = []
        self.now = at("2026-11-12T07:05")
        self.owners: dict[str, AutomaticReply] = {}  # what the owner last set himself

    def meet(self, kind: str, value: object) -> None:
        match kind, value:
            case "absences", list(found):
                self.records = [_absence(number, *each) for number, each in enumerate(found)]
            case "hours", int(hours):
                self.now += timedelta(hours=hours)
            case "lead", int(hours):
                self.rules = replace(self.rules, replies=ReplyRules(lead=timedelta(hours=hours)))
            case "account", str(user_id):
                self.user_id = user_id
            case "own", (str(status), int(first), int(length)):
                start = at("2026-11-12") + timedelta(days=first)
                own = AutomaticReply(status, start, start + timedelta(days=length + 1), "zelf", f"zelf {length}")
                self.owners[self.user_id] = self.outlook.replies[self.user_id] = own

    def picture(self) -> Picture:
        segments = tuple(timeline(self.records, person(), self.now.date()))
        return Picture("000104", self.user_id, person(), segments, self.now)

    def show(self) -> int:
        """Return the calls and questions that it took."""
        self.outlook.calls.clear()
        self.outlook.asked.clear()
        self.effect.show([self.picture()])
        return len(self.outlook.calls) + len(self.outlook.asked)

    def answered_until(self) -> datetime | None:
        """Return how long the mailbox should answer for its owner, None: not at all yet."""
        wanted = reply_for(self.picture().segments, person(), self.rules, self.now)
        is_due = wanted is not None and wanted.span.start - self.rules.replies.lead <= self.now
        return wanted.span.end if wanted is not None and is_due else None


def _absence(number: int, first: int, length: int, part: Part, profile: str) -> AbsenceRecord:
    start = day("2026-11-10") + timedelta(days=first)
    last = start + timedelta(days=length)
    return record(str(start), str(last), source_id=str(number), part=part, profile=profile)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS)
def test_the_book_foretells_every_call_and_the_owner_keeps_what_is_his(
    town: Town, events: list[tuple[str, object]]
) -> None:
    life = Life(town.store)
    for event in events:
        life.meet(*event)
        foretold = life.effect.steps([life.picture()])
        before = dict(life.outlook.replies)

        took = life.show()

        assert foretold or took == 0
        assert (life.effect.steps([life.picture()]), life.show()) == ({}, 0)
        for user_id, reply in before.items():
            if reply == life.owners.get(user_id) and reply.answers(life.now, life.now + timedelta(minutes=1)):
                assert life.outlook.replies[user_id] == reply
        if life.user_id not in life.owners:
            shown = life.outlook.replies[life.user_id]
            assert (shown.end if shown.status == "scheduled" else None) == life.answered_until()
    life.records = []
    life.show()
    for user_id, reply in life.outlook.replies.items():
        assert user_id in life.owners or mark_of(reply) == mark_of(DRAFT)
