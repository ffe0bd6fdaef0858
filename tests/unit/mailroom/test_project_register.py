"""What systems tell of projects holds above the export, and the word of hub.toml above both."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mailroom.domain.plan import PLAN, Registered, difference
from services.mailroom.domain.projects import Project
from services.mailroom.policy import MailroomPolicy
from services.mailroom.policy_projects import ProjectPolicy
from shared.config import Policy
from shared.events import (
    ProjectsChanged,
)
from shared.faults import Unusable

from .builders import FakeMailroom
from .exports import row
from .towns import Town, reported


@pytest.fixture
def town(room: FakeMailroom) -> Town:
    return Town(room)


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
