"""What would change is told before it does, with its reason; telling it changes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from services.timesync.domain.records import State
from services.timesync.domain.roster import Person, Roster
from services.timesync.domain.rules import Scope
from services.timesync.effects.base import Action
from services.timesync.operations import stop
from services.timesync.plan import PlanLine, SourceState, Unreachable, Why, plan, suppose
from services.timesync.store.marks import RULES
from services.timesync.systems.base import Held
from shared.errors import Transient
from shared.events import ClockStruck

from .builders import day, record, roster, span
from .conftest import Town
from .test_guard import a_town_of, crowd, shifted


def lines(town: Town, *, fresh: bool = True, confirmed: Iterable[str] = ()) -> list[PlanLine]:
    found = suppose(town.world, town.database, fresh=fresh, confirmed=tuple(confirmed))
    return [each for each in plan(found.world, town.store.records) if isinstance(each, PlanLine)]


def calendar(town: Town, *, fresh: bool = True) -> list[tuple[Action, Why]]:
    return [(each.action, each.why) for each in lines(town, fresh=fresh) if each.effect == "calendar"]


def rules_that_hold(town: Town) -> None:
    """Let the hub have compared everybody with the rules of now."""
    town.store.marks.put(RULES, town.rulebook.fingerprint)


def contents(path: Path) -> list[str]:
    with sqlite3.connect(path / "timesync.db") as connection:
        return list(connection.iterdump())


def test_a_new_absence_is_planned_with_its_registration(town: Town) -> None:
    town.outlook.add("000104")
    town.source.say(record("2026-11-16"))

    found = lines(town)

    assert [each for each in found if each.effect == "calendar"] == [
        PlanLine(
            employee="000104",
            service=roster().person("000104").service,
            effect="calendar",
            action=Action.CREATE,
            label="Afwezig",
            span=span("2026-11-16", "2026-11-17"),
            why=Why.SOURCE,
            records=("file/1",),
        )
    ]
    assert [(each.effect, each.action) for each in found] == [("calendar", Action.CREATE), ("reply", Action.CREATE)]


def test_a_plan_of_a_hub_that_never_ran_writes_nothing_and_changes_nothing(town: Town, tmp_path: Path) -> None:
    town.outlook.add("000104")
    town.source.say(record("2026-11-16"), held=(Held("file:3", "unknown_code"),))
    before = contents(tmp_path)

    found = suppose(town.world, town.database)
    planned = list(plan(found.world, town.store.records))

    assert planned
    assert found.accounts_read
    assert found.held == (("file", Held("file:3", "unknown_code")),)
    assert contents(tmp_path) == before
    assert town.outlook.calls == []


def test_a_plan_of_a_hub_at_work_writes_nothing_and_changes_nothing(town: Town, tmp_path: Path) -> None:
    records = a_town_of(town, 3)
    town.outlook.calls.clear()
    town.source.say(records[0], shifted(records)[1])
    before = contents(tmp_path)

    planned = lines(town)

    assert {each.employee for each in planned} == {"000001", "000002"}
    assert contents(tmp_path) == before
    assert town.outlook.calls == []


def test_what_the_plan_says_is_what_the_hub_does(town: Town) -> None:
    records = a_town_of(town, 3)
    town.source.say(records[0], shifted(records)[1], record("2026-12-01", source_id="9", employee="000002"))
    planned = [each for each in lines(town) if each.effect == "calendar"]
    town.outlook.calls.clear()

    town.read(*town.source.reading.records)

    done = [call for call in town.outlook.calls if call != "reply"]
    assert sorted(done) == sorted(each.action for each in planned)
    assert lines(town) == []


def test_what_is_gone_from_the_source_is_planned_away(town: Town) -> None:
    a_town_of(town, 3)
    town.source.say(*town.source.reading.records[:2])

    (gone,) = [each for each in lines(town) if each.effect == "calendar"]

    assert (gone.employee, gone.action, gone.why, gone.records) == ("000002", Action.REMOVE, Why.GONE, ("file/2",))


def test_what_a_system_told_that_was_taken_out_is_planned_away(town: Town) -> None:
    town.outlook.add("000104")
    town.settle(ClockStruck(at=town.clock.now(), period="tick"))
    town.read(record("2026-11-16"))
    town.rulebook.systems.clear()

    found = calendar(town)

    assert found == [(Action.REMOVE, Why.GONE)]


def test_what_was_cancelled_already_is_gone_from_the_source(town: Town) -> None:
    a_town_of(town, 3)
    town.store.records.absorb(
        "file", [replace(town.source.reading.records[2], state=State.CANCELLED)], (), {"cursor": None}
    )

    assert calendar(town, fresh=False) == [(Action.REMOVE, Why.GONE)]


def test_a_code_mapped_anew_is_a_matter_of_the_rules(town: Town) -> None:
    town.outlook.add("000104")
    town.read(record("2026-11-16"))
    town.source.say(record("2026-11-16", profile="telewerk"))

    assert calendar(town) == [(Action.CHANGE, Why.RULES)]


def test_a_new_closing_day_is_a_matter_of_the_rules(town: Town) -> None:
    town.outlook.add("000104")
    town.read(record("2026-11-16"))
    rules_that_hold(town)
    person = roster().person("000104")
    closed = replace(person, closed={**person.closed, day("2026-11-16"): town.source.reading.records[0].part})

    town.rulebook.change(roster=Roster({"000104": closed}))

    assert calendar(town) == [(Action.REMOVE, Why.RULES)]


def test_other_words_for_a_profile_are_a_matter_of_the_rules(town: Town) -> None:
    town.outlook.add("000104")
    town.read(record("2026-11-16"))
    rules_that_hold(town)

    town.rulebook.change(labels={"afwezig": "Niet op kantoor"})

    assert [(each.action, each.why, each.label) for each in lines(town)] == [
        (Action.CHANGE, Why.RULES, "Niet op kantoor")
    ]


def test_who_leaves_the_pilot_group_is_out_of_scope(town: Town) -> None:
    user_id = town.outlook.add("000104")
    town.outlook.groups["pilot"] = [user_id]
    town.rulebook.change(scope=Scope(group="pilot"))
    town.settle(ClockStruck(at=town.clock.now(), period="tick"))
    town.read(record("2026-11-16"))
    assert calendar(town) == []

    town.outlook.groups["pilot"] = []

    assert calendar(town) == [(Action.REMOVE, Why.SCOPE)]
    assert calendar(town, fresh=False) == []  # as the group was read last


def test_who_joins_a_pilot_group_that_the_hub_never_read_is_planned(town: Town) -> None:
    user_id = town.outlook.add("000104")
    town.rulebook.change(scope=Scope(services=frozenset({"nowhere"})))
    town.read(record("2026-11-16"))
    rules_that_hold(town)

    town.outlook.groups["pilot"] = [user_id]
    town.rulebook.change(scope=Scope(group="pilot"))

    assert calendar(town) == [(Action.CREATE, Why.RULES)]


def test_whose_account_was_disabled_is_planned_away_for_that(town: Town) -> None:
    user_id = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    town.outlook.users[0] = replace(town.outlook.users[0], enabled=False)
    town.outlook.changed.append(user_id)
    town.clock.advance(timedelta(hours=1))
    town.hear(ClockStruck(at=town.clock.now(), period="tick"))

    assert calendar(town) == [(Action.REMOVE, Why.DISABLED)]


def test_addresses_that_become_numbers_take_nothing_away(town: Town) -> None:
    """HR completes the people file: who was known by his address is known by his number from then on."""
    for n in range(12):
        town.outlook.add(f"{n:06}", upn=f"person{n}@example.org", numbered=False)
    town.read(*(replace(each, employee=f"person{each.source_id}@example.org") for each in crowd(12)))
    people = {f"{n:06}": Person(f"{n:06}", f"Person {n}", f"person{n}@example.org") for n in range(12)}

    town.rulebook.change(roster=Roster(people))

    assert [source.blocked for source in suppose(town.world, town.database).sources] == [False]


def test_a_stopped_hub_plans_to_show_nothing(town: Town) -> None:
    town.outlook.add("000104")
    town.read(record("2026-11-16"))
    stop(town.world, "hub (ict)")

    assert calendar(town) == [(Action.REMOVE, Why.STOPPED)]


def test_an_absence_that_comes_within_the_window_is_not_shown_yet(town: Town) -> None:
    town.outlook.add("000104")
    town.read(record("2027-05-20"))
    rules_that_hold(town)

    town.clock.advance(timedelta(days=30))

    assert calendar(town) == [(Action.CREATE, Why.PENDING)]


def test_a_source_that_cannot_be_read_is_as_it_told_last(town: Town) -> None:
    a_town_of(town, 1)
    town.source.failure = Transient("source_down", "away")

    found = suppose(town.world, town.database)

    assert found.sources == (SourceState("file", read=False, reason="source_down"),)
    assert list(plan(found.world, town.store.records)) == []


def test_a_reading_that_takes_too_much_changes_nothing_until_it_is_confirmed(town: Town) -> None:
    records = a_town_of(town, 12)
    town.source.say(*shifted(records))

    found = suppose(town.world, town.database)

    assert found.sources == (SourceState("file", read=True, count=12, blocked=True),)
    assert list(plan(found.world, town.store.records)) == []
    assert {each.employee for each in lines(town, confirmed=["file"])} == {each.employee for each in records}


def test_who_has_no_mailbox_is_told_with_the_reason(town: Town) -> None:
    town.source.say(record("2026-11-16", employee="000999"))

    found = suppose(town.world, town.database)

    assert list(plan(found.world, town.store.records)) == [Unreachable("000999", "unknown_person")]


def test_a_plan_of_one_person_is_of_nobody_else(town: Town) -> None:
    for number in ("000104", "000105"):
        town.outlook.add(number)
    town.source.say(record("2026-11-16"), record("2026-11-16", source_id="2", employee="000105"))

    found = suppose(town.world, town.database)

    assert {each.employee for each in plan(found.world, town.store.records, ["000105"])} == {"000105"}
