"""Status lines: under whose name, until when, and whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.timesync.domain.rules import ReplyRules, Rules
from services.timesync.domain.status import line_for
from services.timesync.domain.texts import fault_in
from services.timesync.domain.timeline import Segment
from services.timesync.effects.status import StatusEffect
from services.timesync.effects.teams import Declined
from shared.errors import Permanent, Transient
from shared.graph.errors import NotFound, Refused, Throttled
from shared.graph.presence import StatusMessage

from .builders import at, person, roster, segment
from .conftest import OFFICE
from .outlook import Killed
from .presence_fake import Stage

RULES = Rules(roster(), OFFICE, status=True)
NOW = at("2026-11-12T07:05")
LEAVE = segment("2026-11-12", "2026-11-14")  # Thursday and Friday
LONGER = segment("2026-11-12", "2026-11-18")
TEXT = "Afwezig tot en met vrijdag 13 november 2026, terug op maandag 16 november 2026"
TELEWORK = segment("2026-11-12", "2026-11-13", profile="telewerk")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage.of(lambda teams, store, rules: StatusEffect(teams, store.statuses, rules), tmp_path) as made:
        yield made


def hours(start: str, end: str) -> Segment:
    return segment(f"2026-11-12T{start}", f"2026-11-12T{end}", whole=False)


# what it says


@pytest.mark.parametrize(
    ("absent", "text"),
    [
        pytest.param(
            segment("2026-11-12", "2026-11-13"), "Vandaag afwezig, terug op vrijdag 13 november 2026", id="day"
        ),
        pytest.param(
            segment("2026-11-12", "2026-11-17"),
            "Afwezig tot en met maandag 16 november 2026, terug op dinsdag 17 november 2026",
            id="days",
        ),
        pytest.param(hours("08:30", "12:00"), "Afwezig, later vandaag terug", id="morning"),
        pytest.param(hours("12:30", "16:36"), "Vandaag afwezig, terug op vrijdag 13 november 2026", id="afternoon"),
        pytest.param(
            replace(LEAVE, open_ended=True),
            "Momenteel niet bereikbaar, neem contact op met Gemeente Voorbeeldegem",
            id="R18 open end",
        ),
        pytest.param(
            segment("2026-11-12", "2026-12-16"),
            "Momenteel niet bereikbaar, neem contact op met Gemeente Voorbeeldegem",
            id="R11 long",
        ),
        pytest.param(TELEWORK, "Telewerk, bereikbaar via Teams", id="telework"),
    ],
)
def test_the_line_says_until_when_and_never_why(absent: Segment, text: str) -> None:
    line = line_for([absent], person(), RULES, NOW)

    assert line is not None
    assert (line.text, line.span) == (text, absent.span)


@pytest.mark.parametrize(
    "profile", ["opleiding", "dienstverplaatsing", "bezet", "anderelocatie", "afwezig_zonder_antwoord"]
)
def test_other_profiles_have_no_line(profile: str) -> None:
    assert line_for([segment("2026-11-12", "2026-11-13", profile=profile)], person(), RULES, NOW) is None


def test_the_line_is_written_in_the_first_language_of_the_person() -> None:
    someone = replace(person(), languages=("en", "fr"))

    line = line_for([TELEWORK], someone, RULES, NOW)

    assert line is not None
    assert line.text == "En télétravail, joignable via Teams"  # French goes before English in all that the hub writes


def test_an_own_text_of_the_organisation_stands_in_one_line() -> None:
    own = replace(RULES, replies=ReplyRules(texts={"nl": {"status_telework": "Werkt thuis\n{vervanger}\nBel gerust"}}))

    line = line_for([TELEWORK], person(), own, NOW)

    assert line is not None
    assert line.text == "Werkt thuis Bel gerust"


@pytest.mark.parametrize("key", ["status_telework", "status_part", "status_undated"])
def test_an_own_text_for_what_knows_no_dates_may_name_none(key: str) -> None:
    assert fault_in(key, "Terug op {terug_op}") is not None


# when it is written


def test_a_line_stands_from_the_beginning_of_the_absence_to_its_end(stage: Stage) -> None:
    outcome = stage.show(LEAVE)

    assert stage.teams.messages["user-1"] == StatusMessage(TEXT, LEAVE.span.end)
    assert (outcome.calls, outcome.next_at) == (1, LEAVE.span.end)


def test_an_absence_to_come_waits_for_its_beginning_without_a_call(stage: Stage) -> None:
    coming = hours("12:30", "16:36")

    outcome = stage.show(coming)

    assert (outcome.calls, outcome.next_at) == (0, coming.span.start)
    assert (stage.teams.asked, stage.steps(coming)) == ([], [])
    stage.move_to("2026-11-12T12:30")
    stage.show(coming)
    assert stage.teams.line("user-1") == "Vandaag afwezig, terug op vrijdag 13 november 2026"


def test_who_shows_his_line_costs_no_call(stage: Stage) -> None:
    stage.show(LEAVE)
    stage.quiet()

    outcome = stage.show(LEAVE)

    assert (stage.teams.calls, stage.teams.asked, outcome.next_at) == ([], [], LEAVE.span.end)


def test_a_longer_absence_gets_another_line(stage: Stage) -> None:
    stage.show(LEAVE)

    stage.show(LONGER)

    assert stage.teams.messages["user-1"].expires == LONGER.span.end
    assert stage.steps(LONGER) == []


def test_an_open_end_that_grew_is_written_again_though_microsoft_took_the_line_away(stage: Stage) -> None:
    stage.show(replace(segment("2026-11-12", "2026-11-16"), open_ended=True))
    stage.move_to("2026-11-16T00:00")

    stage.show(replace(segment("2026-11-12", "2026-11-23"), open_ended=True))

    assert stage.teams.messages["user-1"].expires == at("2026-11-23")


def test_the_end_of_an_absence_takes_no_call(stage: Stage) -> None:
    stage.show(LEAVE)
    stage.quiet()
    stage.move_to("2026-11-14T00:00")

    outcome = stage.show()

    assert (outcome.calls, stage.teams.asked, stage.teams.line("user-1")) == (0, [], "")
    stage.show(LEAVE)  # a row that stayed would be settled
    assert stage.steps(segment("2026-11-16", "2026-11-17")) != []


def test_the_people_of_one_round_are_asked_about_in_one_question(stage: Stage) -> None:
    pictures = [stage.picture(LEAVE), stage.picture(LEAVE, employee="000105", user="user-2")]

    stage.effect.show(pictures)

    assert (stage.teams.asked, stage.teams.calls) == ([["user-1", "user-2"]], ["write user-1", "write user-2"])


# when it is taken away


@pytest.mark.parametrize("left", [(), (segment("2026-11-19", "2026-11-20"),)], ids=["nothing", "another absence"])
def test_r15_r30_what_is_withdrawn_is_wiped_at_once(stage: Stage, left: tuple[Segment, ...]) -> None:
    stage.show(LEAVE)

    assert stage.steps(*left)
    stage.show(*left)

    assert (stage.teams.line("user-1"), stage.teams.calls) == ("", ["write user-1", "wipe user-1"])
    assert stage.steps(*left) == []


def test_an_option_that_is_switched_off_takes_back_what_it_wrote(stage: Stage) -> None:
    stage.show(LEAVE)
    stage.switch(status=False)

    assert stage.steps(LEAVE) == [("remove", "2026-11-12T07:05", "2026-11-14T00:00")]
    stage.show(LEAVE)

    assert stage.teams.line("user-1") == ""
    assert stage.steps(LEAVE) == []


def test_an_option_that_is_off_asks_nothing_and_plans_nothing(stage: Stage) -> None:
    stage.switch(status=False)

    outcome = stage.show(LEAVE)

    assert (outcome.calls, outcome.next_at, stage.teams.asked, stage.steps(LEAVE)) == (0, None, [], [])


def test_the_line_follows_who_gets_another_account(stage: Stage) -> None:
    stage.show(LEAVE)
    stage.user = "user-2"

    outcome = stage.show(LEAVE)
    stage.show(LEAVE)

    assert outcome.next_at == stage.teams.now
    assert (stage.teams.line("user-1"), stage.teams.line("user-2")) == ("", TEXT)


# whose it is


def test_a_line_of_his_own_is_left_alone_and_not_asked_about_again(stage: Stage) -> None:
    stage.teams.messages["user-1"] = StatusMessage("Bel Anna")

    stage.show(LEAVE)
    stage.show(LEAVE)

    assert (stage.teams.line("user-1"), stage.teams.calls, len(stage.teams.asked)) == ("Bel Anna", [], 1)


def test_a_line_of_his_own_that_is_gone_when_the_absence_changes_makes_room(stage: Stage) -> None:
    stage.teams.messages["user-1"] = StatusMessage("Bel Anna")
    stage.show(LEAVE)
    del stage.teams.messages["user-1"]

    stage.show(LONGER)

    assert stage.teams.line("user-1").startswith("Afwezig tot en met dinsdag 17 november")


@pytest.mark.parametrize("then", [(LONGER,), ()], ids=["a longer absence", "an early return"])
def test_what_he_wrote_over_the_line_stays(stage: Stage, then: tuple[Segment, ...]) -> None:
    stage.show(LEAVE)
    stage.teams.messages["user-1"] = StatusMessage("Bel Anna")

    stage.show(*then)

    assert stage.teams.line("user-1") == "Bel Anna"
    assert stage.steps(*then) == []


def test_who_has_no_teams_is_let_be(stage: Stage) -> None:
    stage.teams.unknown.add("user-1")

    stage.show(LEAVE)

    assert (stage.teams.calls, stage.steps(LEAVE)) == ([], [])


def test_who_loses_teams_at_that_very_moment_is_no_refusal(stage: Stage) -> None:
    stage.teams.trouble = NotFound("graph_404", "no Teams", "NotFound")

    outcome = stage.show(LEAVE)

    assert (outcome.calls, stage.steps(LEAVE)) == (0, [])


# when something goes wrong


@pytest.mark.parametrize("moment", ["die_before_next", "die_after_next"])
def test_a_death_around_the_writing_ends_in_one_line_that_is_known_for_ours(stage: Stage, moment: str) -> None:
    setattr(stage.teams, moment, True)
    with pytest.raises(Killed):
        stage.show(LEAVE)

    assert stage.steps(LEAVE)
    stage.show(LEAVE)
    stage.show()

    assert stage.teams.calls[-2:] == ["write user-1", "wipe user-1"]


@pytest.mark.parametrize("moment", ["die_before_next", "die_after_next"])
def test_a_death_around_the_rewriting_loses_neither_text(stage: Stage, moment: str) -> None:
    stage.show(LEAVE)
    setattr(stage.teams, moment, True)
    with pytest.raises(Killed):
        stage.show(LONGER)

    stage.show()

    assert stage.teams.line("user-1") == ""


@pytest.mark.parametrize("what", ["refusal", "trouble"])
def test_a_missing_permission_is_told_and_tried_again_another_day(stage: Stage, what: str) -> None:
    setattr(stage.teams, what, Refused("graph_403", "no permission", "Forbidden"))

    refused = stage.fail(LEAVE)

    assert isinstance(refused, Declined)
    assert refused.reason == "status_refused"
    assert stage.steps(LEAVE) != []


@pytest.mark.parametrize("what", ["refusal", "trouble"])
def test_what_may_succeed_later_is_no_refusal(stage: Stage, what: str) -> None:
    setattr(stage.teams, what, Throttled("graph_429", "busy"))

    failure = stage.fail(LEAVE)

    assert isinstance(failure, Transient)
    assert not isinstance(failure, Permanent)


def test_who_needs_no_question_is_planned_though_questions_are_refused(stage: Stage) -> None:
    stage.teams.refusal = Refused("graph_403", "no permission", "Forbidden")
    coming = segment("2026-11-16", "2026-11-17")

    outcomes = stage.effect.show([stage.picture(LEAVE, employee="000105", user="user-2"), stage.picture(coming)])

    assert isinstance(outcomes["000105"], Declined)
    assert stage.steps(coming) == []


def test_a_mailbox_that_is_gone_is_forgotten(stage: Stage) -> None:
    stage.show(LEAVE)

    stage.effect.abandon("000104")

    assert (stage.steps(), stage.teams.calls) == ([], ["write user-1"])
