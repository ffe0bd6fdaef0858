"""The table [mailroom] is refused with the line to mend, not guessed at."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from services.mailroom.intakes.hotfolder.kind import HotFolderOptions
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


RULES = """
[[mailroom.routes]]
name = "klachten"
to = "tray"
direction = ["inkomend"]
confidentiality = ["intern"]

[[mailroom.terms]]
name = "openbaarheid"
days = 20
valid_from = 2026-01-01
valid_until = 2026-12-31
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('to = "tray"', 'to = "trai"', 14, "did you mean 'tray'"),
        ('to = "tray"', 'to = "Tray"', 14, "did you mean 'tray'"),
        ('["inkomend"]', '["inkomnd"]', 15, "did you mean 'inkomend'"),
        ('["intern"]', '["vertrouwlijk"]', 16, "did you mean 'vertrouwelijk'"),
        ("2026-12-31", "2025-12-31", 22, "not before valid_from"),
    ],
    ids=["misspelt place", "place in capitals", "direction", "confidentiality", "backwards"],
)
def test_a_rule_that_no_letter_can_meet_is_a_fault(old: str, new: str, line: int, says: str) -> None:
    with pytest.raises(Invalid, match=rf"hub\.toml:{line} .*{says}"):
        load(GOOD + RULES.replace(old, new))


@pytest.mark.parametrize("to", ["project", "register", "protected", "A40201", "PROJ", "REG-2026"])
def test_a_rule_leads_to_a_place_or_to_any_code(to: str) -> None:
    policy = load(GOOD + RULES.replace('to = "tray"', f'to = "{to}"'))
    assert policy.table().routes[0].to == to


def test_patterns_fit_several_words() -> None:
    policy = load(GOOD + RULES.replace('["inkomend"]', '["IN*"]').replace('["intern"]', '["*"]'))
    assert policy.table().routes[0].conditions == {"direction": ["IN*"], "confidentiality": ["*"]}


def test_the_faults_of_intakes_are_told_together_with_all_others() -> None:
    faulty = GOOD.replace('kind = "hotfolder"', "").replace("Documenten", "") + RULES.replace("days = 20", "days = 0")

    with pytest.raises(Invalid) as refusal:
        load(faulty)

    assert {place.partition(".")[2] for place in refusal.value.fields} == {
        "library",
        "intakes.scans.kind",
        "terms.0.days",
    }


@pytest.mark.parametrize(
    ("address", "is_safe"),
    [
        ("https://post.example.org/api", True),
        ("http://127.0.0.1:8080/api", True),
        ("http://localhost/api", True),
        ("http://post.example.org/api", False),
        ("HTTP://post.example.org/api", False),
        ("http://localhost.example.org/api", False),
    ],
)
def test_a_token_travels_over_https_or_stays_on_the_machine(address: str, is_safe: bool) -> None:
    table = f'kind = "register"\nbase_url = "{address}"'
    text = GOOD.replace('kind = "hotfolder"\npath = "/srv/scans"', table)

    if is_safe:
        assert load(text).intakes["scans"]["base_url"] == address
    else:
        with pytest.raises(Invalid, match=r"hub\.toml:7 .*https"):
            load(text)
