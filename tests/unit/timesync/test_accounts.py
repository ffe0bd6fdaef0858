"""R28: whose account is whose, as joiners, leavers and renamed people come and go."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from services.timesync.domain.identity import digest
from services.timesync.domain.records import State
from services.timesync.domain.roster import Roster
from services.timesync.people import PeopleFile, PersonRow, roster_of
from services.timesync.store.marks import ACCOUNTS_UNSAID
from services.timesync.store.tables import accounts
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
)
from shared.graph.errors import Unreachable
from shared.graph.mailbox import AutomaticReply

from .builders import at, record, roster
from .conftest import Town

NAME = "nieuw.persoon@example.org"
WEEK = [("2026-11-16T00:00", "2026-11-21T00:00", "oof")]
DAY = [("2026-11-16T00:00", "2026-11-17T00:00", "oof")]


def changed(user_id: str) -> GraphResourceChanged:
    return GraphResourceChanged(subscription_id="s", resource=f"users/{user_id}", change_type="updated")


def tick(town: Town) -> ClockStruck:
    return ClockStruck(at=town.clock.now(), period="tick")


def held(town: Town) -> list[tuple[str, str | None]]:
    return [(row.reason, row.employee) for row in town.store.held.all()]


def shows(said: list[Event]) -> list[tuple[str, int]]:
    return [(each.employee, each.calls) for each in said if isinstance(each, AbsencesShown)]


# --- who comes and goes


def test_a_joiner_is_shown_once_the_directory_tells_of_him(town: Town) -> None:
    town.read(record("2026-11-16", employee="009999"))
    user = town.outlook.add("009999")
    town.outlook.changed.append(user)

    said = town.hour()

    assert town.outlook.shown(user) == DAY
    assert AbsenceReleased(source="file", place="file.csv:2 1", reason="unknown_person") in said
    assert held(town) == []


def test_a_leaver_whose_account_is_disabled_loses_what_is_to_come_and_gets_his_reply_back(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-12", "2026-11-13"), record("2026-11-23", source_id="2"))
    town.move_to("2026-11-13T10:00")
    town.outlook.change(user, enabled=False)

    town.hour()

    assert town.outlook.shown(user) == [("2026-11-12T00:00", "2026-11-13T00:00", "oof")]  # what has passed stays
    assert town.outlook.replies[user].status == "disabled"
    assert held(town) == []


def test_an_account_that_is_enabled_again_is_shown_again(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    town.outlook.change(user, enabled=False)
    town.hour()
    town.outlook.change(user, enabled=True)

    town.hour()

    assert town.outlook.shown(user) == DAY


def test_of_a_deleted_account_nothing_is_asked_and_his_absences_are_held(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    town.outlook.retire(user)
    town.outlook.calls.clear()

    town.hour()

    assert held(town) == [("unknown_person", "000104")]
    assert town.outlook.calls == []


def test_whoever_is_renamed_keeps_his_events(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    town.outlook.change(user, upn="andere.naam@example.org", mail="andere.naam@example.org")

    said = town.hour()

    assert shows(said) == [("000104", 0)]
    assert town.outlook.shown(user) == DAY


def test_a_number_that_moves_to_another_account_takes_the_absences_along(town: Town) -> None:
    old, new = town.outlook.add("000104"), town.outlook.add("000105")
    town.read(record("2026-11-16"))
    town.outlook.change(old, employee=None)
    town.outlook.change(new, employee="000104")

    town.hour()

    assert (town.outlook.shown(old), town.outlook.shown(new)) == ([], DAY)


def test_an_account_that_changed_in_nothing_that_counts_compares_nobody(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    town.outlook.changed.append(user)

    assert shows(town.hour()) == []


# --- two matches, or none


def test_two_accounts_with_one_number_are_held_and_both_left_alone(town: Town) -> None:
    first, second = town.outlook.add("000104"), town.outlook.add("000104", upn="tweede@example.org")

    town.read(record("2026-11-16"))

    assert held(town) == [("ambiguous_person", "000104")]
    assert (town.outlook.shown(first), town.outlook.shown(second)) == ([], [])


TWICE = PeopleFile(
    people=[PersonRow(employee_number=each, name=each, upn="balie@example.org") for each in ("000104", "000105")]
)


def test_two_people_with_one_sign_in_name_do_not_share_a_mailbox(town: Town) -> None:
    town.rulebook.change(roster=roster_of(TWICE))
    user = town.outlook.add("balie", numbered=False)

    town.read(record("2026-11-16"), record("2026-11-17", employee="000105", source_id="2"))

    assert held(town) == [("ambiguous_person", "000104"), ("ambiguous_person", "000105")]
    assert town.outlook.shown(user) == []


def test_of_two_people_with_one_sign_in_name_the_one_whose_number_the_account_carries_has_it(town: Town) -> None:
    town.rulebook.change(roster=roster_of(TWICE))
    user = town.outlook.add("000104", upn="balie@example.org")

    town.read(record("2026-11-16"), record("2026-11-17", employee="000105", source_id="2"))

    assert held(town) == [("unknown_person", "000105")]
    assert town.outlook.shown(user) == DAY


@pytest.mark.parametrize("fault", [{"enabled": False}, {"mail": None}], ids=["disabled", "no mailbox"])
def test_of_two_accounts_of_which_one_can_be_used_that_one_is_taken(town: Town, fault: dict[str, object]) -> None:
    other, user = town.outlook.add("000104"), town.outlook.add("000104", upn="tweede@example.org")
    town.outlook.change(other, **fault)

    town.read(record("2026-11-16"))

    assert town.outlook.shown(user) == DAY
    assert town.outlook.shown(other) == []


def test_a_second_account_does_not_make_the_hub_forget_what_it_wrote_in_the_first(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    second = town.outlook.add("000104", upn="tweede@example.org")
    town.outlook.changed.append(second)
    town.hour()
    town.outlook.retire(second)
    town.hour()

    town.read(record("2026-11-16", state=State.CANCELLED, version="2"))

    assert town.outlook.shown(user) == []
    assert town.outlook.replies[user].status == "disabled"


def test_workers_without_a_mailbox_are_counted_and_nobody_is_told(town: Town) -> None:
    town.outlook.add("000107", mailbox=False)

    said = town.read(record("2026-11-17", employee="000107"))

    assert held(town) == [("no_mailbox", "000107")]
    assert not [each for each in said if isinstance(each, AbsenceHeld)]


def test_what_was_held_for_want_of_an_account_is_let_go_when_the_source_withdraws_it(town: Town) -> None:
    town.read(record("2026-11-16", employee="009999"))

    said = town.read(record("2026-11-16", employee="009999", state=State.CANCELLED, version="2"))

    assert AbsenceReleased(source="file", place="file.csv:2 1", reason="unknown_person") in said
    assert held(town) == []


# --- addresses instead of numbers


def test_a_source_that_names_people_by_the_address_of_the_people_file_means_their_number(town: Town) -> None:
    user = town.outlook.add("000104")

    said = town.read(record("2026-11-16", employee="Tuur.Testman@example.org"))

    assert AbsencesChanged(employee="000104") in said
    assert town.outlook.shown(user) == DAY


@pytest.mark.parametrize("name", [NAME, NAME.upper()])
def test_a_source_that_names_people_by_their_address_means_the_number_of_the_account(town: Town, name: str) -> None:
    user = town.outlook.add("009999", upn=NAME)

    town.read(record("2026-11-16", employee=name))

    assert [each.employee for each in town.store.records.all()] == ["009999"]
    assert town.outlook.shown(user) == DAY


def test_an_account_without_a_number_is_found_by_its_address(town: Town) -> None:
    user = town.outlook.add("", upn=NAME, numbered=False)

    town.read(record("2026-11-16", employee=NAME))

    assert town.outlook.shown(user) == DAY


def test_who_gets_a_number_takes_along_what_was_known_under_his_address(town: Town) -> None:
    user = town.outlook.add("", upn=NAME, numbered=False)
    town.read(record("2026-11-16", employee=NAME))
    town.outlook.change(user, employee="009999")

    said = town.hour()
    town.read(record("2026-11-16", "2026-11-20", employee=NAME, version="2"))

    assert shows(said) == [("009999", 0)]
    assert town.outlook.shown(user) == WEEK
    assert town.store.everybody.page("", 10) == ["009999"]


@pytest.mark.parametrize("first", [ComparisonWanted(run="r"), AbsencesHinted(source="file")], ids=["compared", "read"])
def test_who_is_put_on_the_people_file_takes_along_what_was_known_under_his_address(town: Town, first: Event) -> None:
    user = town.outlook.add("", upn=NAME, numbered=False)
    town.read(record("2026-11-16", employee=NAME))
    known = roster().person("000104")
    town.rulebook.change(roster=Roster({"009999": replace(known, employee="009999", upn=NAME)}))

    town.settle(first)

    assert town.store.everybody.page("", 10) == ["009999"]
    assert town.outlook.shown(user) == DAY
    assert [each for each in town.outlook.calls if each != "reply"] == ["create"]


def test_a_source_that_is_read_before_the_change_of_key_was_said_makes_no_second_event(town: Town) -> None:
    user = town.outlook.add("", upn=NAME, numbered=False)
    town.read(record("2026-11-16", employee=NAME))
    town.outlook.change(user, employee="009999")
    town.clock.advance(timedelta(hours=1))
    town.lose(tick(town))

    town.read(record("2026-11-16", employee=NAME))

    assert town.outlook.shown(user) == DAY
    assert town.outlook.calls.count("create") == 1


def test_where_both_keys_have_a_reply_the_one_of_the_number_stays(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"), record("2026-11-16", source_id="2", employee="000105"))
    mine = town.store.replies.of("000104")
    assert mine is not None
    town.store.replies.keep("000105", replace(mine, user_id="elsewhere"))

    town.store.everybody.rename("000105", "000104")

    assert town.store.replies.of("000104") == mine
    assert town.store.replies.of("000105") is None
    assert {each.employee for each in town.store.records.all()} == {"000104"}
    assert town.outlook.shown(user) == DAY


def test_what_was_held_under_an_address_is_let_go_when_its_owner_gets_a_number(town: Town) -> None:
    town.read(record("2026-11-16", employee=NAME))
    user = town.outlook.add("009999", upn=NAME)

    said = town.settle(changed(user))

    assert town.outlook.shown(user) == DAY
    assert AbsenceReleased(source="file", place="file.csv:2 1", reason="unknown_person") in said
    assert held(town) == []


# --- how the directory is read


def test_the_directory_is_read_before_the_first_source(town: Town) -> None:
    town.outlook.breaks_at = None
    town.source.say(record("2026-11-16"))

    with pytest.raises(Unreachable):
        town.hear(AbsencesHinted(source="file"))

    assert town.source.reads == 0
    assert town.store.records.all() == []


def test_a_reading_that_breaks_off_goes_on_where_it_was(town: Town) -> None:
    users = [town.outlook.add(f"00010{number}") for number in range(1, 6)]
    town.outlook.page_size, town.outlook.breaks_at = 2, "2"
    town.source.say(record("2026-11-16"))
    with pytest.raises(Unreachable):
        town.hear(AbsencesHinted(source="file"))

    town.settle(AbsencesHinted(source="file"))

    assert [each for each in town.outlook.asked if each.startswith("delta")] == [
        "delta None",
        "delta 2",
        "delta 2",
        "delta 4",
    ]
    assert town.store.accounts.count() == 5
    assert town.outlook.shown(users[3]) == DAY


def test_an_expired_link_reads_everybody_anew_and_forgets_who_is_gone(town: Town) -> None:
    gone, user = town.outlook.add("000104"), town.outlook.add("000105")
    town.read(record("2026-11-16"))
    town.outlook.retire(gone)
    town.outlook.changed.clear()
    town.outlook.forgets_link = True

    town.hour()

    assert list(town.store.accounts.by_id([gone, user])) == [user]
    assert held(town) == [("unknown_person", "000104")]


def test_a_reading_anew_that_breaks_off_forgets_nobody_before_it_is_over(town: Town) -> None:
    users = [town.outlook.add(f"00010{number}") for number in range(1, 5)]
    town.read(record("2026-11-16"))
    town.outlook.retire(users[0])
    town.outlook.changed.clear()
    town.outlook.page_size, town.outlook.breaks_at, town.outlook.forgets_link = 2, "2", True
    town.clock.advance(timedelta(hours=1))
    town.hear(tick(town))
    before = town.store.accounts.count()

    town.hour()

    assert (before, town.store.accounts.count()) == (4, 3)


def test_of_a_change_that_tells_little_the_account_is_asked_for(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    town.outlook.change(user, upn="andere.naam@example.org")
    town.outlook.asked.clear()

    town.hour()

    assert [each for each in town.outlook.asked if each.startswith("user")] == [f"user {user}"]
    assert town.store.accounts.by_id([user])[user].sign_in == digest("andere.naam@example.org")


def test_the_directory_is_asked_once_an_hour(town: Town) -> None:
    town.hour()
    town.outlook.asked.clear()

    town.settle(tick(town))
    assert town.outlook.asked == []
    town.hour()
    assert town.outlook.asked == ["delta changes"]


def test_a_directory_that_is_away_keeps_no_source_from_its_turn(town: Town) -> None:
    town.outlook.breaks_at = None

    said = town.hear(tick(town))

    assert AbsencesHinted(source="file") in said


def test_a_change_that_was_stored_but_not_said_leads_to_a_comparison(town: Town) -> None:
    town.read(record("2026-11-16", employee="009999"))
    user = town.outlook.add("009999")
    town.lose(changed(user))

    said = town.settle(tick(town))

    assert [each for each in said if isinstance(each, ComparisonWanted) and each.run.startswith("accounts")]
    assert town.outlook.shown(user) == DAY


def test_a_change_that_was_said_leads_to_no_comparison(town: Town) -> None:
    town.read(record("2026-11-16", employee="009999"))
    town.hour()
    user = town.outlook.add("009999")
    town.settle(changed(user))

    said = town.settle(tick(town))

    assert not [each for each in said if isinstance(each, ComparisonWanted)]


def test_the_books_know_a_name_again_and_do_not_hold_it(town: Town) -> None:
    town.outlook.add("000104", upn="Tuur.Testman@example.org")
    town.read(record("2026-11-16"))

    with town.database.read() as connection:
        rows = repr(connection.execute(select(accounts)).all())

    assert "testman" not in rows.lower()
    assert [each.user_id for each in town.store.accounts.named([digest("tuur.testman@EXAMPLE.org")])] == ["user-1"]


def test_a_source_that_knows_the_address_and_a_file_that_knows_the_sign_in_name_mean_one_person(town: Town) -> None:
    upn = roster().person("000104").upn
    user = town.outlook.add("000104", numbered=False, upn=upn)
    town.outlook.change(user, mail="voornaam.familienaam@example.org")

    said = town.read(
        record("2026-11-16"), record("2026-11-17", employee="Voornaam.Familienaam@example.org", source_id="2")
    )

    assert [each.employee for each in said if isinstance(each, AbsencesShown)] == ["000104"]
    assert town.outlook.shown(user) == [("2026-11-16T00:00", "2026-11-18T00:00", "oof")]


def test_whoever_is_not_known_for_a_while_gets_his_own_reply_back_in_the_end(town: Town) -> None:
    user = town.outlook.add("000104")
    own = AutomaticReply("scheduled", at("2026-12-01"), at("2026-12-05"), "cursus", "cursus")
    town.outlook.replies[user] = own
    town.read(record("2026-11-12", "2026-11-13"))
    town.outlook.change(user, employee=None)
    town.hour()
    town.outlook.change(user, employee="000104")
    town.hour()
    town.move_to("2026-11-14T00:05")

    town.settle(AbsencesChanged(employee="000104"))

    assert town.outlook.replies[user].external == "cursus"


def test_a_reply_that_nobody_could_give_back_is_forgotten_in_the_end(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-12", "2026-11-13"))
    town.outlook.retire(user)
    town.hour()
    kept = town.store.replies.of("000104")
    town.clock.advance(timedelta(days=33))

    town.night()

    assert kept is not None
    assert town.store.replies.of("000104") is None


def test_a_clock_that_was_put_back_does_not_keep_the_directory_waiting(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    town.hour()
    town.outlook.change(user, enabled=False)
    town.clock.advance(timedelta(days=-1))

    town.settle(tick(town))

    assert town.outlook.shown(user) == []


def test_a_change_that_was_stored_and_not_said_is_not_forgotten_for_another_one(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    town.hour()
    town.store.marks.put(ACCOUNTS_UNSAID, "yes")  # by a reading that broke off

    town.settle(changed(user))

    assert [each for each in town.hear(tick(town)) if isinstance(each, ComparisonWanted)]
