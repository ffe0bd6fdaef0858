"""What a card says of a letter is read where it stands, at the moment of telling."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

import pytest

from services.notifier.letters import Letters
from shared.errors import Permanent
from shared.graph.client import GraphClient
from shared.graph.errors import NotFound
from tests.unit.notifier.builders import FILED, LETTER

FOLDER = "/drives/b!1/root:/A40201%20-%20Moderne%20digitale%20werkplaats/Post/Inkomend/2026"
ITEM = {"id": "i1", "name": "brief.pdf", "webUrl": LETTER.web_url, "parentReference": {"path": FOLDER}, "file": {}}
FIELDS = {
    "Title": "Offerte headsets",
    "Ontvangstdatum": "2026-11-17T23:00:00Z",
    "Antwoordtermijn": "2026-12-08T12:00:00Z",
    "Behandelaar": "Tuur Testman",
    "Vertrouwelijkheid": "intern",
}


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
    assert letters(item=ITEM, fields=FIELDS).read(FILED) == LETTER


def test_columns_that_are_empty_are_told_as_nothing_and_never_as_open() -> None:
    letter = letters(item=ITEM, fields={}).read(FILED)

    assert (letter.subject, letter.received_on, letter.reply_by) == ("", None, None)
    assert not letter.may_be_shown


def test_a_letter_that_was_deleted_before_anybody_was_told_needs_a_person() -> None:
    with pytest.raises(Permanent) as failure:
        letters().read(FILED)

    assert failure.value.reason == "letter_gone"


def test_a_day_is_the_day_in_flanders() -> None:
    letter = letters(item=ITEM, fields=FIELDS | {"Ontvangstdatum": "2026-07-31T22:00:00Z"}).read(FILED)

    assert letter.received_on == date(2026, 8, 1)
