"""The policy of the organisation: accepted, or refused with the line to mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.timesync.people_file import read_people
from services.timesync.policy import TimesyncPolicy
from services.timesync.rulebook import build_system
from services.timesync.systems.base import Codes, Parts
from services.timesync.wiring import POLICY
from shared.clock import FixedClock
from shared.config import Policy
from shared.errors import Invalid
from tests.contract.systems.recorded import RecordedProtime

from .builders import SAMPLES, at

TOML = """
[timesync]
people = "people.json"
organisation = "Gemeente Voorbeeldegem"
[timesync.contact]
mail = "onthaal@example.org"
[timesync.codes]
JV = "afwezig"
[timesync.systems.export]
kind = "flatfile"
path = "exports"
every_minutes = 5
[timesync.systems.protime]
kind = "protime"
base_url = "https://voorbeeldegem.example.org"
token_url = "https://login.example.org/connect/token"
client_id = "hub"
"""


def policy(folder: Path, text: str) -> Policy:
    (folder / "hub.toml").write_text(text, encoding="utf-8")
    return Policy.read(folder / "hub.toml")


def system(policy: Policy, name: str) -> object:
    parts = Parts(RecordedProtime(), FixedClock(at("2026-11-12T07:05+01:00")), Codes({}), policy.path.parent, str.lower)
    table = policy.section(*POLICY).systems[name]  # type: ignore[attr-defined]  # POLICY is typed for every service
    return build_system(name, table, parts)


def test_the_example_policy_gives_its_systems(tmp_path: Path) -> None:
    read = policy(tmp_path, TOML)

    assert read.section("timesync", TimesyncPolicy).office().general.mail == "onthaal@example.org"
    assert [str(system(read, name).every) for name in ("export", "protime")] == ["0:05:00", "0:15:00"]  # type: ignore[attr-defined]  # Scheduled


@pytest.mark.parametrize(
    ("wrong", "right", "complaint"),
    [
        ('JV = "verlof"', 'JV = "afwezig"', r"hub\.toml:8 timesync\.codes\.JV"),
        (
            'kind = "excel"',
            'kind = "flatfile"',
            r"hub\.toml:10 timesync\.systems\.export\.value\.kind: Unknown kind of system 'excel'; expected one of protime, ",
        ),
        ("", 'path = "exports"', r"hub\.toml:9 timesync\.systems\.export\.value\.path: Missing data"),
        ('pad = "exports"', 'path = "exports"', r"hub\.toml:11 timesync\.systems\.export\.value\.pad: Unknown field"),
        ("every_hours = 5", "every_minutes = 5", r"hub\.toml:12 timesync\.systems\.export\.value\.every_hours: Unkn"),
        ('post = "x"', 'people = "people.json"', r"hub\.toml:3 timesync\.post: Unknown field"),
        ('fax = "x"', 'mail = "onthaal@example.org"', r"hub\.toml:6 timesync\.contact\.fax: Unknown field"),
    ],
    ids=[
        "profile",
        "kind",
        "missing key",
        "unknown key of the kind",
        "unknown key of every system",
        "unknown key of timesync",
        "unknown key of the contact",
    ],
)
def test_a_wrong_policy_names_the_line_to_mend(tmp_path: Path, wrong: str, right: str, complaint: str) -> None:
    read = policy(tmp_path, TOML.replace(right, wrong))

    with pytest.raises(Invalid, match=complaint):
        read.section("timesync", TimesyncPolicy)


def test_the_people_file_of_voorbeeldegem_is_read() -> None:
    assert len(read_people(SAMPLES / "people.json").people) == 7


def test_a_people_file_that_is_none_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "people.json").write_text('{"people": [{"name": "x"}]}', encoding="utf-8")

    with pytest.raises(Invalid, match=r"people\.json.*people\.0\.employee_number"):
        read_people(tmp_path / "people.json")
