"""Every channel keeps the same promises: it takes its sample, says when to come back, or calls a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.notifier.channels.base import Channel
from services.notifier.channels.pace import LONGEST_WAIT, Pace
from services.notifier.channels.teams import LARGEST_MESSAGE, SECONDS_BETWEEN
from services.notifier.templates import letter_filed, notice_requested, team_day
from shared.errors import HubError, Permanent, Transient, Unavailable
from shared.events.absences import TeamEntry
from tests.contract.channels.far_sides import CHANNELS, MENDS, SECRET, TELLING, FarSide, Make, served, teams
from tests.unit.notifier.builders import FILED, LETTER, REQUESTED, TEAM

SAMPLE = letter_filed.card("n-1", FILED, LETTER)


@pytest.fixture
def far() -> Iterator[FarSide]:
    with served(FarSide()) as running:
        yield running


@pytest.fixture(params=CHANNELS, ids=[make.__name__ for make in CHANNELS])
def channel(request: pytest.FixtureRequest, far: FarSide) -> Channel:
    made: Channel = request.param(far)
    return made


@pytest.fixture(params=TELLING, ids=[make.__name__ for make in TELLING])
def telling(request: pytest.FixtureRequest, far: FarSide) -> Channel:
    """Give a channel whose far side says why it does not take a card; Apprise says only that it did not work."""
    made: Channel = request.param(far)
    return made


def failure_of(channel: Channel, card: Any = SAMPLE) -> HubError:
    with pytest.raises(HubError) as caught:
        channel.send(card)
    return caught.value


def test_its_sample_is_taken_once(channel: Channel, far: FarSide) -> None:
    channel.send(SAMPLE)

    assert len(far.received) == 1


def test_the_longest_notice_that_a_rule_makes_is_taken(channel: Channel, far: FarSide) -> None:
    longest = replace(REQUESTED, title="é" * 200, text="é" * 2000, link=f"https://notulen.example.org/{'1' * 900}")

    channel.send(notice_requested.card("n-1", longest))

    assert len(far.received) == 1


def test_the_longest_card_of_a_letter_is_taken(channel: Channel, far: FarSide) -> None:
    codes = [f"{number:064}" for number in range(3)]
    filed = replace(FILED, kenmerk="9" * 40, reason="project_closed", suggestions=codes, same_as=["9" * 40] * 100)
    letter = replace(LETTER, subject="é" * 255, project_folder="A40201" + "é" * 200, case_handler="é" * 255)

    channel.send(letter_filed.card("n-1", filed, letter))

    assert len(far.received) == 1


def test_the_longest_card_of_a_team_is_taken(channel: Channel, far: FarSide) -> None:
    gaps = [(part, kind) for part in ("whole", "morning", "afternoon", "partly") for kind in ("away", "busy")]
    gaps += [("whole", "elsewhere")]
    entries = [
        TeamEntry(employee=f"{n}", user_id=f"{n}", part=part, kind=kind) for n in range(500) for part, kind in gaps
    ]
    names = {f"{n}": "😀" * 10 for n in range(500)}  # what takes most on the wire

    channel.send(team_day.card("n-1", replace(TEAM, service="😀" * 100, entries=entries), names))

    assert len(far.received) == 1


def test_a_far_side_that_asks_to_wait_is_given_its_time(telling: Channel, far: FarSide) -> None:
    far.status, far.headers = 429, {"Retry-After": "7"}

    failure = failure_of(telling)

    assert isinstance(failure, Transient)
    assert failure.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_far_side_that_fails_is_tried_again(channel: Channel, far: FarSide, status: int) -> None:
    far.status = status

    assert isinstance(failure_of(channel), Transient)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413])
def test_a_far_side_that_refuses_calls_a_person(telling: Channel, far: FarSide, status: int) -> None:
    far.status = status

    assert isinstance(failure_of(telling), Permanent)


@pytest.mark.parametrize("status", [401, 403, 404])
@pytest.mark.parametrize("make", TELLING, ids=[make.__name__ for make in TELLING])
def test_a_refusal_names_the_place_to_mend(make: Make, far: FarSide, status: int) -> None:
    far.status = status

    assert MENDS[make] in str(failure_of(make(far)))


@pytest.mark.parametrize("status", [401, 400, 429, 500])
def test_no_failure_tells_the_secret_address(channel: Channel, far: FarSide, status: int) -> None:
    far.status = status

    assert SECRET not in str(failure_of(channel))


@pytest.mark.parametrize("make", CHANNELS, ids=[make.__name__ for make in CHANNELS])
def test_an_absent_far_side_is_tried_again(make: Make) -> None:
    nowhere = FarSide(url="http://127.0.0.1:9/hook", smtp_port=9)  # the discard port: nothing listens

    assert isinstance(failure_of(make(nowhere)), Transient)


def test_junk_that_no_channel_can_show_is_never_sent(channel: Channel, far: FarSide) -> None:
    failure = failure_of(channel, {**SAMPLE, "body": [{"type": "TextBlock", "text": "é" * LARGEST_MESSAGE}]})

    assert isinstance(failure, Permanent)
    assert failure.reason == "card_too_large"
    assert far.received == []


def test_teams_is_sent_the_envelope_of_a_workflow(far: FarSide) -> None:
    teams(far).send(SAMPLE)

    (message,) = far.received
    assert message["type"] == "message"
    (attachment,) = message["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attachment["content"] == SAMPLE


@pytest.fixture
def instants() -> list[float]:
    return []


@pytest.fixture
def pace(instants: list[float]) -> Pace:
    """Return a pace on a clock that stands still; *instants* collects how long each caller waited."""
    return Pace(SECONDS_BETWEEN, clock=lambda: 100.0, pause=instants.append)


def test_teams_gets_four_cards_a_second_at_most(pace: Pace, instants: list[float]) -> None:
    for _ in range(5):
        pace.wait()

    assert instants == [SECONDS_BETWEEN * place for place in (1, 2, 3, 4)]


def test_a_card_that_would_wait_long_goes_back_to_the_ledger_at_no_cost(pace: Pace) -> None:
    for _ in range(5):
        pace.wait()

    with pytest.raises(Unavailable) as busy:
        pace.wait()

    assert busy.value.retry_after is not None
    assert busy.value.retry_after > timedelta(seconds=LONGEST_WAIT)
