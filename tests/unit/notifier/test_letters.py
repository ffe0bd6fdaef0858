"""What a card says of a letter is read where it stands, at the moment of telling."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest

from services.notifier.letters import SET_ASIDE, Letters
from shared.graph.client import GraphClient
from shared.graph.errors import NotFound
from tests.unit.notifier.builders import FILED, LETTER

ROOT = Path(__file__).parents[3]
FOLDER = "/drives/b!1/root:/A40201%20-%20Moderne%20digitale%20werkplaats/Post/Inkomend/2026"
ITEM = {"id": "i1", "name": "brief.pdf", "webUrl": LETTER.web_url, "parentReference": {"path": FOLDER}, "file": {}}
FIELDS = {
    "Title": "Offerte headsets",
    "Ontvangstdatum": "2026-11-17T23:00:00Z",
    "Antwoordtermijn": "2026-12-08T12:00:00Z",
    "Behandelaar": "Tuur Testman",
    "Vertrouwelijkheid": "intern",
    "Projectcode": "A40201",
    "Poststatus": "geregistreerd",
}
PLACE = (FILED.drive_id, FILED.item_id)


class FakeGraph:
    """Answers what it was given, and 404 for all else."""

    def __init__(self, answers: dict[str, dict[str, Any]]) -> None:
        self.answers = answers

    def get(self, path: str) -> dict[str, Any]:
        if path not in self.answers:
            raise NotFound("graph_404", f"GET {path} answered 404", "itemNotFound")
        return self.answers[path]


def letters(**answers: dict[str, Any]) -> Letters:
    paths = {"item": "/drives/b%211/items/i1", "fields": "/drives/b%211/items/i1/listItem/fields"}
    return Letters(cast("GraphClient", FakeGraph({paths[name]: answer for name, answer in answers.items()})))


def test_a_letter_is_read_from_its_item_and_columns() -> None:
    assert letters(item=ITEM, fields=FIELDS).read(*PLACE) == LETTER


def test_columns_that_are_empty_are_told_as_nothing_and_never_as_open() -> None:
    letter = letters(item=ITEM, fields={}).read(*PLACE)

    assert letter is not None
    assert (letter.subject, letter.received_on, letter.reply_by) == ("", None, None)
    assert not letter.may_be_shown


def test_a_letter_that_was_deleted_or_withdrawn_before_anybody_was_told_is_gone() -> None:
    assert letters().read(*PLACE) is None


@pytest.mark.parametrize("status", ["geannuleerd", "verwijderd in het register", "niet in een projectmap"])
def test_a_letter_that_was_set_aside_is_gone_though_its_item_stands(status: str) -> None:
    assert letters(item=ITEM, fields=FIELDS | {"Poststatus": status}).read(*PLACE) is None


def test_the_words_for_what_is_set_aside_are_those_that_mailroom_writes() -> None:
    written = (ROOT / "services/mailroom/handlers/withdrawal.py").read_text(encoding="utf-8")

    assert [status for status in SET_ASIDE if f'"{status}"' not in written] == []


def test_a_day_is_the_day_in_flanders() -> None:
    letter = letters(item=ITEM, fields=FIELDS | {"Ontvangstdatum": "2026-07-31T22:00:00Z"}).read(*PLACE)

    assert letter is not None
    assert letter.received_on == date(2026, 8, 1)
