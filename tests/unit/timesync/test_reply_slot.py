"""The one slot for automatic replies: planned in our own book, written shortly before, and given back to its owner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.timesync.domain.records import Part, State
from services.timesync.domain.roster import Roster
from services.timesync.domain.rules import ReplyRules
from services.timesync.effects.base import Action, Picture, Step
from services.timesync.effects.replies import ReplyEffect
from services.timesync.effects.slot import mark_of
from services.timesync.handlers.mailboxes import look_at
from services.timesync.store.replies import ReplyState
from shared.clock import BRUSSELS
from shared.events import AbsencesHinted
from shared.graph.mailbox import AutomaticReply

from .builders import at, day, person, record, roster, span
from .conftest import Town
from .outlook import Killed

NOW = at("2026-11-12T07:05")
OWN = AutomaticReply("alwaysEnabled", at("2026-01-01"), at("2026-01-02"), "van mij", "van mij")
DRAFT = AutomaticReply("disabled", at("2026-01-01"), at("2026-01-02"), "klad", "klad", "contactsOnly")


def own_schedule(start: str, end: str) -> AutomaticReply:
    return AutomaticReply("scheduled", at(start), at(end), "van mij", "van mij", "none")


def lead(town: Town, hours: float) -> None:
    town.rulebook.change(replies=ReplyRules(lead=timedelta(hours=hours)))


def state(town: Town) -> ReplyState | None:
    row = town.store.replies.of("000104")
    return row.state if row else None


def woken_at(town: Town) -> datetime | None:
    at_ = town.store.wakes.at("000104")
    return at_.astimezone(BRUSSELS).replace(tzinfo=None) if at_ else None


def steps(town: Town) -> Sequence[Step]:
    (case,) = look_at(["000104"], town.world)
    assert case.picture is not None
    return town.world.effects[0].steps([case.picture]).get("000104", ())


def written(town: Town) -> list[str]:
    return [call for call in town.outlook.calls if call.startswith("reply")]


@pytest.fixture
def town(town: Town) -> Town:
    """A town where nothing but replies is shown."""
    effect = ReplyEffect(town.outlook, town.store.replies, lambda: town.rulebook.rules)
    return replace(town, world=replace(town.world, effects=(effect,)))


@pytest.fixture
def user(town: Town) -> str:
    """The mailbox of 000104, whose owner once drafted a reply; replies are written twelve hours ahead."""
    lead(town, 12)
    made = town.outlook.add("000104")
    town.outlook.replies[made] = DRAFT
    return made


def look(town: Town, local: str) -> None:
    town.move_to(local)
    town.show()


# --- planned


def test_a_reply_that_is_not_due_is_only_planned(town: Town, user: str) -> None:
    town.read(record("2026-11-16", "2026-11-20"))

    assert town.outlook.replies[user] == DRAFT
    assert [asked for asked in town.outlook.asked if asked.startswith("reply")] == []
    assert state(town) is ReplyState.PLANNED
    assert woken_at(town) == at("2026-11-15T12:00")


def test_a_reply_is_written_when_it_falls_due_for_the_whole_absence(town: Town, user: str) -> None:
    town.read(record("2026-11-16", "2026-11-20"))

    look(town, "2026-11-15T12:00")

    shown = town.outlook.replies[user]
    assert (shown.status, shown.start, shown.end, shown.audience) == (
        "scheduled", at("2026-11-16"), at("2026-11-21"), "all",
    )  # fmt: skip
    assert woken_at(town) == at("2026-11-21")


def test_without_a_lead_the_reply_is_written_at_its_first_moment(town: Town, user: str) -> None:
    lead(town, 0)
    town.read(record("2026-11-16"))

    look(town, "2026-11-15T23:59")
    assert town.outlook.replies[user] == DRAFT
    look(town, "2026-11-16T00:00")

    assert town.outlook.replies[user].start == at("2026-11-16")


def test_an_absence_that_is_going_on_replies_at_once_from_now(town: Town, user: str) -> None:
    town.read(record("2026-11-09", "2026-11-13"))

    assert town.outlook.replies[user].start == NOW


def test_a_planned_reply_moves_and_goes_with_its_absence_without_a_call(town: Town, user: str) -> None:
    town.read(record("2026-11-16"))
    town.read(record("2026-11-18", version="2"))

    assert (state(town), woken_at(town)) == (ReplyState.PLANNED, at("2026-11-17T12:00"))
    town.read(record("2026-11-18", state=State.CANCELLED, version="3"))

    assert (state(town), woken_at(town), written(town)) == (None, None, [])


def test_the_next_absence_is_planned_when_the_present_one_is_over(town: Town, user: str) -> None:
    town.read(record("2026-11-12"), record("2026-11-20", source_id="2"), record("2026-12-01", source_id="3"))

    look(town, "2026-11-13T00:00")

    assert mark_of(town.outlook.replies[user]) == mark_of(DRAFT)
    assert (state(town), woken_at(town)) == (ReplyState.PLANNED, at("2026-11-19T12:00"))


def test_the_next_absence_takes_the_slot_over_when_it_is_due_already(town: Town, user: str) -> None:
    lead(town, 24 * 30)
    town.read(record("2026-11-12"), record("2026-11-20", source_id="2"))

    look(town, "2026-11-13T00:00")
    assert town.outlook.replies[user].start == at("2026-11-20")
    look(town, "2026-11-21T00:00")

    assert mark_of(town.outlook.replies[user]) == mark_of(DRAFT)


def test_a_longer_lead_plans_again_and_a_shorter_one_gives_the_slot_back(town: Town, user: str) -> None:
    town.read(record("2026-11-16"))

    lead(town, 24 * 30)
    town.show()
    assert town.outlook.replies[user].start == at("2026-11-16")
    lead(town, 12)
    town.show()

    assert mark_of(town.outlook.replies[user]) == mark_of(DRAFT)
    assert state(town) is ReplyState.PLANNED


# --- written


def test_only_the_audience_of_the_service_gets_the_external_reply(town: Town, user: str) -> None:
    town.rulebook.change(replies=ReplyRules(audiences={person().service: "none"}))

    town.read(record("2026-11-12"))

    assert town.outlook.replies[user].audience == "none"


def test_r16_an_extension_changes_the_reply_that_stands(town: Town, user: str) -> None:
    town.read(record("2026-11-11", "2026-11-13"))
    town.read(record("2026-11-11", "2026-11-17", version="2"))

    assert town.outlook.replies[user].end == at("2026-11-18")
    look(town, "2026-11-18T00:00")
    assert mark_of(town.outlook.replies[user]) == mark_of(DRAFT)


def test_r14_a_cancelled_absence_takes_its_reply_with_it(town: Town, user: str) -> None:
    town.read(record("2026-11-12", "2026-11-13"))

    town.read(record("2026-11-12", "2026-11-13", state=State.CANCELLED, version="2"))

    assert mark_of(town.outlook.replies[user]) == mark_of(DRAFT)


def test_r15_an_early_return_ends_the_reply_at_once(town: Town, user: str) -> None:
    town.read(record("2026-11-10", "2026-11-20"))

    town.read(record("2026-11-10", "2026-11-11", version="2"))

    assert mark_of(town.outlook.replies[user]) == mark_of(DRAFT)


def test_other_words_are_written_in_the_replies_that_stand(town: Town, user: str) -> None:
    town.read(record("2026-11-12", "2026-11-13"))

    town.rulebook.change(replies=ReplyRules(texts={"nl": {"internal": "Even weg."}}))
    town.show()

    assert "Even weg." in town.outlook.replies[user].internal


def test_a_night_in_which_nothing_changed_takes_no_call(town: Town, user: str) -> None:
    town.read(record("2026-11-12", "2026-11-13"), record("2026-11-20", source_id="2"))
    town.outlook.calls.clear()
    town.outlook.asked.clear()

    assert steps(town) == ()
    town.show()

    assert (written(town), [asked for asked in town.outlook.asked if asked.startswith("reply")]) == ([], [])


def test_days_that_are_forgotten_of_a_long_absence_change_nothing(town: Town, user: str) -> None:
    days = [record(f"2026-11-{number:02}", source_id=str(number)) for number in range(9, 31)]
    town.read(*days)
    look(town, "2026-11-20T07:00")
    town.outlook.calls.clear()

    town.store.records.forget_before(day("2026-11-16"))
    town.show()

    assert written(town) == []


def test_the_steps_say_what_becomes_of_the_slot(town: Town, user: str) -> None:
    kinds: list[list[Action]] = []
    for first, last, status in [
        ("2026-11-12", "2026-11-13", State.APPROVED),
        ("2026-11-12", "2026-11-16", State.APPROVED),
        ("2026-11-12", "2026-11-16", State.CANCELLED),
    ]:
        town.source.say(record(first, last, state=status, version=str(len(kinds))))
        town.hear(AbsencesHinted(source="file"))
        kinds.append([step.action for step in steps(town)])
        town.show()

    assert kinds == [[Action.CREATE], [Action.CHANGE], [Action.REMOVE]]


# --- whose it is


def test_an_own_reply_is_left_alone(town: Town, user: str) -> None:
    town.outlook.replies[user] = OWN

    town.read(record("2026-11-12", "2026-11-13"))
    town.read(record("2026-11-12", "2026-11-16", version="2"))
    town.read(record("2026-11-12", "2026-11-16", state=State.CANCELLED, version="3"))

    assert town.outlook.replies[user] == OWN


def test_an_own_reply_that_was_switched_on_after_the_plan_was_made_is_left_alone(town: Town, user: str) -> None:
    town.read(record("2026-11-16"))
    town.outlook.replies[user] = OWN

    look(town, "2026-11-15T12:00")

    assert town.outlook.replies[user] == OWN
    assert (state(town), woken_at(town)) == (ReplyState.RELEASED, at("2026-11-17"))


@pytest.mark.parametrize(
    "own",
    [own_schedule("2026-11-13", "2026-11-18"), own_schedule("2026-11-14", "2026-11-15T18:00")],
    ids=["ends during the absence", "ends before it"],
)
def test_when_an_own_schedule_ends_the_rest_of_the_absence_is_answered_for(
    town: Town, user: str, own: AutomaticReply
) -> None:
    town.outlook.replies[user] = own
    town.read(record("2026-11-16", "2026-11-20"))

    look(town, "2026-11-15T12:00")
    assert town.outlook.replies[user] == own
    assert woken_at(town) == own.end
    town.clock.at = own.end.replace(tzinfo=BRUSSELS)
    town.show()

    assert town.outlook.replies[user].start == max(own.end, at("2026-11-16"))
    look(town, "2026-11-21T00:00")
    assert town.outlook.replies[user].status == "disabled"
    assert town.outlook.replies[user].external == "van mij"


def test_an_own_schedule_that_lies_ahead_makes_room_and_comes_back_as_it_was(town: Town, user: str) -> None:
    ahead = own_schedule("2026-12-24", "2027-01-02")
    town.outlook.replies[user] = ahead
    town.read(record("2026-11-12", "2026-11-13"))
    assert town.outlook.replies[user].end == at("2026-11-14")

    look(town, "2026-11-14T00:00")

    assert mark_of(town.outlook.replies[user]) == mark_of(ahead)


def test_an_absence_that_grows_into_an_own_schedule_gives_way_to_it(town: Town, user: str) -> None:
    ahead = own_schedule("2026-11-16", "2026-11-18")
    town.outlook.replies[user] = ahead
    town.read(record("2026-11-12", "2026-11-13"))

    town.read(record("2026-11-12", "2026-11-20", version="2"))

    assert mark_of(town.outlook.replies[user]) == mark_of(ahead)
    assert woken_at(town) == at("2026-11-18")


def test_an_own_schedule_that_should_have_begun_comes_back_from_now(town: Town, user: str) -> None:
    town.outlook.replies[user] = own_schedule("2026-11-16", "2026-11-18")
    town.read(record("2026-11-12", "2026-11-13"))

    look(town, "2026-11-16T09:00")  # the hub was down

    shown = town.outlook.replies[user]
    assert (shown.status, shown.start, shown.end, shown.audience) == (
        "scheduled", at("2026-11-16T09:00"), at("2026-11-18"), "none",
    )  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [{"external": "mijn eigen tekst"}, {"end": at("2026-11-16T12:00")}, {"status": "disabled"}, {"audience": "none"}],
    ids=["another text", "another end", "switched off", "another audience"],
)
def test_r26_a_reply_that_its_owner_changed_is_his_for_this_absence(
    town: Town, user: str, changes: dict[str, object]
) -> None:
    town.read(record("2026-11-12", "2026-11-17"))
    edited = replace(town.outlook.replies[user], **changes)  # type: ignore[arg-type]  # the test says which
    town.outlook.replies[user] = edited

    for version, last in (("2", "2026-11-18"), ("3", "2026-11-19")):
        town.read(record("2026-11-12", last, version=version))
        assert town.outlook.replies[user] == edited
    look(town, "2026-11-20T00:00")

    assert town.outlook.replies[user] == edited
    town.read(record("2026-11-23", source_id="2"))
    look(town, "2026-11-23T07:00")
    assert town.outlook.replies[user].end == at("2026-11-24")


def test_who_wanted_no_reply_for_one_absence_gets_that_of_the_next(town: Town, user: str) -> None:
    lead(town, 24 * 30)
    town.read(record("2026-11-12"), record("2026-11-20", source_id="2"))
    town.outlook.replies[user] = replace(town.outlook.replies[user], status="disabled", external="mijn eigen tekst")

    look(town, "2026-11-13T00:00")

    assert town.outlook.replies[user].start == at("2026-11-20")


def test_html_that_exchange_tidied_is_still_the_hubs(town: Town, user: str) -> None:
    town.read(record("2026-11-12", "2026-11-13"))
    shown = town.outlook.replies[user]
    tidied = (
        f"<html><head><style>p {{margin:0}}</style></head>\r\n{shown.external.replace('<p>', '<p class=x>')}</html>"
    )
    town.outlook.replies[user] = replace(shown, external=tidied)

    look(town, "2026-11-14T00:00")

    assert mark_of(town.outlook.replies[user]) == mark_of(DRAFT)


def test_a_schedule_that_ran_out_is_still_the_hubs_when_exchange_calls_it_disabled(town: Town, user: str) -> None:
    town.read(record("2026-11-12", "2026-11-13"))
    town.outlook.replies[user] = replace(town.outlook.replies[user], status="disabled")

    look(town, "2026-11-14T00:00")

    assert mark_of(town.outlook.replies[user]) == mark_of(DRAFT)


# --- deaths, and mailboxes that go


@pytest.mark.parametrize("later", [True, False], ids=["after the first reply", "after its extension"])
@pytest.mark.parametrize("end", ["2026-11-13", "2026-11-17"], ids=["same plan after", "another plan after"])
def test_a_death_right_after_the_reply_was_set_keeps_what_stood_there(
    town: Town, user: str, later: bool, end: str
) -> None:
    if later:
        town.read(record("2026-11-12"))
    town.source.say(record("2026-11-12", "2026-11-13", version="2"))
    town.hear(AbsencesHinted(source="file"))
    town.outlook.die_after_next = True
    with pytest.raises(Killed):
        town.show()

    town.clock.advance(timedelta(minutes=7))
    town.read(record("2026-11-12", end, version="3"))
    assert town.outlook.replies[user].end == at(end) + timedelta(days=1)
    look(town, "2026-11-20T00:00")

    assert mark_of(town.outlook.replies[user]) == mark_of(DRAFT)


def test_a_death_right_before_the_reply_is_set_changes_nothing(town: Town, user: str) -> None:
    town.read(record("2026-11-16"))
    town.move_to("2026-11-15T12:00")
    town.outlook.fail_next = Killed()  # type: ignore[assignment]  # it dies, it does not fail
    with pytest.raises(Killed):
        town.show()
    assert (state(town), town.outlook.replies[user]) == (ReplyState.STARTED, DRAFT)

    town.show()
    assert town.outlook.replies[user].end == at("2026-11-17")
    look(town, "2026-11-17T00:00")

    assert mark_of(town.outlook.replies[user]) == mark_of(DRAFT)


def test_a_death_right_before_an_extension_is_set_leaves_it_to_be_done(town: Town, user: str) -> None:
    town.read(record("2026-11-12"))
    town.outlook.fail_next = Killed()  # type: ignore[assignment]  # it dies, it does not fail
    with pytest.raises(Killed):
        town.read(record("2026-11-12", "2026-11-13", version="2"))

    town.show()

    assert town.outlook.replies[user].end == at("2026-11-14")


def test_a_death_right_after_the_restoration_leaves_what_the_owner_does_next(town: Town, user: str) -> None:
    town.read(record("2026-11-12"))
    town.move_to("2026-11-13T00:00")
    town.outlook.die_after_next = True
    with pytest.raises(Killed):
        town.show()
    town.outlook.replies[user] = OWN

    town.show()

    assert (town.outlook.replies[user], state(town)) == (OWN, None)


def picture(town: Town, user_id: str) -> Picture:
    (case,) = look_at(["000104"], town.world)
    assert case.picture is not None
    return replace(case.picture, user_id=user_id)


def test_an_owner_who_changes_the_reply_before_a_death_is_noticed_keeps_his_own(town: Town, user: str) -> None:
    town.read(record("2026-11-12"))
    town.outlook.fail_next = Killed()  # type: ignore[assignment]  # it dies, it does not fail
    with pytest.raises(Killed):
        town.read(record("2026-11-12", "2026-11-13", version="2"))
    edited = replace(town.outlook.replies[user], external="mijn eigen tekst", status="disabled")
    town.outlook.replies[user] = edited

    town.show()

    assert (town.outlook.replies[user], state(town)) == (edited, ReplyState.RELEASED)


@pytest.mark.parametrize("is_gone", [False, True], ids=["with a mailbox still", "without"])
def test_another_account_gets_the_reply_and_the_old_one_its_own_back(town: Town, user: str, is_gone: bool) -> None:
    town.read(record("2026-11-12", "2026-11-13"))
    new = town.outlook.add("000999")
    if is_gone:
        del town.outlook.events[user]

    outcome = town.world.effects[0].show([picture(town, new)])["000104"]

    assert not isinstance(outcome, Exception)
    assert town.outlook.replies[new].end == at("2026-11-14")
    if not is_gone:
        assert mark_of(town.outlook.replies[user]) == mark_of(DRAFT)


def test_a_mailbox_that_is_gone_is_forgotten(town: Town, user: str) -> None:
    town.read(record("2026-11-12"))
    del town.outlook.events[user]

    look(town, "2026-11-13T00:00")

    assert state(town) is None


# --- with the people file


def with_delegate(town: Town) -> None:
    people = dict(roster().people) | {"000104": replace(person(), delegate="000101")}
    town.rulebook.change(roster=Roster(people))


def test_the_delegate_of_the_people_file_is_looked_up_with_his_own_absences(town: Town) -> None:
    town.outlook.add("000104")
    town.outlook.add("000101")
    with_delegate(town)
    town.read(record("2026-11-16", employee="000101", source_id="2"))

    (case,) = look_at(["000104"], town.world)

    assert case.picture is not None
    delegate = case.picture.delegate
    assert delegate is not None
    assert (delegate.name, delegate.mail) == (person("000101").name, person("000101").upn)
    assert [each.span for each in delegate.segments] == [span("2026-11-16", "2026-11-17")]


def test_a_delegate_without_a_mailbox_is_not_named(town: Town) -> None:
    user = town.outlook.add("000104")
    with_delegate(town)

    town.read(record("2026-11-16"))

    assert person("000101").name not in town.outlook.replies[user].external


def test_a_closing_day_and_a_half_day_before_it_make_one_reply_with_the_leave_after(town: Town) -> None:
    user = town.outlook.add("000104")
    town.rulebook.change(replies=ReplyRules(lead=timedelta(days=60)))

    town.read(
        record("2026-12-24", part=Part.AFTERNOON),
        record("2026-12-29", "2026-12-30", source_id="2"),
        record("2027-01-04", source_id="3", state=State.REQUESTED),
    )

    shown = town.outlook.replies[user]
    assert (shown.start.date().isoformat(), shown.end) == ("2026-12-24", at("2026-12-31"))
    assert "Vanaf donderdag 31 december 2026" in shown.external
