"""The table [mailroom] is refused with the line to mend, not guessed at."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from services.mailroom.intakes.folder_kind import HotFolderOptions
from services.mailroom.policy import MailroomPolicy
from shared.config import Policy
from shared.errors import Invalid

GOOD = """\
[mailroom]
site = "example.sharepoint.com:/sites/projecten"
library = "Documenten"

[mailroom.intakes.scans]
kind = "hotfolder"
path = "/srv/scans"

[mailroom.projects.A40201]
folder = "A40201 - Moderne digitale werkplaats"
"""


def load(text: str) -> MailroomPolicy:
    return Policy(Path("hub.toml"), text, tomllib.loads(text)).section("mailroom", MailroomPolicy)


def test_a_small_policy_is_enough() -> None:
    policy = load(GOOD)

    assert policy.unclassified == "Te klasseren"
    assert isinstance(policy.options()["scans"], HotFolderOptions)
    assert not policy.projects["A40201"].closed


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("example.sharepoint.com:/sites", "https://example.sharepoint.com/sites", 2),
        ('kind = "hotfolder"', 'kind = "duivenpost"', 6),
        ('path = "/srv/scans"', 'path = "/srv/scans"\nstabel_seconds = 3', 8),
        ("A40201 - Moderne", "A40201: Moderne", 10),
        ("A40201 - Moderne", "../A40201", 10),
        ("A40201 - Moderne", "A40201 /Moderne", 10),
    ],
    ids=[
        "site as address",
        "unknown kind",
        "misspelt key",
        "illegal character",
        "climbing path",
        "blank before a slash",
    ],
)
def test_a_fault_in_the_policy_is_named_by_its_line(old: str, new: str, line: int) -> None:
    with pytest.raises(Invalid, match=rf"hub\.toml:{line} "):
        load(GOOD.replace(old, new))
