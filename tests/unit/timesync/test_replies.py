"""The automatic reply: one slot, shared with the owner of the mailbox."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.timesync.domain.records import State
from services.timesync.domain.replies import reply_for
from services.timesync.domain.texts import Contact, Office, external_text, in_full, internal_text
from shared.events import AbsencesHinted
from shared.graph.mailbox import AutomaticReply

from .builders import at, day, person, record, segment
from .conftest import OFFICE, Town
from .outlook import Killed

NOW = at("2026-11-12T07:05")
OWN = AutomaticReply("alwaysEnabled", at("2026-01-01"), at("2026-01-02"), "van mij", "van mij")
DRAFT = AutomaticReply("disabled", at("2026-01-01"), at("2026-01-02"), "klad", "klad")


def test_the_reply_names_the_last_day_and_the_return_day_and_no_reason() -> None:
    reply = reply_for([segment("2026-11-16", "2026-11-21")], person(), OFFICE, NOW)

    assert reply is not None
    assert "tot en met vrijdag 20 november 2026" in reply.external
    assert "maandag 23 november 2026" in reply.external
    assert "onthaal@example.org of 053 00 00 00" in reply.external
    assert "post@example.org" in reply.external
    assert "Tuur Testman" in reply.external
    assert "verlof" not in reply.external.lower()


def test_two_absences_with_the_same_dates_have_the_same_text() -> None:
    leave, illness = (reply_for([segment("2026-11-16", "2026-11-21")], person(), OFFICE, NOW) for _ in range(2))

    assert leave == illness


@pytest.mark.parametrize(
    ("end", "open_ended"),
    [("2026-12-17", False), ("2026-11-23", True)],
    ids=["R11 longer than 30 days", "R18 open end"],
)
def test_long_and_open_absences_tell_no_date(end: str, open_ended: bool) -> None:
    reply = reply_for([replace(segment("2026-11-16", end), open_ended=open_ended)], person(), OFFICE, NOW)

    assert reply is not None
    assert "2026" not in reply.external + reply.internal


@pytest.mark.parametrize(
    "absent",
    [
        segment("2026-11-16T12:30", "2026-11-16T16:36", whole=False),
        segment("2026-11-16", "2026-11-17", profile="telewerk"),
        segment("2026-11-10", "2026-11-12"),
    ],
    ids=["half day", "telework", "over"],
)
def test_only_whole_days_away_get_a_reply(absent: object) -> None:
    assert reply_for([absent], person(), OFFICE, NOW) is None  # type: ignore[list-item]  # parametrized


def test_the_present_absence_goes_before_the_next() -> None:
    both = [segment("2026-11-12", "2026-11-13"), segment("2026-11-20", "2026-11-21")]

    reply = reply_for(both, person(), OFFICE, NOW)

    assert reply is not None
    assert reply.span == both[0].span


def test_names_and_contacts_are_escaped() -> None:
    office = Office("<Stad> & Co", Contact("a@example.org", ""), services={"B & B": Contact("<b>@example.org", "")})

    text = external_text(office, "B & B", "<script>", (day("2026-11-20"), day("2026-11-23"))) + internal_text(
        office, "x", None
    )

    assert "<script>" not in text
    assert "B &amp; B: &lt;b&gt;@example.org" in text
    assert "&lt;Stad&gt; &amp; Co" in text


def test_a_day_is_written_in_full() -> None:
    assert in_full(day("2026-03-01")) == "zondag 1 maart 2026"


def test_an_absence_schedules_a_reply_for_everybody_who_writes(town: Town) -> None:
    user = town.outlook.add("000104")

    town.read(record("2026-11-16", "2026-11-20"))

    reply = town.outlook.replies[user]
    assert (reply.status, reply.start, reply.end, reply.audience) == (
        "scheduled",
        at("2026-11-16"),
        at("2026-11-21"),
        "all",
    )


def test_an_absence_that_is_going_on_replies_from_now(town: Town) -> None:
    user = town.outlook.add("000104")

    town.read(record("2026-11-09", "2026-11-13"))

    assert town.outlook.replies[user].start == NOW


def test_an_own_reply_is_left_alone(town: Town) -> None:
    user = town.outlook.add("000104")
    town.outlook.replies[user] = OWN

    town.read(record("2026-11-16"))
    town.read(record("2026-11-16", state=State.CANCELLED, version="2"))

    assert town.outlook.replies[user] == OWN


def test_what_stood_there_comes_back_after_the_absence(town: Town) -> None:
    user = town.outlook.add("000104")
    town.outlook.replies[user] = DRAFT
    town.read(record("2026-11-16"))

    town.move_to("2026-11-17T00:00")
    town.show()

    assert town.outlook.replies[user].status == "disabled"
    assert town.outlook.replies[user].external == "klad"
    assert town.store.replies.of("000104") is None


def test_r15_an_early_return_ends_the_reply_at_once(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-10", "2026-11-20"))

    town.read(record("2026-11-10", "2026-11-11", version="2"))

    assert town.outlook.replies[user].status == "disabled"


def test_a_reply_that_its_owner_changed_is_no_longer_the_hubs(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16", "2026-11-17"))
    edited = replace(town.outlook.replies[user], external="mijn eigen tekst")
    town.outlook.replies[user] = edited

    town.read(record("2026-11-16", "2026-11-18", version="2"))
    town.move_to("2026-11-20T00:00")
    town.show()

    assert town.outlook.replies[user] == edited


def test_a_reply_that_its_owner_switched_off_stays_off_for_this_absence(town: Town) -> None:
    user = town.outlook.add("000104")
    town.read(record("2026-11-16", "2026-11-17"))
    town.outlook.replies[user] = DRAFT

    town.read(record("2026-11-16", "2026-11-18", version="2"))

    assert town.outlook.replies[user] == DRAFT


def test_the_next_absence_takes_the_slot_when_the_present_one_is_over(town: Town) -> None:
    user = town.outlook.add("000104")
    town.outlook.replies[user] = DRAFT
    town.read(record("2026-11-12"), record("2026-11-20", source_id="2"))

    town.move_to("2026-11-13T00:00")
    town.show()

    assert town.outlook.replies[user].start == at("2026-11-20")
    town.move_to("2026-11-21T00:00")
    town.show()
    assert town.outlook.replies[user].external == "klad"


@pytest.mark.parametrize("later", [True, False], ids=["after the first reply", "after its extension"])
def test_a_death_right_after_the_reply_was_set_keeps_what_stood_there(town: Town, later: bool) -> None:
    user = town.outlook.add("000104")
    town.outlook.replies[user] = DRAFT
    if later:
        town.read(record("2026-11-16"))
    town.source.say(record("2026-11-16", "2026-11-17", version="2"))
    town.hear(AbsencesHinted(source="file"))
    town.outlook.die_after_next = True
    with pytest.raises(Killed):
        town.show()
    if not later:  # the first death was after the event; the second is after the reply
        town.outlook.die_after_next = True
        with pytest.raises(Killed):
            town.show()

    town.show()
    town.move_to("2026-11-18T00:00")
    town.show()

    assert town.outlook.replies[user].external == "klad"


def test_days_that_are_forgotten_of_a_long_absence_change_nothing(town: Town) -> None:
    town.outlook.add("000104")
    days = [record(f"2026-11-{number:02}", source_id=str(number)) for number in range(9, 31)]
    town.read(*days)
    town.move_to("2026-11-20T07:00")
    town.show()
    town.outlook.calls.clear()

    town.store.records.forget_before(day("2026-11-16"))
    town.show()

    assert town.outlook.calls == []
