"""The table [notifier] is refused with the line to mend, not guessed at."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from services.notifier.wiring import NotifierPolicy
from shared.config import Policy
from shared.errors import Invalid

GOOD = """\
[notifier]
unclassified = "post"
ict = "ict"

[notifier.projects]
A40201 = "post"

[notifier.channels.post]
kind = "teams"
url = "HUB_TEAMS_POST"

[notifier.channels.ict]
kind = "teams"
url = "HUB_TEAMS_ICT"
"""


def load(text: str) -> NotifierPolicy:
    return Policy(Path("hub.toml"), text, tomllib.loads(text)).section("notifier", NotifierPolicy)


def test_a_small_policy_is_enough() -> None:
    assert load(GOOD).projects == {"A40201": "post"}


def test_no_team_hears_of_its_day_unless_that_is_asked_for() -> None:
    policy = load(GOOD)

    assert (policy.services, policy.tell_nobody_absent) == ({}, False)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('ict = "ict"', 'ict = "nergens"', 3),
        ('A40201 = "post"', 'A40201 = "nergens"', 6),
        ('ict = "ict"', 'ict = "ict"\nservices.ICT = "nergens"', 4),
        ('ict = "ict"', 'ict = "ict"\ntell_nobody_absent = "soms"', 4),
        ('url = "HUB_TEAMS_POST"', 'url = "https://example.org/hook?sig=1"', 10),
        ('url = "HUB_TEAMS_ICT"', 'url = "HUB_TEAMS_ICT"\nurll = "x"', 15),
    ],
    ids=[
        "absent channel",
        "project to absent channel",
        "service to absent channel",
        "neither yes nor no",
        "address instead of setting",
        "misspelt key",
    ],
)
def test_a_fault_in_the_policy_is_named_by_its_line(old: str, new: str, line: int) -> None:
    with pytest.raises(Invalid, match=rf"hub\.toml:{line} "):
        load(GOOD.replace(old, new))
