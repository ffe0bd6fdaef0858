"""The telephony guard: who is kept out of call queues, for how long, and who is let go."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.timesync.domain.timeline import Segment
from services.timesync.effects.guard import GuardEffect
from services.timesync.effects.lease import lease_from
from services.timesync.effects.teams import Declined
from shared.errors import Permanent
from shared.graph.errors import Refused, Throttled

from .builders import at, segment
from .outlook import Killed
from .presence_fake import Stage

TODAY = segment("2026-11-12", "2026-11-13")
LEAVE = segment("2026-11-12", "2026-11-14")  # Thursday and Friday
LONGER = segment("2026-11-12", "2026-11-18")
FORBIDDEN = Refused("graph_403", "no permission", "Forbidden")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage.of(lambda teams, store, rules: GuardEffect(teams, store.guards, rules), tmp_path) as made:
        made.teams.at_work.add("user-1")
        yield made


# who is guarded, and until when


def test_who_is_away_shows_as_off_work_for_twelve_hours_at_most(stage: Stage) -> None:
    outcome = stage.show(LEAVE)

    assert stage.teams.preferences["user-1"] == ("Offline", at("2026-11-12T19:05"))
    assert (outcome.calls, outcome.next_at) == (1, at("2026-11-12T18:05"))


def test_a_guard_never_lasts_longer_than_the_absence(stage: Stage) -> None:
    stage.move_to("2026-11-12T14:00:30")

    outcome = stage.show(TODAY)

    until = stage.teams.preferences["user-1"][1]
    assert at("2026-11-12T23:59") <= until <= TODAY.span.end
    assert outcome.next_at == TODAY.span.end


@pytest.mark.parametrize(
    "absent",
    [
        segment("2026-11-12", "2026-11-13", profile="telewerk"),
        segment("2026-11-12", "2026-11-13", profile="opleiding"),
        segment("2026-11-12T08:30", "2026-11-12T12:00", whole=False),
    ],
    ids=["telework", "training", "half a day"],
)
def test_who_is_not_away_for_whole_days_is_never_guarded(stage: Stage, absent: Segment) -> None:
    stage.move_to("2026-11-12T09:00")

    outcome = stage.show(absent)

    assert (stage.teams.calls, outcome.next_at, stage.steps(absent)) == ([], None, [])


def test_half_a_day_that_leads_to_leave_is_guarded_with_it(stage: Stage) -> None:
    afternoon = segment("2026-11-12T12:30", "2026-11-12T16:36", whole=False)
    both = (afternoon, segment("2026-11-13", "2026-11-14"))

    before = stage.show(*both)
    stage.move_to("2026-11-12T12:30")
    stage.show(*both)

    assert (before.calls, before.next_at) == (0, at("2026-11-12T12:30"))
    assert stage.teams.wish("user-1") == "Offline"


@pytest.mark.parametrize(
    ("now", "end", "until", "lasts"),
    [
        pytest.param("2026-10-24T20:00", "2026-10-26", "2026-10-25T07:00", timedelta(hours=12), id="put back"),
        pytest.param("2027-03-27T20:00", "2027-03-29", "2027-03-28T09:00", timedelta(hours=12), id="put forward"),
        pytest.param("2027-03-28T01:00", "2027-03-28T05:00", "2027-03-28T05:00", timedelta(hours=3), id="short night"),
    ],
)
def test_a_lease_is_as_long_as_asked_when_the_clock_changes(now: str, end: str, until: str, lasts: timedelta) -> None:
    assert lease_from(at(now), at(end)) == (at(until), lasts)


# renewal


def test_an_unchanged_day_costs_no_call(stage: Stage) -> None:
    stage.show(LEAVE)
    stage.quiet()
    stage.move_to("2026-11-12T18:04")

    stage.show(LEAVE)

    assert (stage.teams.calls, stage.teams.asked, stage.steps(LEAVE)) == ([], [], [])


def test_a_guard_is_renewed_before_it_ends(stage: Stage) -> None:
    stage.show(LEAVE)
    stage.move_to("2026-11-12T18:05")

    assert stage.steps(LEAVE) == [("change", "2026-11-12T00:00", "2026-11-14T00:00")]
    outcome = stage.show(LEAVE)

    assert stage.teams.preferences["user-1"][1] == at("2026-11-13T06:05")
    assert outcome.next_at == at("2026-11-13T05:05")


def test_who_came_back_to_teams_is_let_go_for_the_rest_of_the_absence(stage: Stage) -> None:
    stage.show(LEAVE)
    stage.teams.preferences["user-1"] = ("Available", at("2026-11-20"))
    stage.move_to("2026-11-12T18:05")

    outcome = stage.show(LEAVE)
    stage.move_to("2026-11-13T09:00")
    stage.show(LONGER)

    assert (stage.teams.calls, stage.teams.wish("user-1")) == (["prefer user-1"], "Available")
    assert outcome.next_at == LEAVE.span.end
    assert stage.steps(LONGER) == []


def test_the_next_absence_of_who_was_let_go_is_guarded_again(stage: Stage) -> None:
    stage.show(TODAY)
    stage.teams.preferences["user-1"] = ("Available", at("2026-11-12T20:00"))
    stage.move_to("2026-11-12T18:05")
    stage.show(TODAY)
    stage.move_to("2026-11-16T00:00")

    stage.show(segment("2026-11-16", "2026-11-17"))

    assert stage.teams.wish("user-1") == "Offline"


def test_who_has_teams_closed_is_renewed(stage: Stage) -> None:
    stage.teams.at_work.clear()
    stage.show(LEAVE)
    stage.move_to("2026-11-12T18:05")

    stage.show(LEAVE)

    assert stage.teams.calls == ["prefer user-1", "prefer user-1"]


def test_a_guard_that_ended_while_the_hub_stood_still_is_made_again_without_a_question(stage: Stage) -> None:
    stage.show(LEAVE)
    stage.move_to("2026-11-12T21:00")
    assert stage.teams.wish("user-1") == ""
    stage.quiet()

    stage.show(LEAVE)

    assert (stage.teams.wish("user-1"), stage.teams.asked) == ("Offline", [])


def test_the_renewals_of_one_round_are_asked_about_in_one_question(stage: Stage) -> None:
    def both() -> None:
        stage.effect.show([stage.picture(LEAVE), stage.picture(LEAVE, employee="000105", user="user-2")])

    both()
    stage.move_to("2026-11-12T18:05")
    both()

    assert stage.teams.asked == [["user-1", "user-2"]]


# letting go


@pytest.mark.parametrize("left", [(), (segment("2026-11-19", "2026-11-20"),)], ids=["nothing", "another absence"])
def test_r15_r30_what_is_withdrawn_ends_at_once(stage: Stage, left: tuple[Segment, ...]) -> None:
    stage.show(LEAVE)

    assert stage.steps(*left)
    stage.show(*left)

    assert (stage.teams.wish("user-1"), stage.teams.calls) == ("", ["prefer user-1", "clear user-1"])
    assert stage.steps(*left) == []


def test_r15_an_absence_that_ends_earlier_takes_the_guard_along(stage: Stage) -> None:
    stage.move_to("2026-11-12T18:00")
    stage.show(LEAVE)

    stage.show(TODAY)

    assert stage.teams.preferences["user-1"][1] == TODAY.span.end
    assert stage.teams.asked == []


def test_the_end_of_an_absence_takes_no_call(stage: Stage) -> None:
    stage.move_to("2026-11-12T18:00")
    stage.show(TODAY)
    stage.quiet()
    stage.move_to("2026-11-13T00:00")

    outcome = stage.show()

    assert (outcome.calls, outcome.next_at, stage.teams.calls, stage.steps()) == (0, None, [], [])
    assert stage.effect.steps([stage.picture(TODAY)]) == {}


def test_an_option_that_is_switched_off_lets_go(stage: Stage) -> None:
    stage.show(LEAVE)
    stage.switch(guard=False)

    assert stage.steps(LEAVE) == [("remove", "2026-11-12T07:05", "2026-11-12T19:05")]
    stage.show(LEAVE)

    assert (stage.teams.wish("user-1"), stage.steps(LEAVE)) == ("", [])


def test_an_option_that_is_off_asks_nothing_and_plans_nothing(stage: Stage) -> None:
    stage.switch(guard=False)

    outcome = stage.show(LEAVE)

    assert (outcome.calls, outcome.next_at, stage.teams.asked, stage.steps(LEAVE)) == (0, None, [], [])


def test_the_guard_follows_who_gets_another_account(stage: Stage) -> None:
    stage.show(LEAVE)
    stage.user = "user-2"

    outcome = stage.show(LEAVE)
    stage.show(LEAVE)

    assert outcome.next_at == stage.teams.now
    assert (stage.teams.wish("user-1"), stage.teams.wish("user-2")) == ("", "Offline")


# when something goes wrong


@pytest.mark.parametrize("moment", ["die_before_next", "die_after_next"])
def test_a_death_around_the_asking_ends_in_one_guard_that_is_let_go_of(stage: Stage, moment: str) -> None:
    setattr(stage.teams, moment, True)
    with pytest.raises(Killed):
        stage.show(LEAVE)

    assert stage.steps(LEAVE)
    stage.show(LEAVE)
    assert stage.teams.wish("user-1") == "Offline"
    stage.show()
    assert stage.teams.wish("user-1") == ""


def test_a_death_right_after_the_asking_and_an_early_return_leave_nobody_guarded(stage: Stage) -> None:
    stage.teams.die_after_next = True
    with pytest.raises(Killed):
        stage.show(LEAVE)

    stage.show()

    assert stage.teams.wish("user-1") == ""


def test_who_has_no_teams_is_let_be(stage: Stage) -> None:
    stage.teams.unknown.add("user-1")

    stage.show(LEAVE)
    stage.move_to("2026-11-13T09:00")

    assert (stage.teams.calls, stage.steps(LEAVE)) == ([], [])


def test_a_missing_permission_is_told_and_tried_again_another_day(stage: Stage) -> None:
    stage.teams.trouble = FORBIDDEN

    refused = stage.fail(LEAVE)

    assert isinstance(refused, Declined)
    assert refused.reason == "guard_refused"
    assert stage.steps(LEAVE) != []


def test_who_may_not_be_looked_at_is_not_renewed_blindly(stage: Stage) -> None:
    stage.show(LEAVE)
    stage.teams.refusal = FORBIDDEN
    stage.move_to("2026-11-12T18:05")

    assert isinstance(stage.fail(LEAVE), Declined)
    assert stage.teams.calls == ["prefer user-1"]


@pytest.mark.parametrize("what", ["refusal", "trouble"])
def test_what_may_succeed_later_is_no_refusal(stage: Stage, what: str) -> None:
    stage.show(LEAVE)
    stage.move_to("2026-11-12T18:05")
    setattr(stage.teams, what, Throttled("graph_429", "busy"))

    assert not isinstance(stage.fail(LEAVE), Permanent)


def test_a_mailbox_that_is_gone_is_forgotten(stage: Stage) -> None:
    stage.show(LEAVE)

    stage.effect.abandon("000104")

    assert (stage.steps(), stage.teams.calls) == ([], ["prefer user-1"])
