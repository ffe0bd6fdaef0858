"""The policy of the organisation: accepted, or refused with the line to mend."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest

from services.timesync.domain.profiles import PROFILES
from services.timesync.domain.records import Part
from services.timesync.people import PeopleFile, PersonRow
from services.timesync.policy import TimesyncPolicy
from services.timesync.rulebook import build_system
from services.timesync.systems.base import Codes, Parts
from services.timesync.wiring import POLICY
from shared.clock import FixedClock
from shared.config import Policy
from shared.errors import Invalid
from shared.faults import Unusable
from tests.contract.systems.recorded import RecordedProtime

from .builders import at

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
        ('JV = "verlof"', 'JV = "afwezig"', r"hub\.toml:8 timesync\.codes\.JV: Unknown profile"),
        ('value = "verlof"', 'JV = "afwezig"', r"hub\.toml:8 timesync\.codes\.value: Unknown profile"),
        (
            'kind = "excel"',
            'kind = "flatfile"',
            r"hub\.toml:10 timesync\.systems\.export\.kind: Unknown kind of system 'excel'; expected one of protime, ",
        ),
        ("", 'path = "exports"', r"hub\.toml:9 timesync\.systems\.export\.path: Missing data"),
        ('pad = "exports"', 'path = "exports"', r"hub\.toml:11 timesync\.systems\.export\.pad: Unknown field"),
        ("every_hours = 5", "every_minutes = 5", r"hub\.toml:12 timesync\.systems\.export\.every_hours: Unkn"),
        ('post = "x"', 'people = "people.json"', r"hub\.toml:3 timesync\.post: Unknown field"),
        ('fax = "x"', 'mail = "onthaal@example.org"', r"hub\.toml:6 timesync\.contact\.fax: Unknown field"),
    ],
    ids=[
        "profile",
        "profile of a code with a name of marshmallow's",
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


def loaded(folder: Path, *lines: str) -> TimesyncPolicy:
    """Return the policy with *lines* in the table [timesync] itself, or in tables of their own before the contact."""
    added = "\n".join(lines)
    text = TOML.replace("[timesync.contact]", f"{added}\n[timesync.contact]")
    return policy(folder, text).section("timesync", TimesyncPolicy)


def people(*services: str) -> PeopleFile:
    return PeopleFile(people=[PersonRow(employee_number=str(at), service=each) for at, each in enumerate(services)])


def refusal(folder: Path, *lines: str) -> str:
    with pytest.raises(Unusable) as refused:
        loaded(folder, *lines)
    return "\n".join(map(str, refused.value.faults))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ['requested = "tentatief"'],
            "hub.toml:5 timesync.requested: Unknown word 'tentatief'; did you mean 'tentative'?",
        ),
        (
            ['languages = ["nl", "de"]'],
            "hub.toml:5 timesync.languages.1: Unknown language 'de'; expected one of nl, fr, en",
        ),
        (
            ["[timesync.labels]", 'opleding = "Cursus"'],
            "hub.toml:6 timesync.labels.opleding: Unknown profile 'opleding'; did you mean 'opleiding'?",
        ),
        (
            ["[timesync.texts.nl]", 'intern = "x"'],
            "hub.toml:6 timesync.texts.nl.intern: Unknown text 'intern'; did you mean 'internal'?",
        ),
        (
            [
                "[[timesync.closures]]",
                "date = 2026-12-24",
                "[[timesync.closures]]",
                "date = 2026-12-25",
                'part = "mornin"',
            ],
            "hub.toml:9 timesync.closures.1.part: Unknown part of the day 'mornin'; did you mean 'morning'?",
        ),
        (["[[timesync.closures]]", 'date = "2026-31-12"'], "hub.toml:6 timesync.closures.0.date: Not a valid date."),
        (
            ["[[timesync.closures]]", "date = 2026-12-24", 'exempt = ["ICT"]'],
            "hub.toml:7 timesync.closures.0.exempt: Unknown field; did you mean 'except'?",
        ),
        (
            ["[timesync.scope]", 'servces = ["ICT"]'],
            "hub.toml:6 timesync.scope.servces: Unknown field; did you mean 'services'?",
        ),
    ],
    ids=["requested", "language", "label", "text", "part of a closing day", "day", "key of a closing day", "scope"],
)
def test_a_word_that_is_none_of_ours_is_refused_with_what_was_meant(
    tmp_path: Path, lines: list[str], expected: str
) -> None:
    assert refusal(tmp_path, *lines) == expected


def test_a_key_of_every_system_is_proposed_too(tmp_path: Path) -> None:
    read = policy(tmp_path, TOML.replace("every_minutes", "every_minuts"))

    with pytest.raises(Unusable, match="every_minuts: Unknown field; did you mean 'every_minutes'"):
        read.section("timesync", TimesyncPolicy)


@pytest.mark.parametrize(
    "label", ["", "x" * 256, "Twee\\nregels", "Afwezig ({naam})"], ids=["no", "long", "lines", "fill"]
)
def test_a_label_is_one_line_of_plain_words(tmp_path: Path, label: str) -> None:
    assert "timesync.labels.opleiding" in refusal(tmp_path, "[timesync.labels]", f'opleiding = "{label}"')


def test_who_is_away_without_a_reply_has_the_label_of_who_is_away(tmp_path: Path) -> None:
    read = loaded(tmp_path, "[timesync.labels]", 'afwezig = "Niet aanwezig"')

    assert set(read.rules(people("ICT")).labels.values()) == {"Niet aanwezig"}
    assert list(read.contradictions(people("ICT"))) == []


@pytest.mark.parametrize(
    "labels",
    [['afwezig = "Verlof"', 'afwezig_zonder_antwoord = "Afwezig"'], ['afwezig_zonder_antwoord = "Staking"']],
    ids=["both", "one"],
)
def test_labels_that_would_tell_the_kind_of_absence_are_refused(tmp_path: Path, labels: list[str]) -> None:
    ((place, expected),) = loaded(tmp_path, "[timesync.labels]", *labels).contradictions(people("ICT"))

    assert place == "timesync.labels.afwezig_zonder_antwoord"
    assert expected == "expected the label of 'afwezig': another word would tell the kind"


def test_no_two_profiles_with_a_reply_could_tell_leave_from_illness() -> None:
    """By design: both are `afwezig`, and there is one label for it."""
    assert [profile.name for profile in PROFILES if profile.reply] == ["afwezig"]


@pytest.mark.parametrize("date_", ["2026-11-16", '"2026-11-16"'], ids=["TOML", "text"])
def test_a_closing_day_closes_everybody_unless_it_says_whom(tmp_path: Path, date_: str) -> None:
    read = loaded(tmp_path, "[[timesync.closures]]", f"date = {date_}", 'name = "Brugdag"', 'except = ["Onthaal"]')

    roster = read.rules(people("ICT", "Onthaal")).roster

    assert dict(roster.person("0").closed) == {date(2026, 11, 16): Part.WHOLE}
    assert dict(roster.person("1").closed) == {}


@pytest.mark.parametrize(
    ("parts", "closed"),
    [(["morning"], Part.MORNING), (["morning", "morning"], Part.MORNING), (["morning", "afternoon"], Part.WHOLE)],
    ids=["half a day", "twice the same", "two halves"],
)
def test_halves_of_a_closing_day_add_up(tmp_path: Path, parts: list[str], closed: Part) -> None:
    lines = [line for part in parts for line in ("[[timesync.closures]]", "date = 2020-01-02", f'part = "{part}"')]

    assert dict(loaded(tmp_path, *lines).rules(people("ICT")).roster.everywhere) == {date(2020, 1, 2): closed}


@pytest.mark.parametrize("at_", ["07:30:00", '"07:30"'], ids=["TOML", "text"])
def test_the_hour_of_the_digest_may_be_written_as_toml_does(tmp_path: Path, at_: str) -> None:
    assert loaded(tmp_path, f"digest_at = {at_}").rules(people("ICT")).digest_at == time(7, 30)


def test_a_service_that_nobody_works_for_is_refused_with_what_was_meant(tmp_path: Path) -> None:
    read = loaded(
        tmp_path,
        "[timesync.services.Balie]",
        "[timesync.scope]",
        'services = ["Balie", "ITC"]',
        "[[timesync.closures]]",
        "date = 2026-12-24",
        'applies_to = ["Bali"]',
    )

    assert dict(read.contradictions(people("ICT"))) == {
        "timesync.closures.0.applies_to": "Unknown service 'Bali'; did you mean 'Balie'?",
        "timesync.scope.services": "Unknown service 'ITC'; did you mean 'ICT'?",
    }


def test_equal_priorities_are_equal_ranks(tmp_path: Path) -> None:
    text = TOML.replace("every_minutes = 5", "every_minutes = 5\npriority = 20").replace(
        'client_id = "hub"',
        'client_id = "hub"\npriority = 20\n[timesync.systems.last]\nkind = "flatfile"\npath = "x"\n'
        "priority = 30\n[timesync.systems.none]\nkind = 'flatfile'\npath = 'y'",
    )
    roster = policy(tmp_path, text).section("timesync", TimesyncPolicy).rules(people("ICT")).roster

    person = roster.person("0")
    assert dict(person.ranks) == {"export": 0, "protime": 0, "last": 1}
    assert person.rank("none") > person.rank("last")
