"""What counts as a problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.console.domain.post import MOST_CODES, Backlog, MailroomView, Term
from services.console.domain.problems import OLD_WORK, Urgency, problems
from services.console.domain.sighting import Queue, Readiness, ServiceState, Sighting, Stopped, queue_of
from services.console.domain.waiting import Failing, Held, Outside, Refusals, RulesRefused, Silence
from shared.events.absences import RuleFault
from shared.messaging import topology
from tests.unit.console.builders import NOW, SERVICES, books, healthy, queue, replaced, state


def kinds(sighting: Sighting, parked: dict[str, int] | None = None, held: int = 0) -> list[tuple[str, str]]:
    return [(problem.kind, problem.subject) for problem in problems(sighting, parked or {}, held)]


def test_absences_that_somebody_stopped_are_an_urgent_problem_that_names_who_and_when() -> None:
    sighting = Sighting(healthy().services, healthy().queues, Stopped(by="beheer", at=NOW))

    (found,) = problems(sighting, {}, 0)

    assert (found.kind, found.urgency, dict(found.facts)) == (
        "absences_stopped",
        Urgency.URGENT,
        {"by": "beheer", "since": NOW},
    )


def test_a_healthy_hub_has_no_problems() -> None:
    assert kinds(healthy()) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (ServiceState("timesync", None), ("service_unreachable", "timesync")),
        (state("timesync", failing=["consumer"]), ("consumer_missing", "timesync")),
        (state("timesync", failing=["publisher"]), ("publisher_down", "timesync")),
        (state("timesync", failing=["database"]), ("database_down", "timesync")),
        (state("timesync", failing=["subscriptions"]), ("check_failed", "timesync")),
        (state("timesync", ready=False), ("service_not_ready", "timesync")),
        (state("timesync", accepted=5, done=4), ("books_unbalanced", "timesync")),
        (state("timesync", accepted=4, done=5), ("books_unbalanced", "timesync")),
        (queue("hub.timesync", consumers=0), ("consumer_missing", "timesync")),
        (queue("hub.unrouted", ready=1, consumers=0), ("unrouted", "hub.unrouted")),
        (queue("hub.dead", ready=2, consumers=0), ("dead", "hub.dead")),
        (queue("hub.proef", ready=3, consumers=0), ("queue_orphan", "hub.proef")),
        (state("timesync", accepted=1, pending=1, oldest_pending_seconds=601.0), ("work_old", "timesync")),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else value.name,
)
def test_what_is_wrong_is_one_problem(change: ServiceState | Queue, expected: tuple[str, str]) -> None:
    assert kinds(replaced(healthy(), change)) == [expected]


def test_each_term_of_the_books_counts() -> None:
    accounts = books(accepted=31, done=1, superseded=2, parked=4, discarded=8, pending=16)

    assert accounts.difference == 0


def test_work_that_waits_as_long_as_is_usual_is_no_problem() -> None:
    usual = state("timesync", accepted=1, pending=1, oldest_pending_seconds=OLD_WORK / timedelta(seconds=1))

    assert kinds(replaced(healthy(), usual)) == []


def test_a_missing_consumer_is_told_once_though_service_and_queue_both_say_it() -> None:
    sighting = replaced(healthy(), state("timesync", failing=["consumer"]), queue("hub.timesync", consumers=0))

    assert kinds(sighting) == [("consumer_missing", "timesync")]


def test_a_service_that_is_gone_is_one_problem_though_nobody_reads_its_queue() -> None:
    sighting = replaced(healthy(), ServiceState("timesync", None), queue("hub.timesync", ready=9, consumers=0))

    assert kinds(sighting) == [("service_unreachable", "timesync")]


def test_more_consumers_than_needed_are_no_problem() -> None:
    assert kinds(replaced(healthy(), queue("hub.timesync", consumers=3))) == []


def test_a_queue_that_does_not_exist_is_a_problem() -> None:
    sighting = Sighting(healthy().services, [q for q in healthy().queues or () if q.name != "hub.mailroom"])

    assert kinds(sighting) == [("queue_missing", "hub.mailroom")]


def test_an_unseen_broker_is_one_problem_and_hides_no_other() -> None:
    services = replaced(healthy(), ServiceState("timesync", None)).services

    assert kinds(Sighting(services, None)) == [("service_unreachable", "timesync"), ("broker_unseen", "")]


def test_a_service_without_its_database_has_no_books_and_says_why() -> None:
    bare = Readiness.load({"ready": False, "checks": {"database": False}})

    assert kinds(replaced(healthy(), ServiceState("timesync", bare))) == [("database_down", "timesync")]


def test_parked_messages_are_counted_by_the_service_itself() -> None:
    sighting = replaced(healthy(), state("mailroom", accepted=3, parked=3))
    found = problems(sighting, {"mailroom": 3}, held=0)

    assert [(p.kind, p.subject, p.facts["count"], p.urgency) for p in found] == [
        ("parked", "mailroom", 3, Urgency.ATTENTION)
    ]


def test_parked_messages_of_an_unreachable_service_are_counted_from_the_console_s_list() -> None:
    sighting = replaced(healthy(), ServiceState("mailroom", None))

    assert ("parked", "mailroom") in kinds(sighting, {"mailroom": 2})


def test_a_list_that_differs_from_the_books_is_told() -> None:
    sighting = replaced(healthy(), state("mailroom", accepted=3, parked=3))

    assert kinds(sighting, {"mailroom": 2}) == [("parked", "mailroom"), ("console_behind", "mailroom")]


@pytest.mark.parametrize(
    "busy",
    [state("console", accepted=1, pending=1), state("mailroom", accepted=3, parked=3, unsent=1)],
    ids=["the console has work", "the service has something to say"],
)
def test_a_list_that_differs_while_messages_travel_is_no_problem(busy: ServiceState) -> None:
    sighting = replaced(replaced(healthy(), state("mailroom", accepted=3, parked=3)), busy)

    assert kinds(sighting, {"mailroom": 2}) == [("parked", "mailroom")]


def test_held_records_are_one_problem() -> None:
    assert kinds(healthy(), held=7) == [("held", "")]


def test_a_silent_source_is_a_problem() -> None:
    outside = Outside(silences=[Silence("protime", NOW)])

    (found,) = problems(healthy(), {}, 0, outside)

    assert (found.kind, found.subject, found.facts["since"]) == ("source_silent", "protime", NOW)


@pytest.mark.parametrize(
    ("kind", "problem"),
    [("graph", "subscription_failing"), ("hook", "hook_failing"), ("absences", "absence_source_failing")],
)
def test_what_is_not_kept_alive_is_a_problem(kind: str, problem: str) -> None:
    outside = Outside(failings=[Failing(kind, "people", "graph_403", NOW)])

    (found,) = problems(healthy(), {}, 0, outside)

    assert (found.kind, found.subject, dict(found.facts)) == (problem, "people", {"reason": "graph_403", "since": NOW})


def refused(*lines: int) -> RulesRefused:
    return RulesRefused(
        "hub.toml", [RuleFault(file="hub.toml", line=line, expected="A number.") for line in lines], NOW
    )


@pytest.mark.parametrize(
    ("lines", "faults"),
    [
        ([41], "hub.toml:41 A number."),
        ([41, 43], "hub.toml:41 A number.; hub.toml:43 A number."),
        ([0], "hub.toml A number."),
        (range(1, 9), "; ".join(f"hub.toml:{line} A number." for line in range(1, 6)) + "; …"),
    ],
    ids=["one", "two", "the file as a whole", "too many"],
)
def test_refused_settings_are_a_problem_that_names_the_lines(lines: Sequence[int], faults: str) -> None:
    (found,) = problems(healthy(), {}, 0, rules=[refused(*lines)])

    assert (found.kind, found.subject, found.urgency) == ("rules_refused", "hub.toml", Urgency.ATTENTION)
    assert (found.facts["faults"], found.facts["since"]) == (faults, NOW)


@pytest.mark.parametrize(
    ("kind", "reason", "doubted"),
    [
        ("absence", "mass_deletion_blocked", True),
        ("absence", "mass_change_blocked", True),
        ("absence", "unknown_code", False),
        ("mail", "mass_deletion_blocked", False),
    ],
)
def test_only_a_whole_reading_of_absences_can_be_believed_after_all(kind: str, reason: str, doubted: bool) -> None:
    assert Held(kind, "export", "export", reason, NOW, NOW).is_doubted_reading is doubted


def test_refusals_are_one_problem_per_source_and_reason() -> None:
    refused = [
        Refusals("notulen", "malformed_delivery", 1, ()),
        Refusals("notulen", "rule_not_applicable", 4, ("besluit.id", "besluit.titel")),
    ]

    found = problems(healthy(), {}, 0, Outside(refusals=refused))

    assert [(each.kind, each.facts["reason"], each.facts["count"], each.facts["places"]) for each in found] == [
        ("deliveries_refused", "malformed_delivery", 1, "–"),
        ("deliveries_refused", "rule_not_applicable", 4, "besluit.id, besluit.titel"),
    ]


def test_many_faulty_fields_are_cut_to_what_a_person_reads() -> None:
    refused = Refusals("notulen", "rule_not_applicable", 1, tuple(f"veld{place:02}" for place in range(30)))

    (found,) = problems(healthy(), {}, 0, Outside(refusals=[refused]))

    assert str(found.facts["places"]).endswith("veld07, …")


def test_the_most_urgent_problem_comes_first() -> None:
    sighting = replaced(healthy(), state("timesync", accepted=1, parked=1), ServiceState("notifier", None))
    urgencies = [problem.urgency for problem in problems(sighting, {"timesync": 1}, held=1)]

    assert urgencies == [Urgency.URGENT, Urgency.ATTENTION, Urgency.ATTENTION]


def test_the_queues_are_those_of_the_bus() -> None:
    assert [queue_of(name) for name in SERVICES] == [topology.queue_of(name) for name in SERVICES]
    assert {"hub.unrouted", "hub.dead"} == {topology.UNROUTED, topology.DEAD} <= set(healthy().expected_consumers)


def test_post_that_waits_is_a_problem_of_its_own_kind() -> None:
    found = problems(healthy(), {}, 0, backlog=Backlog(letters=3, old_mails=2))

    assert [(problem.kind, problem.facts["count"], problem.urgency) for problem in found] == [
        ("letters_in_tray", 3, Urgency.ATTENTION),
        ("mails_waiting", 2, Urgency.ATTENTION),
    ]


VIEW = MailroomView({"A40201": "Digitaal", "B-1": ""})
TERMS = [Term(kenmerk, date(2026, 12, 8), "A40201", None, is_away=False) for kenmerk in ("K/1", "K/2")]


@pytest.mark.parametrize(
    ("typed", "code"),
    [("A40201", "A40201"), ("a40201", "A40201"), ("b-1", "B-1"), ("A40299", None), ("", None)],
)
def test_a_code_is_taken_as_the_list_of_projects_writes_it(typed: str, code: str | None) -> None:
    assert VIEW.code(typed) == code


@pytest.mark.parametrize(("typed", "code"), [("a40299", "a40299"), ("", None)])
def test_without_the_list_of_projects_any_code_is_taken(typed: str, code: str | None) -> None:
    assert MailroomView().code(typed) == code


def test_a_page_offers_no_more_codes_than_a_browser_bears() -> None:
    codes = {f"A{number:05}": "" for number in range(MOST_CODES + 1)}

    assert list(MailroomView(codes).offered()) == sorted(codes)[:MOST_CODES]
    assert MailroomView(codes).code(f"A{MOST_CODES:05}") is not None


def test_an_answer_that_was_given_is_due_no_more_and_who_is_away_is_that_of_now() -> None:
    assert MailroomView(due={"K/2": True}).still_due(TERMS) == [replace(TERMS[1], is_away=True)]


def test_as_long_as_mailroom_does_not_say_every_answer_is_due() -> None:
    assert MailroomView().still_due(TERMS) == TERMS


@pytest.mark.parametrize(("today", "left"), [(date(2026, 12, 6), 2), (date(2026, 12, 8), 0), (date(2026, 12, 9), -1)])
def test_the_days_of_a_term_are_counted_from_today(today: date, left: int) -> None:
    assert TERMS[0].days_left(today) == left
