"""Everybody is compared with the books: who shows what he should, costs no call and no message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import event as listening

from services.timesync.domain.records import State
from services.timesync.domain.rules import ReplyRules, Scope
from services.timesync.effects.base import Action, Outcome, Picture, Step
from services.timesync.handlers import comparison
from services.timesync.store.marks import HALTED
from shared.errors import HubError
from shared.events import (
    AbsenceRulesRefused,
    AbsenceRulesTaken,
    AbsencesChanged,
    AbsencesShown,
    ClockStruck,
    ComparisonWanted,
    Event,
    RereadWanted,
)
from shared.events.absences import RuleFault

from .builders import record, span
from .conftest import Town

DAY = [("2026-11-16T00:00", "2026-11-17T00:00", "oof")]
NIGHT = ComparisonWanted(run="night")


def tick(town: Town) -> list[Event]:
    return town.settle(ClockStruck(at=town.clock.now(), period="tick"))


def compared(said: list[Event]) -> list[str]:
    return [each.employee for each in said if isinstance(each, AbsencesChanged)]


def away(town: Town, count: int) -> list[str]:
    """Let *count* employees be absent on one day, and show it; return their mailboxes."""
    users = [town.outlook.add(f"1{number:05}") for number in range(count)]
    absences = [record("2026-11-16", employee=f"1{number:05}", source_id=str(number)) for number in range(count)]
    town.read(*absences)
    return users


# --- the night


def test_an_unchanged_night_says_nothing_and_asks_outlook_nothing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "PAGE", 2)
    away(town, 5)
    town.outlook.calls.clear()
    town.outlook.asked.clear()

    said = town.settle(NIGHT)

    assert [each.after for each in said if isinstance(each, ComparisonWanted)] == ["100001", "100003"]
    assert compared(said) == []
    assert (town.outlook.calls, town.outlook.asked) == ([], [])


def test_one_page_asks_the_database_the_same_whoever_is_on_it(town: Town) -> None:
    away(town, 30)
    questions = 0

    def counted(*_: object) -> None:
        nonlocal questions
        questions += 1

    listening.listen(town.database.engine, "before_cursor_execute", counted)
    town.hear(NIGHT)

    assert questions < 30


def test_only_who_differs_is_compared_with_outlook(town: Town) -> None:
    away(town, 3)
    town.store.records.absorb(
        "file", [record("2026-11-17", employee="100001", source_id="1", version="2")], [], {"cursor": "x"}
    )

    assert compared(town.hear(NIGHT)) == ["100001"]


@dataclass(frozen=True)
class Shy:
    """An effect that lacks something for one employee."""

    employee: str
    name: str = "shy"

    def steps(self, pictures: Sequence[Picture]) -> Mapping[str, Sequence[Step]]:
        return {self.employee: [Step(self.name, Action.CHANGE, "afwezig", span("2026-11-16", "2026-11-17"))]}

    def show(self, pictures: Sequence[Picture]) -> Mapping[str, Outcome | HubError]:
        return {}

    def abandon(self, employee: str) -> None:
        """Forget nothing: there is nothing."""


def test_who_differs_in_any_effect_is_compared(town: Town) -> None:
    away(town, 3)
    town.world = replace(town.world, effects=(*town.world.effects, Shy("100002")))

    assert compared(town.hear(NIGHT)) == ["100002"]


def test_a_new_day_compares_under_a_name_of_its_own(town: Town) -> None:
    first = town.hear(ClockStruck(at=town.clock.now(), period="day"))
    town.clock.advance(timedelta(days=1))
    second = town.hear(ClockStruck(at=town.clock.now(), period="day"))

    assert (first, second) == ([ComparisonWanted(run="day-2026-11-12")], [ComparisonWanted(run="day-2026-11-13")])


def test_r22_what_comes_into_the_window_is_written_when_its_day_comes(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2027-05-20"))
    before = town.outlook.shown(user)
    town.move_to("2026-11-24T00:00")

    town.night()

    assert (before, town.outlook.shown(user)) == ([], [("2027-05-20T00:00", "2027-05-21T00:00", "oof")])


def test_r18_an_open_end_grows_with_the_weeks(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-12", None))
    before = [end for _, end, _ in town.outlook.shown(user)]
    town.move_to("2026-11-16T00:00")

    town.night()

    assert before == ["2026-11-16T00:00"]
    assert [end for _, end, _ in town.outlook.shown(user)] == ["2026-11-23T00:00"]


def test_whoever_lost_his_account_is_held_once(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    town.store.accounts.forget([user])

    first, second = compared(town.settle(NIGHT)), compared(town.settle(NIGHT))

    assert (first, second) == (["000104"], [])


def test_whoever_has_a_mailbox_again_is_no_longer_held(town: Town) -> None:
    town.read(record("2026-11-02", employee="009999"))
    user = town.outlook.add("009999")
    town.outlook.changed.append(user)
    town.clock.advance(timedelta(hours=1))
    town.lose(ClockStruck(at=town.clock.now(), period="tick"))  # the account is stored, nobody was told

    town.settle(NIGHT)

    assert town.store.held.all() == []


# --- rules


def test_rules_that_changed_are_taken_and_everybody_is_compared(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    tick(town)
    town.rulebook.change(labels={"afwezig": "Niet aanwezig"})

    said = tick(town)

    assert AbsenceRulesTaken(file="hub.toml") in said
    assert compared(said) == ["000104"]
    assert town.outlook.only(user).shown.subject == "Niet aanwezig"
    assert not [each for each in said if isinstance(each, RereadWanted)]


def test_rules_that_did_not_change_compare_nobody(town: Town) -> None:
    away(town, 2)
    tick(town)

    assert not [each for each in tick(town) if isinstance(each, ComparisonWanted | AbsenceRulesTaken)]


def test_rules_that_changed_while_the_hub_stood_still_are_compared_too(town: Town) -> None:
    tick(town)
    town.rulebook.fingerprint = "others"

    assert ComparisonWanted(run="rules-others") in town.hear(ClockStruck(at=town.clock.now(), period="tick"))


def test_a_comparison_that_was_not_said_is_said_at_the_next_tick(town: Town) -> None:
    tick(town)
    town.rulebook.change(labels={"afwezig": "Niet aanwezig"})
    town.lose(ClockStruck(at=town.clock.now(), period="tick"))

    said = town.hear(ClockStruck(at=town.clock.now(), period="tick"))

    assert ComparisonWanted(run="rules-rules'") in said


def test_codes_that_mean_something_else_are_read_again(town: Town) -> None:
    tick(town)
    town.rulebook.readings = {"file": "other codes"}

    assert RereadWanted(source="file") in tick(town)


def test_rules_that_cannot_be_used_are_refused_and_change_nothing(town: Town) -> None:
    tick(town)
    faults = (RuleFault(file="people.json", line=3, expected="a day"),)
    town.rulebook.faults = faults

    said = town.hear(ClockStruck(at=town.clock.now(), period="tick"))

    assert said == [AbsenceRulesRefused(file="people.json", faults=list(faults))]


# --- wakes


def test_a_reply_that_is_not_due_yet_is_written_when_it_is(town: Town) -> None:
    user = town.outlook.add("000104")
    town.rulebook.change(replies=ReplyRules(lead=timedelta(hours=12)))
    town.read(record("2026-11-16"))
    before = user in town.outlook.replies
    town.move_to("2026-11-15T11:59")
    early = compared(tick(town))
    town.move_to("2026-11-15T12:00")

    due = compared(tick(town))

    assert (before, early, due) == (False, [], ["000104"])
    assert town.outlook.replies[user].status == "scheduled"


def test_a_wake_is_heeded_once(town: Town) -> None:
    town.outlook.add("000104")
    town.rulebook.change(replies=ReplyRules(lead=timedelta(hours=12)))
    town.read(record("2026-11-16"))
    town.move_to("2026-11-15T12:00")
    strike = ClockStruck(at=town.clock.now(), period="tick")

    assert [compared(town.hear(strike)), compared(town.hear(strike))] == [["000104"], []]


def test_a_wake_that_was_not_said_is_said_at_the_next_tick(town: Town) -> None:
    town.outlook.add("000104")
    town.rulebook.change(replies=ReplyRules(lead=timedelta(hours=12)))
    town.read(record("2026-11-16"))
    town.move_to("2026-11-15T12:00")
    town.lose(ClockStruck(at=town.clock.now(), period="tick"))

    assert compared(town.hear(ClockStruck(at=town.clock.now(), period="tick"))) == ["000104"]


def test_a_wake_moves_with_the_absence(town: Town) -> None:
    town.outlook.add("000104")
    town.rulebook.change(replies=ReplyRules(lead=timedelta(hours=12)))
    town.read(record("2026-11-16"))
    before = town.store.wakes.at("000104")

    town.read(record("2026-11-23", version="2"))

    after = town.store.wakes.at("000104")
    assert before is not None
    assert after is not None
    assert after - before == timedelta(days=7)


def test_without_anything_to_come_nobody_is_woken(town: Town) -> None:
    town.outlook.add("000104")
    town.read(record("2026-11-16"))

    town.read(record("2026-11-16", state=State.CANCELLED, version="2"))

    assert town.store.wakes.at("000104") is None


def test_a_wake_that_was_planned_is_not_kept_when_its_message_fails(town: Town) -> None:
    town.outlook.add("000104")
    town.store.records.absorb("file", [record("2026-11-16")], [], {"cursor": "x"})

    town.lose(AbsencesChanged(employee="000104"))

    assert town.store.wakes.at("000104") is None


# --- who takes part


def test_a_halt_takes_away_everything_and_its_end_brings_it_back(town: Town) -> None:
    users = away(town, 2)
    town.store.marks.put(HALTED, "since this morning")
    town.settle(ComparisonWanted(run="halt"))
    halted = [town.outlook.shown(user) for user in users]
    replies = [town.outlook.replies[user].status for user in users]
    town.store.marks.put(HALTED, None)

    town.settle(ComparisonWanted(run="resume"))

    assert (halted, replies) == ([[], []], ["disabled", "disabled"])
    assert [town.outlook.shown(user) for user in users] == [DAY, DAY]


@pytest.mark.parametrize("twins", [False, True], ids=["nobody's number any more", "two accounts with his number"])
def test_r30_a_halt_takes_away_what_stands_in_the_mailbox_of_who_is_not_known_any_more(
    town: Town, *, twins: bool
) -> None:
    (user,) = away(town, 1)
    if twins:
        town.outlook.changed.append(town.outlook.add("100000", upn="tweede@example.org"))
    else:
        town.outlook.change(user, employee=None)
    town.hour()
    reasons = [row.reason for row in town.store.held.all()]
    town.store.marks.put(HALTED, "since this morning")

    town.settle(ComparisonWanted(run="halt"))

    assert (town.outlook.shown(user), town.outlook.replies[user].status) == ([], "disabled")
    assert [row.reason for row in town.store.held.all()] == reasons
    assert compared(town.hear(NIGHT)) == []


@pytest.mark.parametrize(
    "scope",
    [
        Scope(employees=frozenset({"100000"})),
        Scope(excluded=frozenset({"100001"})),
        Scope(employees=frozenset({"100000", "100001"}), excluded=frozenset({"100001"})),
    ],
    ids=["named", "excluded", "excluded though named"],
)
def test_r29_whoever_does_not_take_part_loses_what_stood_there(town: Town, scope: Scope) -> None:
    inside, outside = away(town, 2)
    town.rulebook.change(scope=scope)

    tick(town)

    assert (town.outlook.shown(inside), town.outlook.shown(outside)) == (DAY, [])
    assert town.outlook.replies[outside].status == "disabled"


def test_r29_members_of_the_pilot_group_take_part_from_the_hour_that_they_join(town: Town) -> None:
    first, second = away(town, 2)
    town.outlook.groups["pilot"] = [first]
    town.rulebook.change(scope=Scope(group="pilot"))
    town.hour()
    before = (town.outlook.shown(first), town.outlook.shown(second))
    town.outlook.groups["pilot"] = [second]

    town.hour()

    assert before == (DAY, [])
    assert (town.outlook.shown(first), town.outlook.shown(second)) == ([], DAY)


def test_r29_a_group_that_did_not_change_compares_nobody(town: Town) -> None:
    first, _ = away(town, 2)
    town.outlook.groups["pilot"] = [first]
    town.rulebook.change(scope=Scope(group="pilot"))
    town.hour()

    said = town.hour()

    assert not [each for each in said if isinstance(each, ComparisonWanted)]
    assert not [each for each in said if isinstance(each, AbsencesShown)]
