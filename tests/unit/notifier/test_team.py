"""A team hears in its channel who of it is not there today: once, by name, never why, and only if it asked for that."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.channels.base import Card
from services.notifier.channels.teams import LARGEST_MESSAGE, envelope
from services.notifier.templates import team_day
from shared.errors import Permanent, Transient
from shared.events import NoticeSent
from shared.events.absences import TeamEntry
from tests.unit.notifier.builders import NOW, TEAM, FakeNotifier, words_of

NOBODY = replace(TEAM, entries=[])
NAMES = {"user-1": "An Voorbeeld", "user-2": "Tuur Testman", "user-3": "Fien Verzonnen", "user-4": "Émile Proef"}


def entry(user: int, part: str = "whole", kind: str = "away") -> TeamEntry:
    return TeamEntry(employee=f"00010{user}", user_id=f"user-{user}", part=part, kind=kind)


def groups_of(card: Card) -> list[tuple[str, str]]:
    """Return the groups of *card* with their names, in the order in which they are read."""
    return [(fact["title"], fact["value"]) for fact in card["body"][2]["facts"]]


def card_of(*entries: TeamEntry, names: dict[str, str] = NAMES) -> Card:
    return team_day.card("n-1", replace(TEAM, entries=list(entries)), names)


# --- the card


def test_the_card_says_which_service_and_the_day_in_full() -> None:
    card = team_day.card("n-1", TEAM, NAMES)

    assert card["fallbackText"] == "Afwezig vandaag – Dienst ICT"
    assert card["body"][1]["text"] == "Woensdag 18 november 2026"


@pytest.mark.parametrize("service", ["Dienst Omgeving", "Technische dienst", "Personeelsdienst"])
def test_a_service_that_is_called_so_is_no_dienst_twice(service: str) -> None:
    card = team_day.card("n-1", replace(TEAM, service=service), NAMES)

    assert card["fallbackText"] == f"Afwezig vandaag – {service}"


def test_colleagues_stand_by_part_of_the_day_and_then_by_kind() -> None:
    card = card_of(
        entry(1, "whole", "busy"),
        entry(2, "morning", "elsewhere"),
        entry(3, "partly"),
        entry(1, "afternoon"),
        entry(2, "morning"),
        entry(3, "whole"),
        entry(3, "whole", "elsewhere"),
    )

    assert groups_of(card) == [
        ("Hele dag", "Fien Verzonnen"),
        ("Voormiddag", "Tuur Testman"),
        ("Namiddag", "An Voorbeeld"),
        ("Een deel van de dag", "Fien Verzonnen"),
        ("Telewerk of elders", "Fien Verzonnen, Tuur Testman (voormiddag)"),
        ("Bezet", "An Voorbeeld"),
    ]


def test_names_are_sorted_as_people_look_them_up() -> None:
    names = {"user-1": "tuur Testman", "user-2": "Zita Zomaar", "user-3": "Émile Proef", "user-4": "Fien Verzonnen"}

    card = card_of(*(entry(user) for user in (1, 2, 3, 4)), names=names)

    assert groups_of(card) == [("Hele dag", "Émile Proef, Fien Verzonnen, tuur Testman, Zita Zomaar")]


def test_who_has_no_account_or_is_not_known_any_more_is_left_out() -> None:
    without = replace(entry(1), user_id=None)

    assert groups_of(card_of(without, entry(9), entry(2))) == [("Hele dag", "Tuur Testman")]


def test_a_team_without_a_single_name_is_not_called_complete() -> None:
    assert card_of(entry(9))["body"][2]["text"] == "Van wie er niet is, is de naam niet bekend."


def test_nothing_but_names_and_groups_is_told_of_anybody() -> None:
    words = words_of(team_day.card("n-1", TEAM, NAMES))

    assert not any(part in words for part in ("000101", "user-1", "user-3", "Fien Verzonnen"))


def test_a_name_cannot_dress_up_the_card() -> None:
    card = card_of(entry(1), names={"user-1": "[An](https://boos.example.org)"})

    assert groups_of(card) == [("Hele dag", "\\[An\\](https://boos.example.org)")]


def test_a_large_team_is_cut_with_the_number_of_the_others() -> None:
    names = {f"user-{place}": f"Collega {place:03}" for place in range(400)}

    ((_, value),) = groups_of(card_of(*(entry(place) for place in range(400)), names=names))

    shown = value.partition(" en nog ")[0].split(", ")
    assert len(shown) > 200
    assert shown == sorted(names.values())[: len(shown)]
    assert value.endswith(f" en nog {400 - len(shown)} collega's")


def test_one_that_has_no_room_is_one_colleague() -> None:
    names = {f"user-{place}": "x" * 250 for place in range(16)}

    ((_, value),) = groups_of(card_of(*(entry(place) for place in range(16)), names=names))

    assert value.endswith(" en nog 1 collega")


_GAPS = st.tuples(
    st.sampled_from(["whole", "morning", "afternoon", "partly"]), st.sampled_from(["away", "busy", "elsewhere"])
)


@given(
    gaps=st.lists(_GAPS, min_size=1, max_size=300),
    name=st.text(st.characters(codec="utf-8"), min_size=1, max_size=256),
    service=st.text(st.characters(codec="utf-8"), min_size=1, max_size=100),
)
def test_every_card_fits_in_a_channel(gaps: list[tuple[str, str]], name: str, service: str) -> None:
    told = replace(TEAM, service=service, entries=[entry(1, *gap) for gap in gaps])

    card = team_day.card("n-1", told, {"user-1": name})

    assert len(json.dumps(envelope(card)).encode()) < LARGEST_MESSAGE


# --- who hears, and how often


def test_a_service_with_a_channel_hears_who_is_not_there(notifier: FakeNotifier) -> None:
    (outcome,) = notifier.hear(TEAM)

    (card,) = notifier.channels["team-ict"].cards
    assert notifier.told() == {"team-ict": 1}
    assert groups_of(card) == [("Hele dag", "An Voorbeeld")]
    assert isinstance(outcome, NoticeSent)
    assert (outcome.channel, outcome.about, outcome.notice_id) == ("team-ict", "ICT", card["id"])


def test_a_service_without_a_channel_is_nobodys_news(notifier: FakeNotifier) -> None:
    assert notifier.hear(replace(TEAM, service="Omgeving")) == []
    assert notifier.told() == {}
    assert notifier.people.asked == []


def test_the_same_day_again_says_nothing_and_asks_nothing(notifier: FakeNotifier) -> None:
    first = notifier.hear(TEAM)

    second = notifier.hear(replace(TEAM, entries=[entry(2)]))

    assert first == second
    assert notifier.told() == {"team-ict": 1}
    assert len(notifier.people.asked) == 1


def test_each_day_is_told(notifier: FakeNotifier) -> None:
    notifier.hear(TEAM)
    notifier.clock.advance(timedelta(days=1))

    notifier.hear(replace(TEAM, day=date(2026, 11, 19)))

    assert notifier.told() == {"team-ict": 2}


def test_a_day_that_is_over_is_not_told_any_more(notifier: FakeNotifier) -> None:
    assert notifier.hear(replace(TEAM, day=date(2026, 11, 17))) == []
    assert notifier.told() == {}


@pytest.mark.parametrize(
    ("now", "told"),
    [(datetime(2026, 11, 18, 22, 59, tzinfo=UTC), 1), (datetime(2026, 11, 18, 23, 0, tzinfo=UTC), 0)],
    ids=["before midnight", "midnight"],
)
def test_a_day_ends_at_midnight_in_brussels(notifier: FakeNotifier, now: datetime, told: int) -> None:
    notifier.clock.at = now

    notifier.hear(TEAM)

    assert len(notifier.channels["team-ict"].cards) == told


def test_an_empty_day_is_told_only_where_that_is_wanted(notifier: FakeNotifier) -> None:
    assert notifier.hear(NOBODY) == []

    notifier.tell_nobody_absent = True
    notifier.hear(NOBODY)

    (card,) = notifier.channels["team-ict"].cards
    assert card["body"][2]["text"] == "Niemand afwezig."


def test_only_the_accounts_of_the_absent_are_asked(notifier: FakeNotifier) -> None:
    notifier.hear(replace(TEAM, entries=[entry(1), entry(1, "morning", "elsewhere"), replace(entry(2), user_id=None)]))

    assert notifier.people.asked == [{"user-1"}]


@pytest.mark.parametrize(
    "failure", [Transient("graph_503", "GET /users/user-1"), Permanent("graph_403", "GET /users/user-1")]
)
def test_without_names_nothing_is_told_until_they_can_be_asked(notifier: FakeNotifier, failure: Exception) -> None:
    notifier.people.failure = failure
    with pytest.raises(type(failure)):
        notifier.hear(TEAM)
    assert notifier.told() == {}

    notifier.people.failure = None
    notifier.hear(TEAM)

    assert notifier.told() == {"team-ict": 1}


def test_no_name_is_kept(notifier: FakeNotifier) -> None:
    notifier.hear(TEAM)

    (kept,) = notifier.notices.recent(10)
    assert (kept.channel, kept.about, kept.at) == ("team-ict", "ICT", NOW)
    assert "Voorbeeld" not in "\n".join(_dump(notifier))


def _dump(notifier: FakeNotifier) -> list[str]:
    with notifier.database.read() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        return list(raw.iterdump())
