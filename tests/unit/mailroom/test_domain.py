"""Where a letter belongs, what it is called there, and what its columns say."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mailroom.domain.columns import belongs_to, columns, differing
from services.mailroom.domain.letter import Letter, LetterFile
from services.mailroom.domain.places import file_name, is_allowed_name, link_name, numbered, subfolder
from shared.errors import Invalid
from tests.unit.mailroom.builders import sample_letter

KENMERKEN = st.from_regex(r"[A-Z0-9]+([/.-][A-Z0-9]+)*", fullmatch=True).filter(lambda text: len(text) <= 40)
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
LETTERS = st.builds(
    lambda kenmerk, day, kind, extension: sample_letter(
        kenmerk=kenmerk,
        received_on=day,
        document_type=kind,
        files=[_file("hoofddocument", "a" + extension), _file("bijlage", "b" + extension)],
    ),
    KENMERKEN,
    DAYS,
    st.one_of(
        st.none(), st.text(max_size=60), st.sampled_from(["vti", "VTI", "con", "a" * 300, "é" * 50, "~$x", "..", "ﬁ"])
    ),
    st.sampled_from([".pdf", ".PDF", "", ".e:ml", "."]),
)


def told(letter: Letter, position: int = 0) -> dict[str, Any]:
    return columns(letter, position, project=letter.project, due=letter.reply_by)


def _file(role: str, name: str) -> LetterFile:
    return LetterFile(role=role, name=name, size=1, sha256="0" * 64)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "Post/Inkomend/2026"),
        ({"direction": "uitgaand"}, "Post/Uitgaand/2026"),
        ({"received_on": date(2025, 12, 31)}, "Post/Inkomend/2025"),
    ],
    ids=["incoming", "outgoing", "year of reception"],
)
def test_a_letter_stands_by_direction_and_year(changes: dict[str, Any], expected: str) -> None:
    assert subfolder(sample_letter(**changes)) == expected


def test_a_file_is_called_by_kenmerk_day_and_type() -> None:
    letter = sample_letter()

    names = [file_name(letter, position) for position in range(len(letter.files))]

    assert names == ["2026-IN-001234_2026-11-18_Offerte.pdf", "2026-IN-001234_2026-11-18_Offerte_bijlage1.pdf"]


@given(LETTERS)
def test_every_file_name_is_one_that_sharepoint_takes(letter: Letter) -> None:
    for position in (0, 1):
        name = file_name(letter, position)

        assert is_allowed_name(name)
        assert not re.search(r'["*:<>?/\\|#%\x00-\x1f]', name)
        assert name == unicodedata.normalize("NFC", name)
        assert len(name) <= 128


@given(LETTERS, LETTERS)
def test_files_of_different_letters_never_share_a_name(one: Letter, other: Letter) -> None:
    same = one.kenmerk == other.kenmerk
    names = [{file_name(letter, position).casefold() for position in (0, 1)} for letter in (one, other)]

    assert len(names[0]) == 2
    assert same or not names[0] & names[1]


@pytest.mark.parametrize("kenmerk", ["2026/IN/1", "2026-IN-1", "2026-IN/1", "2026/IN-1", "2026.IN.1"])
def test_kenmerken_that_look_alike_keep_names_of_their_own(kenmerk: str) -> None:
    others = {"2026/IN/1", "2026-IN-1", "2026-IN/1", "2026/IN-1", "2026.IN.1"} - {kenmerk}

    name = file_name(sample_letter(kenmerk=kenmerk), 0)

    assert name not in {file_name(sample_letter(kenmerk=other), 0) for other in others}


def test_neither_sender_nor_subject_is_in_a_file_name() -> None:
    letter = sample_letter(sender="Piet Proefburger", subject="Klacht van Piet Proefburger")

    assert "Proefburger" not in file_name(letter, 0)


@pytest.mark.parametrize(
    ("is_organisation", "expected"),
    [(True, "Denkbeeld Kantoortechniek bv"), (False, None)],
    ids=["organisation", "citizen"],
)
def test_only_an_organisation_is_named_as_sender(is_organisation: bool, expected: str | None) -> None:
    assert told(sample_letter(sender_is_organisation=is_organisation))["Afzender"] == expected


def test_only_the_main_document_carries_the_kenmerk_that_must_be_unique() -> None:
    letter = sample_letter()

    assert [told(letter, position)["PostKenmerk"] for position in (0, 1)] == ["2026/IN/001234", None]


@pytest.mark.parametrize(
    "written",
    ["2026-11-18T00:00:00Z", "2026-11-17T23:00:00Z", "2026-11-18T12:00:00Z", "2026-11-18"],
    ids=["utc midnight", "local midnight", "noon", "day"],
)
def test_a_day_is_the_same_day_however_sharepoint_writes_it(written: str) -> None:
    assert differing({"Ontvangstdatum": "2026-11-18T12:00:00Z"}, {"Ontvangstdatum": written}) == []


@pytest.mark.parametrize(
    ("wanted", "found", "expected"),
    [
        ({"Title": "a"}, {"Title": "b"}, ["Title"]),
        ({"Title": "a"}, {}, ["Title"]),
        ({"Afzender": None}, {}, []),
        ({"Afzender": None}, {"Afzender": "wie"}, ["Afzender"]),
        ({"Registratiedatum": "2026-11-18T08:42:11Z"}, {"Registratiedatum": "2026-11-18T09:42:11+01:00"}, []),
        ({"Ontvangstdatum": "2026-11-18T12:00:00Z"}, {"Ontvangstdatum": "2026-11-19"}, ["Ontvangstdatum"]),
    ],
    ids=["other text", "absent", "empty is absent", "not emptied", "same moment", "other day"],
)
def test_columns_that_do_not_say_what_they_should_are_named(
    wanted: dict[str, str | None], found: dict[str, Any], expected: list[str]
) -> None:
    assert differing(wanted, found) == expected


@pytest.mark.parametrize(
    ("number", "expected"), [(1, "brief.pdf"), (2, "brief (2).pdf"), (11, "brief (11).pdf")], ids=str
)
def test_a_name_that_others_have_is_numbered(number: int, expected: str) -> None:
    assert numbered("brief.pdf", number) == expected


def test_a_link_has_the_name_of_the_document_in_whose_place_it_stands() -> None:
    assert link_name(sample_letter()) == "2026-IN-001234_2026-11-18_Offerte.url"


def test_only_what_carries_the_id_of_the_letter_is_one_of_its_files() -> None:
    letter = sample_letter()

    assert belongs_to(letter.id, {"HubId": letter.id})
    assert not belongs_to(letter.id, {"HubId": sample_letter(kenmerk="2026/IN/9").id})
    assert not belongs_to(letter.id, {})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kenmerk": "2026/IN/../1"}, "kenmerk"),
        ({"kenmerk": "2026/in/1"}, "kenmerk"),
        ({"received_on": None}, "received_on"),
        ({"files": [_file("bijlage", "a.pdf")]}, "files"),
        ({"files": [_file("hoofddocument", "a.pdf"), _file("hoofddocument", "b.pdf")]}, "files"),
        ({"files": [_file("hoofddocument", "a.pdf"), _file("bijlage", "A.PDF")]}, "files"),
        ({"confidentiality": "weet niet"}, "confidentiality"),
    ],
    ids=["path in kenmerk", "lower case", "no reception", "no main", "two mains", "equal names", "unknown secrecy"],
)
def test_a_letter_that_breaks_a_rule_cannot_be_built(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        sample_letter(**changes)

    assert field in refused.value.fields


@pytest.mark.parametrize("name", ["../a.pdf", "a/b.pdf", "a\\b.pdf", ".hidden", "a\n.pdf", ""])
def test_a_file_of_a_set_has_a_plain_name(name: str) -> None:
    with pytest.raises(Invalid):
        _file("hoofddocument", name)


def test_a_letter_without_reception_is_filed_under_its_registration() -> None:
    letter = sample_letter(direction="uitgaand", received_on=None, registered_at=datetime(2026, 1, 2, tzinfo=UTC))

    assert letter.day == date(2026, 1, 2)
