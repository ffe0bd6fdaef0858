"""The rules of the how-to load, and give the days that it promises."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from pathlib import Path

import pytest

from services.mailroom.domain.terms import Terms
from services.mailroom.policy import MailroomPolicy
from shared.clock import BRUSSELS
from shared.config import Policy
from tests.unit.mailroom.builders import sample_letter

PAGE = (Path(__file__).parents[3] / "docs" / "howto" / "set-terms.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d{4}-\d\d-\d\d) \| (\S+) \| (\d{4}-\d\d-\d\d) \|$", PAGE, re.MULTILINE)
LETTERS = {
    "openbaarheid-vroeger": {"document_type": "Openbaarheid van bestuur"},
    "openbaarheid": {"document_type": "Openbaarheid van bestuur"},
    "klacht": {"document_type": "klacht"},
    "vraag-bibliotheek": {"document_type": "vraag", "department_code": "BIB"},
}


def policy() -> MailroomPolicy:
    (rules,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (closed,) = re.findall(r"`(closing_days = .*?)`", PAGE)
    place = 'site = "example.sharepoint.com:/sites/projecten"\nlibrary = "Documenten"'
    text = f"[mailroom]\n{place}\n{closed}\n{rules}"
    return Policy.of(Path("hub.toml"), text.encode()).section("mailroom", MailroomPolicy)


@pytest.mark.parametrize(("registered", "rule", "last"), ROWS, ids=[" ".join(row[:2]) for row in ROWS])
def test_a_letter_is_due_on_the_day_of_the_page(registered: str, rule: str, last: str) -> None:
    day = date.fromisoformat(registered)
    letter = sample_letter(
        registered_at=datetime.combine(day, time(10), BRUSSELS), received_on=day, reply_by=None, **LETTERS[rule]
    )

    due = policy().all_terms().due(letter)

    assert due is not None
    assert (due.rule, due.day.isoformat()) == (rule, last)


def test_every_rule_of_the_page_has_its_row() -> None:
    assert {rule.name for rule in policy().all_terms().rules} == {rule for _, rule, _ in ROWS}


def test_the_reminders_of_the_page_are_those_by_default() -> None:
    said = [int(left) for left in re.findall(r"^\| (-?\d) \|", PAGE, re.MULTILINE)]

    assert said == list(policy().all_terms().reminders) == list(Terms().reminders)
