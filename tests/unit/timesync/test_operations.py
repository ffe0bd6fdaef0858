"""ICT stops everything, puts it back, and has one person or everybody compared anew."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.timesync.domain.records import State
from services.timesync.operations import away, compare, compare_all, halted, identify, resume, stop
from services.timesync.store.marks import ACCOUNTS_READ_AT
from shared.events import (
    AbsencesChanged,
    AbsencesHinted,
    ClockStruck,
    ComparisonWanted,
    GraphResourceChanged,
    MailboxCheckWanted,
    RereadWanted,
)
from shared.graph.mailbox import AutomaticReply

from .builders import day, record
from .conftest import Town

OWN = AutomaticReply(
    "alwaysEnabled", datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2026-01-02"), "a", "b"
)


def showing(town: Town) -> int:
    return town.store.everybody.showing(town.world.local_now())


def halt(town: Town) -> None:
    town.settle(stop(town.world, "hub (ict)"))


def test_a_stop_takes_away_what_is_to_come(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"), record("2026-11-23", "2026-11-25", source_id="2", profile="telewerk"))

    halt(town)

    assert town.outlook.shown(user) == []
    assert showing(town) == 0


def test_a_stop_puts_the_reply_back_that_stood_there(town: Town) -> None:
    user = town.outlook.add("000104")
    own = AutomaticReply("disabled", OWN.start, OWN.end, "Mijn tekst", "Mijn tekst")
    town.outlook.replies[user] = own
    town.read(record("2026-11-16"))
    assert town.outlook.reply(user).status == "scheduled"

    halt(town)

    assert town.outlook.reply(user).status == "disabled"
    assert "Mijn tekst" in town.outlook.reply(user).internal


def test_a_stop_ends_an_absence_that_is_going_on_and_keeps_what_is_past(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-12", "2026-11-17"))
    town.move_to("2026-11-16T09:00")

    halt(town)

    assert [(start[:10], end[:10]) for start, end, _ in town.outlook.shown(user)] == [("2026-11-12", "2026-11-16")]
    assert showing(town) == 0


def test_a_second_stop_costs_no_call(town: Town) -> None:
    town.outlook.add("000104")
    town.read(record("2026-11-16"))
    halt(town)
    town.outlook.calls.clear()
    first = halted(town.world)
    town.clock.advance(timedelta(hours=1))

    halt(town)

    assert town.outlook.calls == []
    assert halted(town.world) == first


def test_while_stopped_the_sources_are_read_and_nothing_is_shown(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    halt(town)

    town.read(record("2026-11-16"), record("2026-11-20", source_id="2"))

    assert town.outlook.shown(user) == []
    assert len(town.store.records.all()) == 2


def test_resuming_puts_everything_back_once(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-12", "2026-11-17"), record("2026-11-23", source_id="2"))
    town.move_to("2026-11-16T09:00")
    before = town.outlook.shown(user)
    reply = town.outlook.reply(user)
    halt(town)

    town.settle(resume(town.world))

    assert town.outlook.shown(user) == before
    assert town.outlook.reply(user).end == reply.end
    assert halted(town.world) is None
    town.outlook.calls.clear()
    town.settle(ComparisonWanted(run="again"))
    assert town.outlook.calls == []


def test_resuming_shows_what_the_source_says_by_then(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    halt(town)
    town.read(record("2026-11-16", state=State.CANCELLED, version="2"), record("2026-11-20", source_id="2"))

    town.settle(resume(town.world))

    assert [start[:10] for start, _, _ in town.outlook.shown(user)] == ["2026-11-20"]


def test_an_event_that_its_owner_changed_survives_a_stop(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    town.outlook.touch(user, subject="Mijn dag")
    town.read(record("2026-11-16", "2026-11-17", version="2"))
    shown = town.outlook.shown(user)

    halt(town)

    assert town.outlook.shown(user) == shown
    assert showing(town) == 0


def test_everybody_is_compared_by_reading_every_source_whole(town: Town) -> None:
    reread, comparison = compare_all(town.world)

    assert reread == RereadWanted(source="file")
    assert isinstance(comparison, ComparisonWanted)


def test_a_person_is_compared_with_source_and_mailbox(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16"))

    assert identify(town.world, ["000104"]) == [
        GraphResourceChanged(subscription_id="resync", resource=f"users/{user}", change_type="updated")
    ]
    assert compare(town.world, ["000104"]) == [
        AbsencesHinted(source="file"),
        MailboxCheckWanted(employee="000104", repair=True),
        AbsencesChanged(employee="000104"),
    ]


def test_an_account_that_came_since_is_found_with_the_next_tick(town: Town) -> None:
    town.outlook.add("000104")
    town.read(record("2026-11-16"), record("2026-11-16", source_id="2", employee="000105"))
    user = town.outlook.add("000105")
    town.outlook.changed.append(user)

    compare(town.world, ["000105"])
    town.settle(ClockStruck(at=town.clock.now(), period="tick"))

    assert len(town.outlook.shown(user)) == 1


def test_a_directory_that_was_never_read_is_not_taken_for_read(town: Town) -> None:
    compare(town.world, ["000104"])

    assert town.store.marks.get(ACCOUNTS_READ_AT) is None


def test_who_is_away_in_a_period_is_whose_absence_touches_it(town: Town) -> None:
    town.read(
        record("2026-11-16", "2026-11-20", employee="1", source_id="1"),
        record("2026-11-23", "2026-11-23", employee="2", source_id="2"),
        record("2026-11-02", None, employee="3", source_id="3"),
        record("2026-12-01", employee="4", source_id="4"),
    )

    assert away(town.world, day("2026-11-20"), day("2026-11-23")) == ["1", "2", "3"]
    assert away(town.world, day("2026-11-24"), None) == ["3", "4"]
    assert away(town.world, None, day("2026-11-15")) == ["3"]
