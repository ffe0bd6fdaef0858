"""Who hears of what other systems told the front door, and how often."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.errors import Permanent, Transient
from shared.events import DeliveryRefused, NoticeSent, ProjectReported
from tests.unit.notifier.builders import (
    FAILING,
    HEARD,
    NOW,
    PROJECT,
    REFUSED,
    REQUESTED,
    RESTORED,
    SILENT,
    FakeNotifier,
    words_of,
)


def titles(notifier: FakeNotifier, channel: str) -> list[str]:
    return [card["fallbackText"] for card in notifier.channels[channel].cards]


# --- notices


@pytest.mark.parametrize(
    ("channel", "project", "expected"),
    [
        ("college", "A40201", "college"),
        (None, "A40201", "werkplaats"),
        (None, "A40003", "post"),
        (None, None, "post"),
    ],
    ids=["channel of the rule", "channel of the project", "project without channel", "neither"],
)
def test_a_notice_is_told_where_its_rule_wants_it(
    notifier: FakeNotifier, channel: str | None, project: str | None, expected: str
) -> None:
    (outcome,) = notifier.hear(replace(REQUESTED, channel=channel, project=project))

    assert notifier.told() == {expected: 1}
    assert isinstance(outcome, NoticeSent)
    assert (outcome.channel, outcome.about) == (expected, REQUESTED.notice_id)


def test_a_matter_that_is_reported_again_is_one_card(notifier: FakeNotifier) -> None:
    first = notifier.hear(REQUESTED)

    second = notifier.hear(replace(REQUESTED, text="College van 25 november 2026"))

    assert first == second
    assert notifier.told() == {"college": 1}


def test_another_matter_is_another_card(notifier: FakeNotifier) -> None:
    notifier.hear(REQUESTED)
    notifier.hear(replace(REQUESTED, notice_id="besluit-119"))

    assert notifier.told() == {"college": 2}


def test_a_notice_for_a_channel_that_is_not_there_waits_for_a_person(notifier: FakeNotifier) -> None:
    with pytest.raises(Permanent, match="nergens") as failure:
        notifier.hear(replace(REQUESTED, channel="nergens"))

    assert failure.value.reason == "unknown_channel"


# --- projects


def reported(*statuses: str) -> list[ProjectReported]:
    return [replace(PROJECT, status=status) for status in statuses]


@pytest.mark.parametrize(
    ("statuses", "told"),
    [
        (["in uitvoering"], ["in uitvoering"]),
        (["in uitvoering", "in uitvoering"], ["in uitvoering"]),
        (["gepland", "in uitvoering"], ["gepland", "in uitvoering"]),
        (["gepland", "on hold", "gepland", "gepland"], ["gepland", "on hold", "gepland"]),
    ],
    ids=["first", "same again", "changed", "back to an old one"],
)
def test_each_change_of_a_project_is_told_once(notifier: FakeNotifier, statuses: list[str], told: list[str]) -> None:
    for event in reported(*statuses):
        notifier.hear(event)

    assert titles(notifier, "werkplaats") == [f"Project A40201: {status}" for status in told]


def test_a_project_without_a_channel_is_told_where_unclassified_mail_is(notifier: FakeNotifier) -> None:
    notifier.hear(replace(PROJECT, code="A40003"))

    assert notifier.told() == {"post": 1}


def test_a_status_that_could_not_be_told_is_told_at_the_next_attempt(notifier: FakeNotifier) -> None:
    before, after = reported("gepland", "in uitvoering")
    notifier.hear(before)
    notifier.channels["werkplaats"].failure = Transient("http_502", "no answer")
    with pytest.raises(Transient):
        notifier.hear(after)
    notifier.channels["werkplaats"].failure = None

    first, second = notifier.hear(after), notifier.hear(after)

    assert first == second
    assert titles(notifier, "werkplaats") == ["Project A40201: gepland", "Project A40201: in uitvoering"]
    assert "gepland" in words_of(notifier.channels["werkplaats"].cards[-1])


# --- silence


def test_ict_hears_once_of_a_silence_and_once_of_its_end(notifier: FakeNotifier) -> None:
    for event in (SILENT, SILENT, HEARD, HEARD):
        notifier.hear(event)

    assert titles(notifier, "ict") == ["Bron zwijgt: protime", "Bron opnieuw gehoord: protime"]


def test_a_later_silence_of_the_same_source_is_told_again(notifier: FakeNotifier) -> None:
    notifier.hear(SILENT)
    notifier.hear(replace(SILENT, since=SILENT.since + timedelta(days=1)))

    assert notifier.told() == {"ict": 2}


def test_a_silence_that_is_heard_of_after_its_end_alarms_nobody(notifier: FakeNotifier) -> None:
    notifier.hear(HEARD)

    assert notifier.hear(SILENT) == []
    assert titles(notifier, "ict") == ["Bron opnieuw gehoord: protime"]


# --- what is not kept alive


def test_ict_hears_once_that_changes_are_not_told_and_once_that_they_are_again(notifier: FakeNotifier) -> None:
    for event in (FAILING, FAILING, RESTORED, RESTORED):
        notifier.hear(event)

    assert titles(notifier, "ict") == [
        "Microsoft 365 meldt niets (meer) over people, of binnenkort niet meer",
        "Abonnement opnieuw in orde: people",
    ]


@pytest.mark.parametrize("change", [{"since": NOW}, {"kind": "hook"}], ids=["later", "a webhook of that name"])
def test_another_failing_is_another_card(notifier: FakeNotifier, change: dict[str, Any]) -> None:
    notifier.hear(FAILING)
    notifier.hear(replace(FAILING, **change))

    assert notifier.told() == {"ict": 2}


def test_a_failing_that_is_heard_of_after_its_end_alarms_nobody(notifier: FakeNotifier) -> None:
    notifier.hear(RESTORED)

    assert notifier.hear(FAILING) == []
    assert titles(notifier, "ict") == ["Abonnement opnieuw in orde: people"]


# --- refusals


@pytest.mark.parametrize(
    ("change", "cards"),
    [
        ({"delivery_id": "d-8"}, 1),
        ({"delivery_id": "d-8", "places": ["besluit-goedgekeurd.titel"]}, 2),
        ({"delivery_id": "d-8", "reason": "malformed_delivery"}, 2),
        ({"delivery_id": "d-8", "source": "planopvolging"}, 2),
    ],
    ids=["same fault", "other field", "other reason", "other source"],
)
def test_ict_hears_once_a_day_of_the_same_fault(notifier: FakeNotifier, change: dict[str, object], cards: int) -> None:
    notifier.hear(REFUSED)
    notifier.hear(DeliveryRefused.load(REFUSED.dump() | change))

    assert notifier.told() == {"ict": cards}


def test_the_same_fault_is_told_again_on_another_day(notifier: FakeNotifier) -> None:
    notifier.hear(REFUSED)
    notifier.clock.advance(timedelta(days=1))

    notifier.hear(replace(REFUSED, delivery_id="d-8"))

    assert notifier.told() == {"ict": 2}


def test_of_two_refusals_at_the_same_instant_one_is_told(notifier: FakeNotifier) -> None:
    notifier.channels["ict"].failure = Transient("http_502", "no answer yet")
    with pytest.raises(Transient):
        notifier.hear(REFUSED)
    notifier.channels["ict"].failure = None

    other = notifier.hear(replace(REFUSED, delivery_id="d-8"))
    own = notifier.hear(REFUSED)

    assert (len(other), len(own)) == (0, 1)
    assert notifier.told() == {"ict": 1}


def test_no_words_of_a_report_are_kept(notifier: FakeNotifier) -> None:
    for event in (REQUESTED, REFUSED, SILENT):
        notifier.hear(event)

    kept = notifier.notices.recent(10)
    assert {(entry.channel, entry.about, entry.at) for entry in kept} == {
        ("college", "besluit-118", NOW),
        ("ict", "notulen", NOW),
        ("ict", "protime", NOW),
    }
