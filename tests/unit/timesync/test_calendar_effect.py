"""The corners of writing events: what its owner did, what words changed, and what an attempt before left behind."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.timesync.domain.records import Part, State
from services.timesync.effects.base import Action
from services.timesync.handlers.mailboxes import look_at
from services.timesync.store.events import EventState
from shared.clock import BRUSSELS
from shared.errors import HubError
from shared.events import AbsencesHinted
from shared.graph.errors import Refused, Throttled

from .builders import at, record
from .conftest import Town
from .outlook import Killed

LABELS = {"afwezig": "Niet op kantoor"}


def subjects(town: Town, user_id: str) -> list[str]:
    found = sorted(town.outlook.events[user_id].values(), key=lambda each: each.shown.start)
    return [each.shown.subject for each in found]


def state(town: Town) -> list[EventState]:
    return [row.state for row in town.store.events.of("000104")]


def steps(town: Town) -> list[Action]:
    pictures = [case.picture for case in look_at(["000104"], town.world) if case.picture]
    return [step.action for step in town.world.effects[0].steps(pictures).get("000104", ())]


def wakes_at(town: Town) -> str:
    moment = town.store.wakes.at("000104")
    return moment.astimezone(BRUSSELS).isoformat(timespec="minutes")[:16] if moment else ""


def die_while_writing(town: Town) -> None:
    """Let the process die right after the first change; only half days are used: they have no reply."""
    town.outlook.die_after_next = True
    with pytest.raises(Killed):
        town.show()


# --- the words


def test_a_new_label_goes_on_what_is_not_over_and_the_past_keeps_its_own(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-12"), record("2026-11-16", source_id="2"))
    town.move_to("2026-11-13T07:00")
    town.outlook.calls.clear()

    town.rulebook.change(labels=LABELS)
    town.show()

    assert subjects(town, user) == ["Afwezig", "Niet op kantoor"]
    assert town.outlook.calls.count("change") == 1


def test_an_event_that_was_only_touched_is_still_ours_under_its_former_label(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    town.outlook.touch(user)

    town.rulebook.change(labels=LABELS)
    town.show()

    assert subjects(town, user) == ["Niet op kantoor"]
    assert state(town) == [EventState.DONE]


@pytest.mark.parametrize("change", [{"subject": "Thuis"}, {"location": "Zee"}, {"show_as": "free"}], ids=str)
def test_r26_what_its_owner_reworded_keeps_his_words(town: Town, change: dict[str, str]) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    town.outlook.touch(user, **change)
    shown = town.outlook.only(user).shown

    town.rulebook.change(labels=LABELS)
    town.show()

    assert town.outlook.only(user).shown == shown
    assert state(town) == [EventState.DETACHED]


def test_r26_a_new_label_does_not_bring_back_what_its_owner_deleted(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    town.outlook.events[user].clear()

    for label in ("Niet op kantoor", "Weg"):  # the first one notices that it is gone
        town.rulebook.change(labels={"afwezig": label})
        town.show()

    assert subjects(town, user) == []
    assert steps(town) == []


# --- what its owner did


def test_r26_an_open_end_that_its_owner_deleted_does_not_grow_back(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-12", None))
    town.outlook.events[user].clear()
    for monday in ("2026-11-16T07:00", "2026-11-23T07:00"):  # the first one notices that it is gone
        town.move_to(monday)
        town.show()

    assert subjects(town, user) == []


def test_r26_r17_what_is_written_again_begins_today(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-12", "2026-11-18"))
    town.outlook.events[user].clear()
    town.read(record("2026-11-12", "2026-11-19", version="2"))
    town.move_to("2026-11-17T07:00")

    town.read(record("2026-11-12", "2026-11-20", version="3"))
    town.show()

    assert town.outlook.shown(user) == [("2026-11-17T00:00", "2026-11-21T00:00", "oof")]


def test_r26_what_its_owner_changed_is_not_doubled_when_the_absence_comes_back(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16", "2026-11-18"))
    town.outlook.touch(user, end=at("2026-11-18"))
    town.read(record("2026-11-16", "2026-11-19", version="2"))

    town.read(record("2026-11-16", "2026-11-19", version="3", state=State.CANCELLED))
    town.read(record("2026-11-16", "2026-11-19", version="4"))

    assert town.outlook.shown(user) == [("2026-11-16T00:00", "2026-11-18T00:00", "oof")]
    assert state(town) == [EventState.DETACHED]


def test_r26_what_its_owner_changed_is_remembered_after_the_rest_is_forgotten(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    town.outlook.touch(user, end=at("2027-03-01"))
    town.read(record("2026-11-16", "2026-11-17", version="2"))

    town.store.events.forget_before(date(2027, 2, 1))
    after_months = state(town)
    town.store.events.forget_before(date(2029, 2, 1))

    assert after_months == [EventState.DETACHED]
    assert state(town) == []


# --- what an attempt before left behind


def test_a_change_that_was_made_and_not_written_down_is_not_made_again(town: Town) -> None:
    town.outlook.add("000104")
    town.read(record("2026-11-13", hours=("2026-11-13T09:00", "2026-11-13T10:00")))
    town.source.say(record("2026-11-13", hours=("2026-11-13T09:00", "2026-11-13T11:00"), version="2"))
    town.hear(AbsencesHinted(source="file"))
    town.outlook.calls.clear()
    die_while_writing(town)

    town.show()

    assert town.outlook.calls == ["change", "change"]  # the second one was refused: it had another etag
    assert state(town) == [EventState.DONE]


def test_an_event_that_was_made_in_the_words_of_then_gets_those_of_now(town: Town) -> None:
    user = town.outlook.add("000104")
    town.source.say(record("2026-11-13", part=Part.AFTERNOON))
    town.hear(AbsencesHinted(source="file"))
    die_while_writing(town)
    town.rulebook.change(labels=LABELS)

    town.show()

    assert subjects(town, user) == ["Niet op kantoor"]
    assert steps(town) == []


def test_an_event_that_was_started_under_a_former_label_is_made_once_and_in_the_words_of_now(town: Town) -> None:
    user = town.outlook.add("000104")
    town.source.say(record("2026-11-13", part=Part.AFTERNOON))
    town.hear(AbsencesHinted(source="file"))
    town.outlook.fail_next = Throttled("graph_429", "wait", timedelta(seconds=5))
    with pytest.raises(Throttled):
        town.show()
    town.rulebook.change(labels=LABELS)

    town.show()

    assert (town.outlook.calls, subjects(town, user)) == (["create"], ["Niet op kantoor"])


def test_an_event_that_its_owner_changed_before_we_remembered_it_is_his(town: Town) -> None:
    user = town.outlook.add("000104")
    town.source.say(record("2026-11-13", part=Part.AFTERNOON))
    town.hear(AbsencesHinted(source="file"))
    die_while_writing(town)
    town.outlook.touch(user, show_as="free")

    town.show()

    assert [show_as for _, _, show_as in town.outlook.shown(user)] == ["free"]
    assert state(town) == [EventState.DETACHED]


@pytest.mark.parametrize("made", [True, False], ids=["made", "not made"])
def test_what_was_started_and_is_not_wanted_any_more_is_not_made_to_be_removed(town: Town, made: bool) -> None:
    user = town.outlook.add("000104")
    town.source.say(record("2026-11-13", part=Part.AFTERNOON))
    town.hear(AbsencesHinted(source="file"))
    if made:
        die_while_writing(town)
    else:
        town.outlook.fail_next = Throttled("graph_429", "wait", timedelta(seconds=5))
        with pytest.raises(Throttled):
            town.show()
    town.outlook.calls.clear()

    town.read(record("2026-11-13", part=Part.AFTERNOON, state=State.CANCELLED, version="2"))

    assert town.outlook.calls == (["remove"] if made else [])
    assert town.outlook.shown(user) == []
    assert state(town) == []


def test_what_was_started_in_an_account_he_left_does_not_leave_him_without_a_mailbox(town: Town) -> None:
    town.hour()
    old = town.outlook.add("000104")
    town.outlook.changed.append(old)
    town.hour()
    town.source.say(record("2026-11-13", part=Part.AFTERNOON))
    town.hear(AbsencesHinted(source="file"))
    town.outlook.fail_next = Throttled("graph_429", "wait", timedelta(seconds=5))
    with pytest.raises(Throttled):
        town.show()
    town.outlook.retire(old)
    del town.outlook.events[old]
    new = town.outlook.add("000104", upn="new@example.org")
    town.outlook.changed.append(new)

    town.hour()

    assert len(town.outlook.shown(new)) == 1
    assert town.store.held.all() == []


def test_what_may_go_better_later_is_tried_again_before_anybody_must_look(town: Town) -> None:
    user = town.outlook.add("000104")
    town.source.say(record("2026-11-13", part=Part.AFTERNOON), record("2026-11-17", part=Part.MORNING, source_id="2"))
    town.hear(AbsencesHinted(source="file"))
    wait, no = Throttled("graph_429", "wait", timedelta(seconds=5)), Refused("graph_400", "no", "ErrorInvalid")
    answers: list[HubError] = [wait, no]
    town.outlook.apply = lambda changes: [answers.pop(0) for _ in changes]  # type: ignore[method-assign]  # in turn

    with pytest.raises(Throttled):
        town.show()

    assert town.outlook.shown(user) == []


# --- when to look again


def test_r22_who_has_an_absence_beyond_the_window_is_looked_at_when_it_comes_within_reach(town: Town) -> None:
    user = town.outlook.add("000104")

    town.read(record("2027-06-21"))

    assert wakes_at(town) == "2026-12-23T00:00"
    town.move_to("2026-12-23T00:00")
    town.show()
    assert [start for start, *_ in town.outlook.shown(user)] == ["2027-06-21T00:00"]


def test_r18_an_open_end_is_looked_at_when_its_week_is_over(town: Town) -> None:
    user = town.outlook.add("000104")

    town.read(record("2026-11-12", None))

    assert wakes_at(town) == "2026-11-16T00:00"
    town.move_to("2026-11-16T00:00")
    town.show()
    assert town.outlook.shown(user) == [("2026-11-12T00:00", "2026-11-23T00:00", "oof")]


# --- what a dry look says


def test_the_steps_are_the_calls_that_showing_makes(town: Town) -> None:
    town.outlook.add("000104")
    town.read(
        record("2026-11-13", hours=("2026-11-13T09:00", "2026-11-13T10:00")),
        record("2026-11-17", part=Part.MORNING, source_id="2"),
    )
    town.source.say(
        record("2026-11-13", hours=("2026-11-13T09:00", "2026-11-13T11:00"), version="2"),
        record("2026-11-17", part=Part.MORNING, source_id="2", version="2", state=State.CANCELLED),
        record("2026-11-19", part=Part.MORNING, source_id="3"),
    )
    town.hear(AbsencesHinted(source="file"))
    town.outlook.calls.clear()

    said = steps(town)
    town.show()

    assert sorted(said) == sorted(town.outlook.calls)


def test_what_its_owner_changed_takes_no_step(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-13", hours=("2026-11-13T09:00", "2026-11-13T10:00")))
    town.outlook.touch(user, show_as="free")
    town.read(record("2026-11-13", hours=("2026-11-13T09:00", "2026-11-13T11:00"), version="2"))

    town.source.say(record("2026-11-13", state=State.CANCELLED, version="3"))
    town.hear(AbsencesHinted(source="file"))

    assert steps(town) == []
