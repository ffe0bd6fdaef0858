"""What timesync does when something happens, by its outcome in Outlook."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.timesync.domain.records import Part, State
from services.timesync.systems.base import Held
from shared.errors import Invalid, Transient
from shared.events import (
    AbsenceHeld,
    AbsenceReleased,
    AbsencesChanged,
    AbsencesHinted,
    AbsencesShown,
    ClockStruck,
    ComparisonWanted,
    Event,
    GraphResourceChanged,
    RereadWanted,
)
from shared.graph.errors import Throttled

from .builders import at, record
from .conftest import Town
from .outlook import Killed


def tick(town: Town, period: str = "tick") -> list[Event]:
    return town.hear(ClockStruck(at=town.clock.now(), period=period))


def hints(town: Town) -> list[Event]:
    return [each for each in tick(town) if isinstance(each, AbsencesHinted)]


def shown(town: Town, events: int, calls: int, employee: str = "000104") -> AbsencesShown:
    return AbsencesShown(employee=employee, events=events, calls=calls, at=town.clock.now())


# --- sources


def test_a_source_is_hinted_when_its_interval_has_passed(town: Town) -> None:
    assert hints(town) == [AbsencesHinted(source="file")]
    assert hints(town) == []

    town.clock.advance(timedelta(minutes=15))

    assert hints(town) == [AbsencesHinted(source="file")]


def test_a_clock_that_was_put_back_makes_no_source_wait_for_it(town: Town) -> None:
    assert hints(town) == [AbsencesHinted(source="file")]

    town.clock.advance(timedelta(days=-1))

    assert hints(town) == [AbsencesHinted(source="file")]


def test_a_hint_gives_one_change_per_employee_whose_records_changed(town: Town) -> None:
    town.source.say(
        record("2026-11-16"),
        record("2026-11-17", source_id="2"),
        record("2026-11-17", source_id="3", employee="000105"),
    )

    said = town.hear(AbsencesHinted(source="file"))

    assert said == [AbsencesChanged(employee="000104"), AbsencesChanged(employee="000105")]


def test_a_change_that_was_stored_but_not_said_is_said_the_next_time(town: Town) -> None:
    town.source.say(record("2026-11-16"))
    town.lose(AbsencesHinted(source="file"))

    assert town.hear(AbsencesHinted(source="file")) == [AbsencesChanged(employee="000104")]


def test_a_change_that_was_heard_is_not_said_again(town: Town) -> None:
    town.outlook.add("000104")
    town.read(record("2026-11-16"))

    assert town.hear(AbsencesHinted(source="file")) == []


def test_a_held_row_is_said_until_it_is_heard_back(town: Town) -> None:
    town.source.say(held=(Held("file.csv:11 A-3008", "unknown_code", "000102", "A-3008"),))
    announced = AbsenceHeld(source="file", place="file.csv:11 A-3008", reason="unknown_code", employee="000102")

    assert town.hear(AbsencesHinted(source="file")) == [announced]
    assert town.hear(AbsencesHinted(source="file")) == [announced]
    town.hear(announced)
    assert town.hear(AbsencesHinted(source="file")) == []


def test_a_held_row_that_shifts_to_another_line_is_not_news(town: Town) -> None:
    town.read(held=(Held("file.csv:11 A-3008", "unknown_code", "000102", "A-3008"),))

    said = town.read(held=(Held("file.csv:29 A-3008", "unknown_code", "000102", "A-3008"),))

    assert said == []
    assert [row.place for row in town.store.held.all()] == ["file.csv:11 A-3008"]  # the place that people were told


def test_a_mended_row_is_no_longer_held(town: Town) -> None:
    town.read(record("2026-11-16"), held=(Held("file.csv:3 9", "unknown_code", "000102", "9"),))

    town.read(record("2026-11-16"), record("2026-11-17", source_id="9"))

    assert "unknown_code" not in {row.reason for row in town.store.held.all()}


def test_a_mended_row_is_announced_until_that_is_certain(town: Town) -> None:
    town.read(held=(Held("file.csv:3 9", "unknown_code", "000102", "9"),))
    mended = AbsenceReleased(source="file", place="file.csv:3 9", reason="unknown_code")

    town.source.say(record("2026-11-17", source_id="9"))
    said = town.hear(AbsencesHinted(source="file"))
    again = town.hear(AbsencesHinted(source="file"))
    town.hear(mended)

    assert mended in said
    assert mended in again
    assert mended not in town.hear(AbsencesHinted(source="file"))


def test_a_row_that_is_held_again_before_its_release_was_heard_is_announced_as_held(town: Town) -> None:
    held = Held("file.csv:3 9", "unknown_code", "000102", "9")
    town.read(held=(held,))
    town.source.say(record("2026-11-17", source_id="9"))
    town.hear(AbsencesHinted(source="file"))

    said = town.read(held=(held,))

    assert AbsenceHeld(source="file", place="file.csv:3 9", reason="unknown_code", employee="000102") in said
    assert "file.csv:3 9" in [row.place for row in town.store.held.all()]


def test_duplicates_are_kept_to_look_up_and_not_announced(town: Town) -> None:
    assert town.read(held=(Held("file.csv:10 A-3007", "duplicate_row", "000105", "A-3007"),)) == []
    assert [row.reason for row in town.store.held.all()] == ["duplicate_row"]


def test_r23_an_export_that_lost_half_of_itself_deletes_nothing(town: Town) -> None:
    user = town.outlook.add("000104")
    weeks = [record(f"2026-11-{day}", source_id=str(day)) for day in (16, 18, 20, 24)]
    town.read(*weeks)

    said = town.read(weeks[0])

    assert AbsenceHeld(source="file", place="file", reason="mass_deletion_blocked") in said
    assert len(town.outlook.shown(user)) == 4


def test_r23_an_empty_export_deletes_nothing(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))

    said = town.read()

    assert [each.reason for each in said if isinstance(each, AbsenceHeld)] == ["mass_deletion_blocked"]
    assert len(town.outlook.shown(user)) == 1


def test_r23_what_is_missing_from_a_whole_reading_disappears(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"), record("2026-11-18", source_id="2"))

    town.read(record("2026-11-16"))

    assert town.outlook.shown(user) == [("2026-11-16T00:00", "2026-11-17T00:00", "oof")]


def test_what_is_held_now_was_not_deleted(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"), record("2026-11-18", source_id="2"))

    town.read(record("2026-11-16"), held=(Held("file.csv:3 2", "impossible_date", "000104", "2"),))

    assert len(town.outlook.shown(user)) == 2


def test_a_partial_reading_deletes_only_what_it_names(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"), record("2026-11-18", source_id="2"))

    town.read(complete=False, deleted={"2": "2"})

    assert town.outlook.shown(user) == [("2026-11-16T00:00", "2026-11-17T00:00", "oof")]


def test_r13_a_stale_version_changes_nothing(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16", version="5"))

    said = town.read(record("2026-11-16", "2026-11-20", version="4"))

    assert said == []
    assert town.outlook.shown(user) == [("2026-11-16T00:00", "2026-11-17T00:00", "oof")]


def test_r24_a_source_that_is_down_leaves_everything_as_it_is(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    town.source.failure = Transient("http_unreachable", "down")

    with pytest.raises(Transient):
        town.hear(AbsencesHinted(source="file"))

    assert len(town.outlook.shown(user)) == 1


def test_a_hint_reads_on_from_where_it_was_and_a_wish_to_reread_begins_anew(town: Town) -> None:
    town.source.say(record("2026-11-16"))

    town.lose(AbsencesHinted(source="file"))
    town.lose(AbsencesHinted(source="file"))
    said = town.hear(RereadWanted(source="file"))

    assert town.source.cursors == [None, "1", None]
    assert said == [AbsencesChanged(employee="000104")]


def test_a_wish_to_reread_an_unknown_source_names_the_known_ones(town: Town) -> None:
    with pytest.raises(Invalid, match=r"expected one of .*file"):
        town.hear(RereadWanted(source="elsewhere"))


def test_a_hint_for_an_unknown_source_names_the_known_ones(town: Town) -> None:
    with pytest.raises(Invalid, match=r"expected one of .*file"):
        town.hear(AbsencesHinted(source="elsewhere"))


def test_r18_r22_a_new_day_compares_everybody_again(town: Town) -> None:
    town.outlook.add("000104")
    town.read(record("2026-11-16"))

    assert tick(town, "day") == [ComparisonWanted(run="day-2026-11-12")]


def test_absences_that_ended_a_month_ago_are_forgotten(town: Town) -> None:
    town.read(record("2026-10-20"), record("2026-11-16", source_id="2"))
    town.move_to("2026-11-21T00:00")

    tick(town, "day")

    assert [each.source_id for each in town.store.records.all()] == ["2"]


def test_what_was_forgotten_is_not_learned_again_from_an_old_export(town: Town) -> None:
    town.outlook.add("000104")

    assert town.read(record("2026-10-01")) == []
    assert town.store.records.all() == []


def test_an_open_end_that_was_closed_long_ago_is_learned(town: Town) -> None:
    town.read(record("2026-10-01", None))

    town.read(record("2026-10-01", "2026-10-05", version="2"))

    assert [str(each.last) for each in town.store.records.all()] == ["2026-10-05"]


# --- events


def test_an_absence_becomes_a_private_event_that_says_no_more_than_afwezig(town: Town) -> None:
    user = town.outlook.add("000104")

    said = town.read(record("2026-11-16", "2026-11-20"))

    assert said[-1] == shown(town, events=1, calls=2)
    event = town.outlook.only(user).shown
    assert (event.subject, event.show_as, event.all_day) == ("Afwezig", "oof", True)
    assert event.as_json()["sensitivity"] == "private"
    assert "attendees" not in event.as_json()


def test_r21_a_repeated_message_changes_nothing_and_has_the_same_outcome(town: Town) -> None:
    town.outlook.add("000104")
    town.read(record("2026-11-16"))
    town.outlook.calls.clear()

    assert town.show() == town.show() == [shown(town, events=1, calls=0)]
    assert town.outlook.calls == []


def test_a_cancelled_absence_disappears_with_its_reply(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))

    said = town.read(record("2026-11-16", state=State.CANCELLED, version="2"))

    assert said[-1] == shown(town, events=0, calls=2)
    assert town.outlook.shown(user) == []
    assert town.outlook.replies[user].status == "disabled"


def test_r16_an_extension_keeps_the_same_event(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    before = town.outlook.only(user).id

    town.read(record("2026-11-16", "2026-11-20", version="2"))

    assert town.outlook.only(user).id == before
    assert town.outlook.shown(user) == [("2026-11-16T00:00", "2026-11-21T00:00", "oof")]


def test_an_absence_that_comes_back_gets_an_event_again(town: Town) -> None:
    user = town.outlook.add("000104")
    for version, state in enumerate((State.APPROVED, State.CANCELLED, State.APPROVED, State.CANCELLED, State.APPROVED)):
        town.read(record("2026-11-16", state=state, version=str(version)))

    assert town.outlook.shown(user) == [("2026-11-16T00:00", "2026-11-17T00:00", "oof")]


def test_a_death_right_after_the_event_was_made_does_not_make_a_second(town: Town) -> None:
    user = town.outlook.add("000104")
    town.source.say(record("2026-11-13", part=Part.AFTERNOON))
    town.hear(AbsencesHinted(source="file"))
    town.outlook.die_after_next = True
    with pytest.raises(Killed):
        town.show()

    said = town.show()

    assert said == [shown(town, events=1, calls=1)]
    assert len(town.outlook.events[user]) == 1
    assert town.show() == [shown(town, events=1, calls=0)]


def test_a_death_right_after_an_event_was_changed_ends_in_the_same_shape(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-13", part=Part.AFTERNOON))
    town.source.say(
        record("2026-11-13", part=Part.MORNING, version="2"), record("2026-11-17", part=Part.MORNING, source_id="2")
    )
    town.hear(AbsencesHinted(source="file"))
    town.outlook.die_after_next = True
    with pytest.raises(Killed):
        town.show()

    town.show()

    assert [start for start, *_ in town.outlook.shown(user)] == ["2026-11-13T08:30", "2026-11-17T08:30"]


def test_a_throttled_mailbox_is_finished_later(town: Town) -> None:
    user = town.outlook.add("000104")
    town.source.say(record("2026-11-16"), record("2026-11-18", source_id="2"))
    town.hear(AbsencesHinted(source="file"))
    town.outlook.fail_next = Throttled("graph_429", "wait", timedelta(seconds=5))
    with pytest.raises(Throttled):
        town.show()

    town.show()

    assert len(town.outlook.events[user]) == 2


def test_r26_an_event_that_its_owner_deleted_is_not_made_again_for_this_version(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    town.outlook.events[user].clear()
    town.read(record("2026-11-16", "2026-11-17", version="2"))
    town.show()

    assert town.outlook.shown(user) == []


def test_r26_when_the_source_changes_after_that_it_is_written_again(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    town.outlook.events[user].clear()
    town.read(record("2026-11-16", "2026-11-17", version="2"))

    town.read(record("2026-11-16", "2026-11-18", version="3"))

    assert town.outlook.shown(user) == [("2026-11-16T00:00", "2026-11-19T00:00", "oof")]


def test_r26_nothing_is_made_to_cut_short_what_its_owner_deleted(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-12", "2026-11-13"))
    town.outlook.events[user].clear()
    town.read(record("2026-11-12", "2026-11-20", version="2"))
    town.move_to("2026-11-16T07:00")

    town.read(record("2026-11-12", "2026-11-20", state=State.CANCELLED, version="3"))

    assert town.outlook.shown(user) == []


def test_r26_an_event_that_its_owner_changed_is_left_to_him(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    town.outlook.touch(user, show_as="free", end=at("2026-11-18"))

    town.read(record("2026-11-16", "2026-11-19", version="2"))

    assert town.outlook.shown(user) == [("2026-11-16T00:00", "2026-11-18T00:00", "free")]


def test_an_event_of_which_only_the_etag_changed_is_still_ours(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    town.outlook.touch(user)

    town.read(record("2026-11-16", "2026-11-19", version="2"))

    assert town.outlook.shown(user) == [("2026-11-16T00:00", "2026-11-20T00:00", "oof")]


def test_who_has_nothing_to_show_is_shown_with_nothing(town: Town) -> None:
    town.outlook.add("000105")

    assert town.show("000105") == [shown(town, events=0, calls=0, employee="000105")]


def test_an_event_that_its_owner_deleted_before_we_remembered_it_is_not_made_again(town: Town) -> None:
    user = town.outlook.add("000104")
    town.source.say(record("2026-11-13", part=Part.AFTERNOON))
    town.hear(AbsencesHinted(source="file"))
    town.outlook.die_after_next = True
    with pytest.raises(Killed):
        town.show()
    town.outlook.events[user].clear()

    assert town.show() == town.show() == [shown(town, events=1, calls=0)]  # the period is there, in our books
    assert town.outlook.shown(user) == []


def test_r26_a_detached_event_stays_when_the_absence_is_cancelled(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    town.outlook.touch(user, end=at("2026-11-19"))
    town.read(record("2026-11-16", "2026-11-19", version="2"))

    said = town.read(record("2026-11-16", "2026-11-20", state=State.CANCELLED, version="3"))

    assert said[-1] == shown(town, events=0, calls=1)  # the reply is the hub's, the event no longer
    assert len(town.outlook.shown(user)) == 1


# --- people


def test_r28_a_mailbox_that_is_not_there_is_skipped_and_found_when_it_comes(town: Town) -> None:
    user = town.outlook.add("000104")
    mailbox = town.outlook.events.pop(user)
    town.read(record("2026-11-16"))
    assert [row.reason for row in town.store.held.all()] == ["no_mailbox"]

    town.outlook.events[user] = mailbox

    assert town.show() == [shown(town, events=1, calls=2)]
    assert town.store.held.all() == []


def test_r28_a_mailbox_that_is_away_for_a_while_shows_what_changed_meanwhile(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    mailbox = town.outlook.events.pop(user)
    town.read(record("2026-11-16", "2026-11-17", version="2"))
    assert [row.reason for row in town.store.held.all()] == ["no_mailbox"]

    town.outlook.events[user] = mailbox
    town.night()

    assert town.outlook.shown(user) == [("2026-11-16T00:00", "2026-11-18T00:00", "oof")]
    assert town.store.held.all() == []


def test_r28_an_unknown_person_is_held_where_he_can_be_found(town: Town) -> None:
    said = town.read(record("2026-12-02", employee="009999", source_id="A-3009"))

    assert said[-1] == AbsenceHeld(source="file", place="file.csv:2 A-3009", reason="unknown_person", employee="009999")


def test_r28_a_worker_without_a_mailbox_is_skipped_in_silence(town: Town) -> None:
    town.outlook.add("000107", mailbox=False)

    said = town.read(record("2026-11-17", employee="000107"))

    assert said == [AbsencesChanged(employee="000107")]
    assert [row.reason for row in town.store.held.all()] == ["no_mailbox"]


def test_r28_two_accounts_with_one_number_are_held(town: Town) -> None:
    town.outlook.add("000104")
    town.outlook.add("000104", upn="second@example.org")

    said = town.read(record("2026-11-17"))

    assert [each.reason for each in said if isinstance(each, AbsenceHeld)] == ["ambiguous_person"]


def test_r28_the_sign_in_name_of_the_roster_finds_an_account_without_a_number(town: Town) -> None:
    user = town.outlook.add("000104", upn="tuur.testman@example.org", numbered=False)

    town.read(record("2026-11-16"))

    assert len(town.outlook.shown(user)) == 1


def test_a_person_who_gets_an_account_is_shown_and_no_longer_held(town: Town) -> None:
    town.read(record("2026-11-16", employee="009999"))
    user = town.outlook.add("009999")

    said = town.settle(GraphResourceChanged(subscription_id="s", resource=f"users/{user}", change_type="updated"))

    assert said[-1] == shown(town, events=1, calls=2, employee="009999")
    assert town.store.held.all() == []


def test_an_employee_who_gets_another_account_takes_his_absences_along(town: Town) -> None:
    old = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    town.outlook.retire(old)
    new = town.outlook.add("000104", upn="new@example.org")

    town.settle(GraphResourceChanged(subscription_id="s", resource=f"users/{old}", change_type="deleted"))
    town.settle(GraphResourceChanged(subscription_id="s", resource=f"users/{new}", change_type="updated"))

    assert town.outlook.shown(old) == []
    assert len(town.outlook.shown(new)) == 1
    assert town.outlook.replies[new].status == "scheduled"


def test_a_change_of_an_account_that_concerns_nothing_here_changes_nothing(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    town.outlook.calls.clear()

    said = town.settle(GraphResourceChanged(subscription_id="s", resource=f"users/{user}", change_type="updated"))

    assert said == []
    assert town.outlook.calls == []


@pytest.mark.parametrize("resource", ["groups/1", "users/1/events/2"])
def test_other_resources_concern_nobody(town: Town, resource: str) -> None:
    assert town.hear(GraphResourceChanged(subscription_id="s", resource=resource, change_type="updated")) == []
