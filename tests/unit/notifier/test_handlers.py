"""Who hears of what, how often, and what happens when a channel fails."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.notifier.domain import Notice
from shared.errors import Permanent, Transient
from shared.events import MessageParked, NoticeSent
from tests.unit.notifier.builders import FILED, NOW, PARKED, FakeNotifier


@pytest.mark.parametrize(
    ("project", "channel"),
    [("A40201", "werkplaats"), ("A40003", "post"), (None, "post")],
    ids=["project with channel", "project without", "unclassified"],
)
def test_a_filed_letter_is_told_in_the_channel_of_its_project(
    notifier: FakeNotifier, project: str | None, channel: str
) -> None:
    (outcome,) = notifier.hear(replace(FILED, project=project, unclassified=project is None))

    assert notifier.told() == {channel: 1}
    assert isinstance(outcome, NoticeSent)
    assert (outcome.channel, outcome.about) == (channel, "2026/IN/001234")


def test_a_repeated_delivery_tells_nobody_twice_and_has_the_same_outcome(notifier: FakeNotifier) -> None:
    first, second = notifier.hear(FILED), notifier.hear(FILED)

    assert first == second
    assert notifier.told() == {"werkplaats": 1}
    assert notifier.letters.reads == 1


def test_a_newer_version_is_told_again_under_another_id(notifier: FakeNotifier) -> None:
    notifier.hear(FILED)
    notifier.hear(replace(FILED, version=2))

    ids = [card["id"] for card in notifier.channels["werkplaats"].cards]
    assert len(set(ids)) == 2


def test_a_card_carries_the_id_that_the_outcome_names(notifier: FakeNotifier) -> None:
    (outcome,) = notifier.hear(FILED)

    assert isinstance(outcome, NoticeSent)
    assert [card["id"] for card in notifier.channels["werkplaats"].cards] == [outcome.notice_id]


def test_a_card_that_could_not_be_sent_is_sent_at_the_next_attempt(notifier: FakeNotifier) -> None:
    notifier.channels["werkplaats"].failure = Transient("http_502", "no answer", timedelta(seconds=1))
    with pytest.raises(Transient):
        notifier.hear(FILED)
    notifier.channels["werkplaats"].failure = None

    (outcome,) = notifier.hear(FILED)

    assert isinstance(outcome, NoticeSent)
    assert notifier.told() == {"werkplaats": 1}


def test_after_a_crash_between_sending_and_remembering_the_same_id_is_sent_again(notifier: FakeNotifier) -> None:
    notifier.hear(FILED)
    sent = notifier.channels["werkplaats"].cards[0]
    with notifier.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE notices SET state = 'started'")

    notifier.hear(FILED)

    assert [card["id"] for card in notifier.channels["werkplaats"].cards] == [sent["id"], sent["id"]]


def test_ict_hears_once_of_each_time_that_a_message_is_parked(notifier: FakeNotifier) -> None:
    notifier.hear(PARKED)
    notifier.hear(PARKED)
    notifier.hear(replace(PARKED, parked_at=NOW + timedelta(hours=1)))

    assert notifier.told() == {"ict": 2}


def test_a_warning_that_cannot_be_sent_is_not_warned_of_in_turn(notifier: FakeNotifier) -> None:
    own = replace(PARKED, service="notifier", message_type=MessageParked.TYPE)

    assert notifier.hear(own) == []
    assert notifier.told() == {}


def test_another_message_that_notifier_parks_is_warned_of(notifier: FakeNotifier) -> None:
    notifier.hear(replace(PARKED, service="notifier", message_type=FILED.TYPE))

    assert notifier.told() == {"ict": 1}


def test_a_channel_that_the_policy_lost_needs_a_person(notifier: FakeNotifier) -> None:
    del notifier.channels["ict"]

    with pytest.raises(Permanent) as failure:
        notifier.hear(PARKED)

    assert failure.value.reason == "unknown_channel"


def test_what_is_remembered_of_a_notice_holds_no_words_of_it(notifier: FakeNotifier) -> None:
    notifier.hear(FILED)

    (entry,) = notifier.notices.recent(10)
    assert (entry.channel, entry.about, entry.state, entry.at) == ("werkplaats", "2026/IN/001234", "done", NOW)


@pytest.mark.parametrize(
    "changes", [{"channel": "b"}, {"what": "b"}, {"about": "b"}, {"version": "b"}], ids=lambda c: next(iter(c))
)
def test_notices_that_differ_in_anything_have_ids_of_their_own(changes: dict[str, str]) -> None:
    notice = Notice("a", "a", "a", "a")

    assert replace(notice, **changes).id != notice.id == Notice("a", "a", "a", "a").id
