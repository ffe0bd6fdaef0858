"""The words of automatic replies: dates in full, whom to ask, in the right languages, and never more."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from services.timesync.domain.delegates import Delegate
from services.timesync.domain.roster import Person
from services.timesync.domain.rules import ReplyRules
from services.timesync.domain.texts import (
    KEYS,
    LANGUAGES,
    Contact,
    Dates,
    Office,
    as_html,
    fault_in,
    filled,
    in_full,
    values,
)
from services.timesync.policy import TimesyncPolicy
from services.timesync.texts import catalogue
from shared.config import Policy
from shared.errors import Invalid

from .builders import day
from .conftest import OFFICE

DATES = Dates(day("2026-11-20"), day("2026-11-23"))
TUUR = Person("000104", name="Tuur Testman", service="ICT")
DORA = Delegate("Dora Demo", "dora@example.org")


def told(template: str, *, office: Office = OFFICE, delegate: Delegate | None = None, language: str = "nl") -> str:
    return filled(template, values(office, TUUR, language, DATES, delegate))


@pytest.mark.parametrize(
    ("language", "text"),
    [("nl", "zondag 1 maart 2026"), ("fr", "dimanche 1er mars 2026"), ("en", "Sunday 1 March 2026")],
)
def test_a_day_is_written_in_full_in_each_language(language: str, text: str) -> None:
    assert in_full(day("2026-03-01"), language) == text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", KEYS)
def test_the_texts_of_the_hub_are_complete_and_right(language: str, key: str) -> None:
    assert fault_in(key, catalogue(language)[key]) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_says_what_dutch_says_line_by_line(language: str) -> None:
    dutch, other = catalogue("nl"), catalogue(language)

    assert set(other) == set(dutch)
    for key in KEYS:
        lines = [
            [
                sorted(name for name in values(OFFICE, TUUR, "nl", DATES) if f"{{{name}}}" in line)
                for line in text.splitlines()
            ]
            for text in (dutch[key], other[key])
        ]
        assert lines[0] == lines[1], key


def test_a_line_without_its_value_is_left_out_and_the_rest_closes_up() -> None:
    assert told("Dag\n\n{vervanger} vervangt me.\n\nTot {terug_op}") == "Dag\n\nTot maandag 23 november 2026"
    assert told("{vervanger} vervangt me.", delegate=DORA) == "Dora Demo vervangt me."


@pytest.mark.parametrize(
    ("contact", "text"),
    [
        (Contact("a@example.org", "053"), "a@example.org ou 053"),
        (Contact("", "053"), "053"),
        (Contact("", ""), ""),
    ],
    ids=["both", "one", "none"],
)
def test_the_contact_is_told_as_far_as_there_is_one(contact: Contact, text: str) -> None:
    assert told("{dienst_contact}", office=Office("Stad", contact), language="fr") == text


def test_a_service_without_a_contact_is_answered_for_by_the_organisation() -> None:
    with_ict = replace(OFFICE, services={"ICT": Contact("ict@example.org", "")})

    assert told("{dienst}: {dienst_mail}") == "Gemeente Voorbeeldegem: onthaal@example.org"
    assert told("{dienst}: {dienst_mail}", office=with_ict) == "ICT: ict@example.org"


def test_whatever_is_filled_in_is_shown_as_it_stands() -> None:
    office = Office("<Stad> & Co", Contact("<b>@example.org", ""))

    html = as_html([("nl", told("<i>{organisatie}</i>\n{dienst_mail}\n\n{naam}", office=office))])

    assert html == (
        '<html lang="nl"><body><div lang="nl"><p>&lt;i&gt;&lt;Stad&gt; &amp; Co&lt;/i&gt;<br>'
        "&lt;b&gt;@example.org</p><p>Tuur Testman</p></div></body></html>"
    )


def test_a_value_with_braces_is_no_placeholder() -> None:
    assert told("{organisatie}", office=Office("{naam}", Contact("", ""))) == "{naam}"


@pytest.mark.parametrize(
    ("personal", "service", "all_", "expected"),
    [
        ((), (), ("nl",), ("nl",)),
        ((), ("fr",), ("nl",), ("fr",)),
        (("en", "nl"), ("fr",), ("nl",), ("nl", "en")),
        ((), (), ("en", "fr", "nl"), ("nl", "fr", "en")),
        (("xx",), (), ("nl",), ("nl",)),
    ],
    ids=["the organisation's", "the service's", "his own", "Dutch first", "none that is known"],
)
def test_the_languages_are_his_own_or_his_services_or_all_s_with_dutch_first(
    personal: tuple[str, ...], service: tuple[str, ...], all_: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    rules = ReplyRules(languages=all_, service_languages={"ICT": service})

    assert rules.languages_of(replace(TUUR, languages=personal)) == expected


def test_an_own_text_replaces_the_hubs_and_no_other() -> None:
    rules = ReplyRules(texts={"nl": {"internal": "Weg."}})

    assert rules.text("nl", "internal") == "Weg."
    assert rules.text("fr", "internal") == catalogue("fr")["internal"]


@pytest.mark.parametrize(
    ("key", "text", "complaint"),
    [
        ("internal", "Terug {teurg_op}", "{teurg_op} is no placeholder of this text; did you mean {terug_op}?"),
        ("internal", "{reden}", "{reden} is no placeholder of this text; expected one of {laatste_dag}, {terug_op}, "),
        ("external_undated", "{terug_op}", "{terug_op} is no placeholder of this text; "),
        ("internal", "{naam!r}", "{naam} is no placeholder"),
        ("internal", "{naam.service}", "{naam.service} is no placeholder"),
        ("internal", "{", "a brace without its other half"),
        ("internal", "{}", "{} is no placeholder"),
    ],
    ids=["misspelt", "unknown", "a date where none may be told", "conversion", "attribute", "half a brace", "no name"],
)
def test_a_wrong_placeholder_is_refused_with_a_proposal(key: str, text: str, complaint: str) -> None:
    assert (fault_in(key, text) or "").startswith(complaint)


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ('[timesync.texts.nl]\ninternal = "Weg"\nexternal = "Terug {teurg_op}"', r"hub\.toml:6 timesync\.texts\.nl\.external: {teurg_op}.*did you mean {terug_op}"),
        ('[timesync.texts.nl]\nintern = "Weg"', r"hub\.toml:5 timesync\.texts\.nl\.intern"),
        ('[timesync.texts.de]\ninternal = "Weg"', r"hub\.toml:4 timesync\.texts\.de"),
    ],
    ids=["placeholder", "key", "language"],
)  # fmt: skip
def test_hub_toml_is_refused_at_the_line_of_the_text(tmp_path: Path, table: str, complaint: str) -> None:
    path = tmp_path / "hub.toml"
    path.write_text(f'[timesync]\npeople = "people.json"\norganisation = "Stad"\n{table}\n', encoding="utf-8")

    with pytest.raises(Invalid, match=complaint):
        Policy.read(path).section("timesync", TimesyncPolicy)


def test_dates_take_memory_only_where_a_reply_is_written() -> None:
    asked = "import sys, services.timesync.wiring; print('babel' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)

    assert loaded.stdout.strip() == "False"
