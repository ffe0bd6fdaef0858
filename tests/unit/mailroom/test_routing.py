"""Which rule files a letter, and why: the same facts give the same decision, and every step can be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mailroom.domain.projects import Project, heir, nearest
from services.mailroom.domain.routing import (
    CHOSEN,
    EXCLUDED,
    NO_PROJECT,
    OWN_PROJECT,
    SECRET,
    Facts,
    Goal,
    Route,
    Step,
    Table,
)
from tests.unit.mailroom.builders import PROJECTS, sample_letter

FACTS = Facts.of(sample_letter())
DAY = FACTS.day


def project(code: str, **changes: Any) -> Project:
    return Project(code=code, folder=code, **changes)


# ─── facts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_facts_hold_what_rules_may_ask_and_no_name_or_subject() -> None:
    assert FACTS.dump() == {
        "direction": "inkomend",
        "confidentiality": "intern",
        "series": "ALG.AANKOOP",
        "day": "2026-11-18",
        "channel": "brief",
        "document_type": "offerte",
        "department": "ICT",
        "project": "A40201",
        "sender": "denkbeeld.example.org",
    }


def test_the_mail_domain_of_a_citizen_is_no_fact() -> None:
    citizen = sample_letter(sender_is_organisation=False, sender_mail="piet@proefburger.example.org")

    assert Facts.of(citizen).sender is None


# ─── rules ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("conditions", "misfit"),
    [
        ({}, None),
        ({"document_type": ["factuur", "OFF*"]}, None),
        ({"document_type": ["factuur"]}, ("document_type", "offerte")),
        ({"direction": ["inkomend"], "series": ["FIN.*"]}, ("series", "ALG.AANKOOP")),
        ({"sender": ["*.example.org"]}, None),
        ({"project": ["A402??"]}, None),
        ({"project": [""]}, ("project", "A40201")),
    ],
    ids=["none", "one of several", "no pattern fits", "all must fit", "sender", "wildcards", "without a code"],
)
def test_a_route_matches_when_every_condition_fits(conditions: dict[str, list[str]], misfit: object) -> None:
    assert Route(name="x", to="tray", conditions=conditions).misfit(FACTS) == misfit


def test_a_decision_tells_what_every_rule_said_up_to_the_first_that_matched() -> None:
    table = Table(
        routes=[
            Route(name="facturen", to="tray", conditions={"document_type": ["factuur"]}),
            Route(name="offertes", to="project", conditions={"document_type": ["offerte"]}),
            Route(name="later", to="tray"),
        ]
    )

    decision = table.decide(FACTS, PROJECTS)

    assert decision.steps == (
        Step(SECRET, matched=False, condition="confidentiality", value="intern"),
        Step(EXCLUDED, matched=False, condition="series", value="ALG.AANKOOP"),
        Step("facturen", matched=False, condition="document_type", value="offerte"),
        Step("offertes", matched=True),
    )
    assert (decision.goal, decision.rule, decision.project) == (Goal.PROJECT, "offertes", PROJECTS["A40201"])


@pytest.mark.parametrize("to", ["tray", "register", "protected"])
def test_a_route_may_lead_to_a_place_that_is_no_project(to: str) -> None:
    decision = Table(routes=[Route(name="x", to=to)]).decide(FACTS, PROJECTS)

    assert (decision.goal, decision.reason) == (Goal(to), "by_rule")


def test_a_route_to_the_letters_own_project_needs_a_code() -> None:
    decision = Table(routes=[Route(name="x", to="project")]).decide(replace(FACTS, project=None), PROJECTS)

    assert (decision.goal, decision.reason) == (Goal.TRAY, "no_project")


def test_only_a_project_that_is_open_is_suggested() -> None:
    projects = {"A40201": project("A40201"), "A40202": project("A40202", closed=True)}
    decision = Table().decide(replace(FACTS, project="A40209"), projects)

    assert (decision.reason, decision.suggestions) == ("unknown_project", ("A40201",))


def test_a_route_to_an_unknown_project_leads_to_the_tray() -> None:
    decision = Table(routes=[Route(name="x", to="A4020")]).decide(FACTS, PROJECTS)

    assert (decision.goal, decision.reason) == (Goal.TRAY, "unknown_project")
    assert "A40201" in decision.suggestions


def test_without_a_route_the_letters_own_code_decides() -> None:
    assert Table().decide(FACTS, PROJECTS).rule == OWN_PROJECT
    assert Table().decide(replace(FACTS, project=None), PROJECTS).rule == NO_PROJECT


SECRETS = st.sampled_from(["vertrouwelijk", "geheim"])
ROUTES = st.lists(
    st.builds(
        Route,
        name=st.sampled_from(["a", "b", "c"]),
        to=st.sampled_from(["project", "tray", "register", "A40201", "A40003"]),
        conditions=st.dictionaries(st.sampled_from(["direction", "confidentiality"]), st.just(["*"])),
    ),
    unique_by=lambda route: route.name,
)


@given(SECRETS, ROUTES, st.sampled_from([None, "A40003"]))
def test_whatever_the_rules_and_people_say_a_secret_letter_never_goes_to_a_folder_that_people_read(
    secrecy: str, routes: list[Route], chosen: str | None
) -> None:
    decision = Table(routes=routes).decide(replace(FACTS, confidentiality=secrecy), PROJECTS, chosen)

    assert (decision.goal, decision.project) == (Goal.PROTECTED, None)


@given(ROUTES, st.sampled_from([None, "A40003"]))
def test_nor_does_an_excluded_series(routes: list[Route], chosen: str | None) -> None:
    decision = Table(routes=routes, excluded=["alg.*"]).decide(FACTS, PROJECTS, chosen)

    assert (decision.goal, decision.reason) == (Goal.PROTECTED, "excluded_series")


def test_what_a_person_chose_counts_before_every_route() -> None:
    decision = Table(routes=[Route(name="x", to="tray")]).decide(FACTS, PROJECTS, "A40003")

    assert (decision.rule, decision.project) == (CHOSEN, PROJECTS["A40003"])


def test_a_project_that_everybody_reads_takes_public_letters_only() -> None:
    projects = {"A40201": project("A40201", openness="openbaar")}

    assert Table().decide(FACTS, projects).reason == "project_too_open"
    assert Table().decide(replace(FACTS, confidentiality="openbaar"), projects).goal is Goal.PROJECT


# ─── projects ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "is_open"),
    [
        ({}, True),
        ({"valid_from": DAY, "valid_until": DAY}, True),
        ({"valid_from": date(2026, 11, 19)}, False),
        ({"valid_until": date(2026, 11, 17)}, False),
        ({"closed": True}, False),
    ],
    ids=["always", "to the day", "not yet", "no more", "closed"],
)
def test_a_project_is_open_on_the_days_that_its_register_says(changes: dict[str, Any], is_open: bool) -> None:
    assert project("A1", **changes).is_open(DAY) is is_open


@pytest.mark.parametrize(
    ("projects", "expected"),
    [
        ([project("A1")], "A1"),
        ([project("A1", closed=True, successors=("A2",)), project("A2")], "A2"),
        ([project("A1", closed=True, successors=("A2",)), project("A2", closed=True, successors=("A3",)), project("A3")], "A3"),
        ([project("A1", closed=True, successors=("A2", "A3")), project("A2"), project("A3")], "A1"),
        ([project("A1", closed=True, successors=("A2",)), project("A2", closed=True)], "A1"),
        ([project("A1", closed=True, successors=("A2",)), project("A2", closed=True, successors=("A1",))], "A1"),
        ([project("A1", closed=True, successors=("A9",))], "A1"),
        ([project("A2")], None),
    ],
    ids=["open", "successor", "successor of it", "several", "successor closed too", "a circle", "unknown successor", "unknown"],
)  # fmt: skip
def test_who_follows_up_a_closed_project_takes_its_letters(projects: list[Project], expected: str | None) -> None:
    found = heir("A1", {each.code: each for each in projects}, DAY)

    assert (found.code if found else None) == expected


def test_the_nearest_codes_are_proposed_and_nothing_that_is_far_off() -> None:
    assert nearest("a40210", ["A40201", "B99999"]) == ("A40201",)
    assert nearest("bouw", ["A40201"]) == ()
