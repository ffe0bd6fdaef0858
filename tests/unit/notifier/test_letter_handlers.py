"""Who hears of letters, how often, and what is told of one that changed before anybody heard."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.notifier.domain import FiledLetter
from shared.events import Event, MailKept, NoticeSent
from tests.unit.notifier.builders import (
    DUE,
    FILED,
    IN_TRAY,
    LETTER,
    MOVED,
    WITHDRAWN,
    FakeNotifier,
    words_of,
)

PROTECTED = replace(FILED, project=None, protected=True, reason="confidential")
KEPT = MailKept(kenmerk="2026/IN/001234", version=1, reason="confidential")


def words_in(notifier: FakeNotifier, channel: str) -> str:
    return " ".join(words_of(card) for card in notifier.channels[channel].cards)


@pytest.mark.parametrize(
    ("event", "channels"),
    [
        (FILED, ["werkplaats"]),
        (replace(FILED, reason="project_closed"), ["werkplaats"]),
        (IN_TRAY, ["post"]),
        (replace(IN_TRAY, project="A40201"), ["post"]),
        (PROTECTED, ["post"]),
        (replace(PROTECTED, project="A40201"), ["post"]),
        (MOVED, ["werkplaats", "post"]),
        (replace(MOVED, before=None, project="A40201"), ["werkplaats", "post"]),
        (replace(MOVED, before=None), ["post"]),
        (WITHDRAWN, ["werkplaats"]),
        (replace(WITHDRAWN, project=None), ["post"]),
        (DUE, ["werkplaats"]),
        (replace(DUE, project=None), ["post"]),
    ],
    ids=[
        "filed",
        "project closed",
        "tray",
        "tray with a code",
        "protected",
        "protected with a code",
        "moved, new project without a channel",
        "from the tray",
        "between two without a channel",
        "withdrawn",
        "withdrawn from the tray",
        "term",
        "term without a project",
    ],
)
def test_whom_it_concerns_hears_once_however_often_it_is_delivered(
    notifier: FakeNotifier, event: Event, channels: list[str]
) -> None:
    first, again = notifier.hear(event), notifier.hear(event)

    assert notifier.told() == dict.fromkeys(channels, 1)
    assert {said.channel for said in first if isinstance(said, NoticeSent)} == set(channels)
    assert first == again


def test_of_a_letter_that_stays_in_the_register_no_channel_hears(notifier: FakeNotifier) -> None:
    assert notifier.hear(KEPT) == []
    assert notifier.told() == {}


@pytest.mark.parametrize("event", [FILED, IN_TRAY, DUE], ids=["filed", "tray", "term"])
@pytest.mark.parametrize(
    "letter",
    [None, replace(LETTER, confidentiality="vertrouwelijk"), replace(LETTER, confidentiality="")],
    ids=["withdrawn", "made confidential", "says nothing"],
)
def test_a_letter_that_may_not_be_seen_any_more_is_told_by_its_kenmerk_and_parks_nothing(
    notifier: FakeNotifier, event: Event, letter: FiledLetter | None
) -> None:
    notifier.letters.letter = letter

    notifier.hear(event)

    words = words_in(notifier, "werkplaats") + words_in(notifier, "post")
    assert "2026/IN/001234" in words
    assert not any(part in words for part in ("Offerte", "Tuur", "https://"))


def test_a_letter_that_another_project_has_by_now_is_shown_there_and_not_here(notifier: FakeNotifier) -> None:
    notifier.letters.letter = replace(LETTER, project="A40203")

    notifier.hear(FILED)
    notifier.hear(replace(FILED, project="A40203"))

    assert "Offerte" not in words_in(notifier, "werkplaats")
    assert "Offerte" in words_in(notifier, "post")


def test_of_a_protected_letter_nothing_is_read(notifier: FakeNotifier) -> None:
    notifier.hear(PROTECTED)

    assert notifier.letters.reads == 0
    assert "Offerte" not in words_in(notifier, "post")


def test_a_letter_that_moves_on_is_told_again_and_the_same_move_is_not(notifier: FakeNotifier) -> None:
    for project in ("A40203", "A40204", "A40203"):
        notifier.hear(replace(MOVED, project=project))
    notifier.hear(replace(MOVED, version=2))

    assert notifier.told() == {"werkplaats": 3, "post": 3}


def test_a_term_is_told_again_for_fewer_days_and_when_the_handler_turns_out_to_be_away(notifier: FakeNotifier) -> None:
    notifier.hear(DUE)
    notifier.hear(replace(DUE, days=2))
    notifier.hear(replace(DUE, days=2, is_away=True, substitute="6f1d2c3b"))
    notifier.hear(replace(DUE, days=2, is_away=True, substitute="6f1d2c3b"))

    assert notifier.told() == {"werkplaats": 3}


def test_a_term_of_a_letter_without_a_file_is_told_by_kenmerk_and_date(notifier: FakeNotifier) -> None:
    notifier.hear(replace(DUE, drive_id=None, item_id=None))

    assert notifier.letters.reads == 0
    assert "Nog 5 dagen voor 2026/IN/001234" in words_in(notifier, "werkplaats")
