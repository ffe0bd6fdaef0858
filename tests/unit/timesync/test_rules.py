"""Every rule of the engine has a test that carries its number."""

from __future__ import annotations

import re
from pathlib import Path

RULES = range(1, 31)
_NAMES = re.compile(r"^def test_((?:r\d+_)+)", re.MULTILINE)


def test_every_rule_has_a_test_with_its_number() -> None:
    texts = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    numbers = {int(number) for text in texts for name in _NAMES.findall(text) for number in re.findall(r"\d+", name)}

    assert [f"R{number}" for number in RULES if number not in numbers] == []
