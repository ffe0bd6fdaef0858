"""`reden.txt` tells whoever delivered a set, in words, why it was refused and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.mailroom.intakes.refusals import explanation

INTAKES = Path("services/mailroom/intakes")
OF_A_HOT_FOLDER = ("content/*.py", "hotfolder/*.py", "limits.py", "record.py")


def raised() -> list[str]:
    paths = [path for pattern in OF_A_HOT_FOLDER for path in INTAKES.glob(pattern)]
    sources = [path.read_text(encoding="utf-8") for path in paths]
    return sorted({slug for source in sources for slug in re.findall(r'Invalid\(\s*"([a-z0-9_]+)"', source)})


@pytest.mark.parametrize("reason", [*raised(), "confidential", "excluded_series"])
def test_every_reason_to_refuse_a_set_has_words(reason: str) -> None:
    assert f"Reden: {reason}" not in explanation("20261118_2026-IN-001234_v1", reason)


@pytest.mark.parametrize("reason", ["confidential", "excluded_series"])
def test_the_copy_of_what_few_may_see_is_not_to_stay_where_it_was_refused(reason: str) -> None:
    assert "Laat deze kopie hier niet staan" in explanation("20261118_2026-IN-001234_v1", reason)
