"""The register of projects follows the export of the plan and what systems tell; hub.toml's own word stands above both."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mailroom.domain.plan import PLAN, Registered, difference
from services.mailroom.domain.projects import Project
from services.mailroom.handlers.world import Mailroom, router
from services.mailroom.policy import MailroomPolicy
from services.mailroom.policy_projects import ProjectPolicy, in_force
from services.mailroom.project_file import ProjectFile, ProjectFileOptions
from services.mailroom.projects import ProjectRegister
from services.mailroom.store.projects import Projects
from shared.config import Policy
from shared.errors import Transient
from shared.events import (
    ClassificationChosen,
    CollectionDue,
    Event,
    MailHeld,
    MailReleased,
    ProjectReported,
    ProjectsChanged,
)
from shared.faults import Unusable
from shared.persistence.database import own_writes

from .builders import NOW, TICK, FakeMailroom, deliver
from .exports import csv_of, row

CHANGED = ProjectsChanged(register=PLAN)


@dataclass
class Town:
    """A mailroom whose projects come from an export, and what hub.toml says of some."""

    room: FakeMailroom
    own: dict[str, ProjectPolicy]
    options: ProjectFileOptions

    @property
    def path(self) -> Path:
        return self.room.folder.parent / "plan.csv"

    def world(self) -> Mailroom:
        register = ProjectRegister(self.room.store.projects, lambda imported: in_force(self.own, imported))
        return replace(self.room.world(), projects=register, project_file=ProjectFile(self.options, self.path.parent))

    def drop(self, *rows: list[Any], age: timedelta = timedelta(seconds=20)) -> None:
        """Let the plan follow-up write its export, *age* ago."""
        self.path.write_bytes(csv_of(*rows))
        moment = (self.room.clock.now() - age).timestamp()
        os.utime(self.path, (moment, moment))

    def hear(self, event: Event) -> list[Event]:
        return list(router.handle(event, self.world()))

    def tick(self) -> list[Event]:
        """Let a minute pass and the export be looked at; return what was said."""
        self.room.clock.advance(timedelta(minutes=1))
        assert CollectionDue(intake=PLAN) in self.hear(TICK)
        return self.hear(CollectionDue(intake=PLAN))

    def projects(self) -> dict[str, Project]:
        return dict(self.world().projects())


@pytest.fixture
def town(room: FakeMailroom) -> Town:
    return Town(room, {}, ProjectFileOptions(path="plan.csv"))


def held(reference: str, reason: str) -> MailHeld:
    return MailHeld(intake=PLAN, reference=reference, reason=reason)


def released(reference: str, reason: str) -> MailReleased:
    return MailReleased(intake=PLAN, reference=reference, reason=reason)


def reported(code: str, status: str, title: str | None = None) -> ProjectReported:
    return ProjectReported(source="pepperflow", rule="status", code=code, status=status, title=title)


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


# --- what systems tell


def test_a_system_tells_that_a_project_is_over(town: Town) -> None:
    town.drop(row("A40201", title="Werkplaats", folder="Plan/A40201"))
    town.tick()

    assert town.hear(reported("A40201", "Afgerond")) == [ProjectsChanged(register="pepperflow")]
    found = town.projects()["A40201"]
    assert (found.title, found.folder, found.closed) == ("Werkplaats", "Plan/A40201", True)


def test_a_repeated_report_changes_nothing(town: Town) -> None:
    town.hear(reported("A40201", "Afgerond", "Werkplaats"))
    assert town.hear(reported("A40201", "Afgerond", "Werkplaats")) == []


def test_a_system_tells_of_a_new_project(town: Town) -> None:
    town.hear(reported("A50001", "lopend", "Nieuw plan"))

    assert town.projects()["A50001"] == Project(code="A50001", title="Nieuw plan")


def test_what_a_system_told_holds_until_the_export_says_something_else(town: Town) -> None:
    town.drop(row("A40201", title="Werkplaats"), row("A40003"))
    town.tick()
    town.hear(reported("A40201", "afgerond", "Digitale werkplaats"))

    town.drop(row("A40201", title="Werkplaats"), row("A40003", title="Loket"))
    town.tick()
    assert (town.projects()["A40201"].title, town.projects()["A40201"].closed) == ("Digitale werkplaats", True)

    town.drop(row("A40201", title="Werkplek"), row("A40003", title="Loket"))
    town.tick()
    assert town.projects()["A40201"].title == "Werkplek"


def test_a_project_that_only_a_system_told_of_is_not_gone_from_the_export(town: Town) -> None:
    town.drop(row("A40201"), row("A40003"))
    town.tick()
    town.hear(reported("A50001", "lopend"))
    town.drop(row("A40201"), row("A40003", title="Loket"))
    town.tick()

    assert town.projects()["A40003"].title == "Loket"
    assert not town.projects()["A50001"].closed


# --- hub.toml


def test_hub_toml_stands_above_what_was_imported(town: Town) -> None:
    town.drop(row("A40201", title="Werkplaats", folder="Plan/A40201", status="afgerond"))
    town.tick()
    town.own = {"A40201": ProjectPolicy(closed=False, team="team-1", channel="19:a@thread.tacv2")}

    found = town.projects()["A40201"]

    assert (found.title, found.closed) == ("Werkplaats", False)
    assert (found.folder, found.team) == (None, "team-1")  # a place is said as a whole


def test_hub_toml_may_have_projects_of_its_own(town: Town) -> None:
    town.own = {"INTERN-1": ProjectPolicy(folder="Intern", successors=["A40201"], confidentiality="openbaar")}

    assert town.projects() == {
        "INTERN-1": Project(code="INTERN-1", folder="Intern", successors=("A40201",), openness="openbaar")
    }


@pytest.mark.parametrize(
    ("table", "place"),
    [
        ('[mailroom.intakes.projecten]\nkind = "hotfolder"\npath = "scans"', "mailroom.intakes.projecten"),
        ('[mailroom.mailboxes.projecten]\naddress = "post@example.org"', "mailroom.mailboxes.projecten"),
        ('[mailroom.projects.A40201]\nteam = "team-1"', "mailroom.projects.A40201"),
        ("[mailroom.project_file]\nmax_loss = 50", "mailroom.project_file.max_loss"),
        ('[mailroom.project_file.columns]\nkode = "Code"', "mailroom.project_file.columns.kode"),
    ],
)
def test_what_hub_toml_cannot_mean_is_refused_with_its_place(table: str, place: str) -> None:
    text = f'[mailroom]\nsite = "example.sharepoint.com:/sites/a"\nlibrary = "Documenten"\n{table}\n'
    with pytest.raises(Unusable) as refusal:
        Policy.of(Path("hub.toml"), text.encode()).section("mailroom", MailroomPolicy)
    assert [fault.place.startswith(place) for fault in refusal.value.faults] == [True]


# --- the rule itself

codes = st.sampled_from([f"A{number}" for number in range(8)])
plans = st.dictionaries(codes, st.booleans())


@given(plans, plans, st.sets(codes), st.booleans(), st.floats(0, 1))
def test_an_export_applied_twice_changes_nothing_the_second_time(
    before: dict[str, bool], now: dict[str, bool], refused: set[str], is_whole: bool, max_loss: float
) -> None:
    known = {code: Registered(PLAN, Project(code=code, closed=closed)) for code, closed in before.items()}
    found = {code: Project(code=code, closed=closed) for code, closed in now.items()}
    refused -= found.keys()
    first = difference(known, found, refused, is_whole=is_whole, max_loss=max_loss)
    after = known | {change.after.told.code: change.after for change in first.changes}

    assert difference(after, found, refused, is_whole=is_whole, max_loss=max_loss).changes == ()
    assert known.keys() <= after.keys()
    assert all(after[code] == known[code] for code in refused & known.keys())
    assert is_whole or first.gone == ()
