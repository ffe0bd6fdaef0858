"""The register of projects follows the export of the plan; nothing is lost by a faulty file."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.mailroom.domain.plan import PLAN
from services.mailroom.policy_projects import in_force
from services.mailroom.projects import ProjectRegister
from services.mailroom.store.projects import Projects
from shared.errors import Transient
from shared.events import (
    ClassificationChosen,
    CollectionDue,
)
from shared.persistence.database import own_writes

from .builders import NOW, TICK, FakeMailroom, deliver
from .exports import row
from .towns import CHANGED, Town, held, released


@pytest.fixture
def town(room: FakeMailroom) -> Town:
    return Town(room)


def test_what_the_export_says_is_known_from_then_on(town: Town) -> None:
    town.drop(row("A40201", title="Werkplaats", valid_until="31/12/2026"), row("A40001", status="Afgerond"))

    assert town.tick() == [CHANGED]
    assert town.projects()["A40201"].valid_until == date(2026, 12, 31)
    assert town.projects()["A40001"].closed


def test_an_export_that_did_not_change_is_not_read_again(town: Town) -> None:
    town.drop(row("A40201"))
    town.tick()
    moment = town.path.stat()
    town.path.write_bytes(b"x" * moment.st_size)
    os.utime(town.path, ns=(moment.st_atime_ns, moment.st_mtime_ns))

    assert town.tick() == []


def test_an_export_that_is_being_written_is_waited_for(town: Town) -> None:
    town.drop(row("A40201"), age=timedelta(minutes=-1) + timedelta(seconds=5))
    assert town.tick() == []
    assert town.tick() == [CHANGED]


def test_an_export_that_cannot_be_reached_is_waited_for(town: Town) -> None:
    with pytest.raises(Transient, match=r"mend 'path' in \[mailroom.project_file\]"):
        town.tick()


def test_other_words_in_hub_toml_have_the_export_read_again(town: Town) -> None:
    town.drop(row("A40201", status="geparkeerd"))
    town.tick()
    town.options = replace(town.options, closed_words=["geparkeerd"])

    assert town.tick() == [CHANGED]
    assert town.projects()["A40201"].closed


def test_without_a_file_nothing_is_looked_at(room: FakeMailroom) -> None:
    assert CollectionDue(intake=PLAN) not in room.hear(TICK)
    assert room.hear(CollectionDue(intake=PLAN)) == []


def test_a_project_that_is_gone_from_the_export_is_closed_and_stays_known(town: Town) -> None:
    town.drop(row("A40201"), row("A40003"), row("A40004", title="Loket"))
    town.tick()
    town.drop(row("A40201"), row("A40003"))

    assert town.tick() == [CHANGED]
    assert (town.projects()["A40004"].title, town.projects()["A40004"].closed) == ("Loket", True)


def test_a_project_that_comes_back_is_open_again(town: Town) -> None:
    town.drop(row("A40201"), row("A40003"), row("A40004"))
    town.tick()
    town.drop(row("A40201"), row("A40003"))
    town.tick()
    town.drop(row("A40201"), row("A40003"), row("A40004"))

    assert town.tick() == [CHANGED]
    assert not town.projects()["A40004"].closed


def test_an_export_that_lost_most_projects_changes_nothing_until_somebody_looked(town: Town) -> None:
    town.drop(row("A40201"), row("A40003"), row("A40004"))
    town.tick()
    town.drop(row("A40201", title="Nieuwe titel"))

    assert town.tick() == [held("plan.csv", "mass_closing_blocked")]
    assert town.tick() == []
    assert [each.closed or each.title for each in town.projects().values()] == ["", "", ""]

    town.drop(row("A40201"), row("A40003"), row("A40004"))
    assert town.tick() == [released("plan.csv", "mass_closing_blocked")]


def test_a_faulty_row_keeps_what_was_known_and_is_told_once_until_it_is_mended(town: Town) -> None:
    town.drop(row("A40201", title="Werkplaats"))
    town.tick()
    town.drop(row("A40201", title="Anders", valid_from="ooit"), row("A40003"))

    assert town.tick() == [CHANGED, held("plan.csv:2 A40201", "impossible_date")]
    assert (town.projects()["A40201"].title, town.projects()["A40201"].closed) == ("Werkplaats", False)

    town.drop(row("A40002"), row("A40201", title="Anders", valid_from="ooit"), row("A40003"))
    assert town.tick() == [CHANGED]  # the row stands elsewhere, the fault is the one that was told

    town.drop(row("A40002"), row("A40201", title="Anders"), row("A40003"))
    assert town.tick() == [CHANGED, released("plan.csv:2 A40201", "impossible_date")]
    assert town.projects()["A40201"].title == "Anders"


def test_a_row_without_a_code_closes_no_project_that_it_may_be(town: Town) -> None:
    town.drop(row("A40201"), row("A40003"), row("A40004"))
    town.tick()
    town.drop(row("", title="Welke?"), row("A40003"), row("A40004"))

    assert town.tick() == [held("plan.csv:2", "code_missing")]
    assert not town.projects()["A40201"].closed


def test_very_many_faulty_rows_are_told_as_such(town: Town) -> None:
    town.drop(*(row(f"A{number:05}", valid_from="ooit") for number in range(300)))

    said = town.tick()

    assert held("plan.csv", "many_faulty_rows") in said
    assert len(said) == 101


def test_an_export_that_cannot_be_read_is_told_once_and_closes_nothing(town: Town) -> None:
    town.drop(row("A40201"))
    town.tick()
    town.path.write_text("geen koppen\n", encoding="utf-8")
    os.utime(town.path, (NOW.timestamp(), NOW.timestamp()))

    assert town.tick() == [held("plan.csv", "no_headings")]
    assert not town.projects()["A40201"].closed

    town.drop(row("A40201"))
    assert town.tick() == [released("plan.csv", "no_headings")]


def test_what_is_said_of_the_export_moves_no_set(town: Town) -> None:
    assert town.hear(held("plan.csv:2 A40201", "impossible_date")) == []


def test_an_attempt_that_died_before_its_outcome_was_kept_is_made_again(town: Town) -> None:
    town.drop(row("A40201"), row("A40003", valid_from="ooit"))
    with own_writes():  # what the outcome would have kept goes down with it
        first = town.tick()
    assert town.projects() == {}

    assert town.hear(CollectionDue(intake=PLAN)) == first
    assert list(town.projects()) == ["A40201"]
    assert town.hear(CollectionDue(intake=PLAN)) == []


def test_another_process_sees_what_changed(town: Town) -> None:
    other = ProjectRegister(Projects(town.room.database), lambda imported: in_force({}, imported))
    assert dict(other()) == {}

    town.drop(row("A40201"))
    town.tick()

    assert list(other()) == ["A40201"]


def test_what_waits_in_the_tray_for_a_project_of_the_export_is_filed(town: Town) -> None:
    deliver(town.room.folder)  # a letter for A40201
    town.room.projects = {}
    town.room.run()
    town.drop(row("A40201", folder="A40201 - Moderne digitale werkplaats"))
    town.tick()

    assert town.hear(CHANGED) == [ClassificationChosen(kenmerk="2026/IN/001234", by="hub")]
