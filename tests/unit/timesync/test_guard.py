"""A reading that would take most people's absences away waits for a person; one that only looks different does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from services.timesync.domain.guard import loss
from services.timesync.domain.records import AbsenceRecord, State
from services.timesync.domain.roster import Person, Roster
from services.timesync.systems.base import Held
from shared.events import AbsencesHinted, ReadingConfirmed

from .builders import day, record
from .conftest import Town

TODAY = day("2026-11-12")
Change = Callable[[Sequence[AbsenceRecord]], Sequence[AbsenceRecord]]


def crowd(size: int, first: str = "2026-11-16", last: str = "2026-11-20") -> list[AbsenceRecord]:
    """Return one absence for each of so many employees."""
    return [record(first, last, source_id=f"{n}", employee=f"{n:06}") for n in range(size)]


def renewed(records: Sequence[AbsenceRecord]) -> list[AbsenceRecord]:
    """Return the same absences under other ids, as a source tells them that counts its registrations anew."""
    return [replace(each, source_id=f"new-{each.source_id}") for each in records]


def shifted(records: Sequence[AbsenceRecord]) -> list[AbsenceRecord]:
    """Return the same ids with other days, as day and month swapped make them."""
    return [replace(each, first=day("2027-01-11"), last=day("2027-01-15")) for each in records]


def test_ids_that_are_renewed_take_nothing_away() -> None:
    before = crowd(20)

    assert loss(before, renewed(before), TODAY).losing == 0


@pytest.mark.parametrize(
    ("change", "mass"),
    [
        pytest.param(shifted, True, id="other days"),
        pytest.param(
            lambda some: [replace(each, employee=f"x{each.employee}") for each in some], True, id="other people"
        ),
        pytest.param(lambda some: [replace(each, state=State.CANCELLED) for each in some], True, id="all cancelled"),
        pytest.param(lambda some: [replace(each, profile="negeren") for each in some], True, id="a code mapped away"),
        pytest.param(lambda some: [replace(each, profile="telewerk") for each in some], False, id="another profile"),
        pytest.param(
            lambda some: [replace(each, last=day("2026-11-18")) for each in some], False, id="cut by two days"
        ),
        pytest.param(lambda some: [*shifted(some[:10]), *some[10:]], False, id="half of the people"),
        pytest.param(lambda some: [*shifted(some[:11]), *some[11:]], True, id="one more than half"),
    ],
)
def test_most_people_must_lose_most_of_their_coming_days(change: Change, mass: bool) -> None:
    before = crowd(20)

    assert loss(before, change(before), TODAY).is_mass is mass


def test_a_small_group_may_change_altogether() -> None:
    assert not loss(crowd(9), [], TODAY).is_mass
    assert loss(crowd(10), [], TODAY).is_mass


def test_days_that_have_passed_are_nobodys_loss() -> None:
    past = crowd(20, "2026-11-02", "2026-11-11")

    assert loss(past, [], TODAY).people == 0


# --- read by the hub


def blocked(town: Town) -> list[str]:
    return [row.reason for row in town.store.held.all() if row.place == "file"]


def employees_shown(town: Town) -> int:
    return sum(bool(events) for events in town.outlook.events.values())


def a_town_of(town: Town, size: int) -> list[AbsenceRecord]:
    records = crowd(size)
    for each in records:
        town.outlook.add(each.employee)
    town.read(*records)
    return records


def test_a_reading_that_moves_everybodys_days_is_held_and_nothing_of_it_is_believed(town: Town) -> None:
    records = a_town_of(town, 12)
    town.outlook.calls.clear()

    town.read(*shifted(records))

    assert blocked(town) == ["mass_change_blocked"]
    assert town.outlook.calls == []
    source = town.store.records.source("file")
    assert (source.counted, source.blocked, source.losing) == (12, 12, 12)


def test_what_is_held_so_is_read_again_until_the_source_is_mended(town: Town) -> None:
    records = a_town_of(town, 12)
    town.read(*shifted(records))

    town.read(*records)

    assert blocked(town) == []
    assert town.store.records.source("file").blocked is None
    assert town.source.cursors[-1] == "1"  # from where the last believed reading stopped


def test_ids_that_are_renewed_are_believed_and_cost_no_call(town: Town) -> None:
    records = a_town_of(town, 12)
    town.outlook.calls.clear()

    town.read(*renewed(records))

    assert blocked(town) == []
    assert town.outlook.calls == []
    assert {each.source_id for each in town.store.records.all() if each.state is State.APPROVED} == {
        f"new-{n}" for n in range(12)
    }


def test_a_reading_that_a_person_confirms_is_believed(town: Town) -> None:
    records = a_town_of(town, 12)
    town.read(*shifted(records))

    town.settle(ReadingConfirmed(source="file", by="hub (ict)"))

    assert blocked(town) == []
    assert town.outlook.shown("user-1")[0][0] == "2027-01-11T00:00"
    assert town.store.records.source("file").blocked is None


def test_a_confirmed_reading_is_believed_though_the_source_says_it_is_as_it_was(town: Town) -> None:
    """A file that was blocked was read, and is the same file when somebody confirms it."""
    records = a_town_of(town, 12)
    town.source.fixed_cursor = "the same file"
    town.read(*records[:2])
    assert blocked(town) == ["mass_deletion_blocked"]

    town.settle(ReadingConfirmed(source="file", by="hub (ict)"))

    assert blocked(town) == []
    assert employees_shown(town) == 2


def test_too_few_records_still_show_what_is_new(town: Town) -> None:
    town.outlook.add("000900")
    a_town_of(town, 12)

    town.read(record("2026-11-16", source_id="900", employee="000900"), held=(Held("file:9", "unknown_code"),))

    assert blocked(town) == ["mass_deletion_blocked"]
    assert employees_shown(town) == 13


def test_a_reading_blocked_for_another_reason_is_told_for_that_reason_only(town: Town) -> None:
    records = a_town_of(town, 24)
    town.read(*shifted(records))

    town.read(*records[:2])
    for each in town.store.held.untold("file"):
        town.store.held.told(each.source, each.place, each.reason, released=each.released)

    assert blocked(town) == ["mass_deletion_blocked"]


def test_an_address_that_becomes_a_number_is_no_loss(town: Town) -> None:
    """HR completes the people file: who was known by his address is known by his number from then on."""
    for n in range(12):
        town.outlook.add(f"{n:06}", upn=f"person{n}@example.org", numbered=False)
    town.read(*(replace(each, employee=f"person{each.source_id}@example.org") for each in crowd(12)))
    people = {f"{n:06}": Person(f"{n:06}", f"Person {n}", f"person{n}@example.org") for n in range(12)}

    town.rulebook.change(roster=Roster(people))
    town.settle(AbsencesHinted(source="file"))

    assert blocked(town) == []
    assert {each.employee for each in town.store.records.all()} == people.keys()
