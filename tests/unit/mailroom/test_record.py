"""What a register may say of a letter, and how it hears what is wrong with it, in its own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mailroom.domain.letter import Letter, LetterFile
from services.mailroom.intakes.record import letter_of
from shared.errors import Invalid

MAIN = {
    "rol": "hoofddocument",
    "naam": "melding.eml",
    "mediatype": "message/rfc822",
    "bytes": 2048,
    "sha256": "50F503A74F157C4651FD17CE2F62C4AF3D519981498137F1A50BC8133A77FBD7",
    "url": "https://post.example.org/api/bestanden/88001",
}
RECORD: Mapping[str, Any] = {
    "kenmerk": "2026/IN/001235",
    "versie": 2,
    "richting": "inkomend",
    "kanaal": "e-mail",
    "verzendwijze": "gewoon",
    "onderwerp": "Melding losliggende stoeptegel",
    "documenttype": "melding",
    "documentdatum": "2026-11-17",
    "ontvangstdatum": "2026-11-18",
    "verzenddatum": "2026-11-18T09:00:00+00:00",
    "registratiedatum": "2026-11-18T10:05:00+00:00",
    "afzender": {"soort": "burger", "naam": "Piet Proefburger", "email": "piet@burger.example.org"},
    "dienst": {"code": "TD", "naam": "Technische dienst"},
    "dossierbehandelaar": {"upn": "stan.staalkaart@example.org", "naam": "Stan Staalkaart"},
    "uw_kenmerk": "PP/1",
    "projectcode": "A40003",
    "serie": {"code": "ALG.MELDING", "naam": "Meldingen"},
    "dossier": "Meldingen 2026",
    "vertrouwelijkheid": "intern",
    "bevat_persoonsgegevens": True,
    "antwoord_vereist": True,
    "antwoordtermijn": "2026-12-02",
    "relaties": ["2026/UIT/000012"],
    "status": "toegewezen",
    "digitalisering": {
        "scandatum": "2026-11-18T08:40:02+00:00",
        "scanner": "scan01",
        "kwaliteitscontrole": "goedgekeurd",
    },
    "papier_bewaren_tot": "2027-02-16",
    "bestanden": [MAIN],
}
NAMES = {name.split(".")[0] for name in RECORD}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 11, 18, hour, minute, second, tzinfo=UTC)


def refused(record: Mapping[str, Any]) -> dict[str, Any]:
    with pytest.raises(Invalid) as refusal:
        letter_of(record)
    assert refusal.value.reason == "invalid_letter"
    return refusal.value.fields


def test_every_field_of_a_letter_comes_from_its_record() -> None:
    letter = letter_of(RECORD)

    assert letter == Letter(
        kenmerk="2026/IN/001235",
        version=2,
        direction="inkomend",
        channel="e-mail",
        send_mode="gewoon",
        subject="Melding losliggende stoeptegel",
        document_type="melding",
        document_date=date(2026, 11, 17),
        received_on=date(2026, 11, 18),
        sent_at=at(9),
        registered_at=at(10, 5),
        sender="Piet Proefburger",
        sender_is_organisation=False,
        sender_mail="piet@burger.example.org",
        your_reference="PP/1",
        department="Technische dienst",
        department_code="TD",
        case_handler="Stan Staalkaart",
        handler="stan.staalkaart@example.org",
        project="A40003",
        series="ALG.MELDING",
        dossier="Meldingen 2026",
        confidentiality="intern",
        holds_personal_data=True,
        needs_reply=True,
        reply_by=date(2026, 12, 2),
        in_reply_to=["2026/UIT/000012"],
        status="toegewezen",
        scanned_at=at(8, 40, 2),
        quality_check="goedgekeurd",
        paper_until=date(2027, 2, 16),
        files=[
            LetterFile(
                role="hoofddocument",
                name="melding.eml",
                size=2048,
                sha256=MAIN["sha256"].lower(),  # type: ignore[attr-defined]  # a text
                media_type="message/rfc822",
                url="https://post.example.org/api/bestanden/88001",
            )
        ],
    )


def test_no_field_of_a_letter_is_forgotten_here() -> None:
    letter = letter_of(RECORD)

    assert [field.name for field in fields(letter) if getattr(letter, field.name) in (None, [], "")] == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"dienst": "Technische dienst"}, {"department": "Technische dienst", "department_code": None}),
        ({"dossierbehandelaar": "Stan Staalkaart"}, {"case_handler": "Stan Staalkaart", "handler": None}),
        ({"serie": "ALG.MELDING"}, {"series": "ALG.MELDING"}),
        ({"serie": {"naam": "Meldingen"}}, {"series": "Meldingen"}),
        ({"relaties": None, "in_antwoord_op": ["2026/UIT/7"]}, {"in_reply_to": ["2026/UIT/7"]}),
        ({"projectcode": "", "dossier": "  "}, {"project": None, "dossier": None}),
        ({"onderwerp": " twee\n regels "}, {"subject": "twee regels"}),
        ({"versie": "3"}, {"version": 3}),
        ({"afzender": {"soort": "organisatie", "naam": "Denkbeeld bv"}}, {"sender_is_organisation": True}),
        ({"afzender": None}, {"sender": None, "sender_is_organisation": False}),
        ({"iets_nieuws": {"x": 1}}, {}),
    ],
    ids=[
        "service as text", "handler as text", "series as text", "series without a code", "the other name of relations",
        "empty", "two lines", "number as text", "organisation", "no sender", "a key of later",
    ],
)  # fmt: skip
def test_registers_may_say_it_their_way(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    letter = letter_of({**RECORD, **changes})

    assert {name: getattr(letter, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"kenmerk": "geen kenmerk"}, "kenmerk"),
        ({"versie": 0}, "versie"),
        ({"versie": True}, "versie"),
        ({"versie": 1.5}, "versie"),
        ({"versie": "1_0"}, "versie"),
        ({"versie": 2**31}, "versie"),
        ({"richting": "binnen"}, "richting"),
        ({"onderwerp": "x\x00y"}, "onderwerp"),
        ({"onderwerp": "half \ud800"}, "onderwerp"),
        ({"ontvangstdatum": None}, "ontvangstdatum"),
        ({"registratiedatum": "2026-11-18T10:05:00"}, "registratiedatum"),
        ({"afzender": "Piet Proefburger"}, "afzender.naam"),
        ({"afzender": {"naam": 5}}, "afzender.naam"),
        ({"dienst": ["TD"]}, "dienst"),
        ({"serie": {}}, "serie"),
        ({"vertrouwelijkheid": "topgeheim"}, "vertrouwelijkheid"),
        ({"antwoord_vereist": "misschien"}, "antwoord_vereist"),
        ({"relaties": ["a b"]}, "relaties.0"),
        ({"digitalisering": {"scandatum": "gisteren"}}, "digitalisering.scandatum"),
        ({"bestanden": []}, "bestanden"),
        ({"bestanden": "melding.eml"}, "bestanden"),
        ({"bestanden": [{**MAIN, "bytes": 2048.5}]}, "bestanden.0.bytes"),
        ({"bestanden": [{**MAIN, "naam": "../a.eml"}]}, "bestanden.0.naam"),
        ({"bestanden": [{**MAIN, "naam": "\udcff.eml"}]}, "bestanden.0.naam"),
        ({"bestanden": [{**MAIN, "rol": "bijlage", "naam": "b.pdf", "sha256": "kort"}, MAIN]}, "bestanden.0.sha256"),
    ],
)
def test_a_fault_is_named_as_the_register_calls_the_place(changes: dict[str, Any], place: str) -> None:
    assert place in refused({**RECORD, **changes})


def test_all_faults_are_told_at_once() -> None:
    assert set(refused({"kenmerk": "2026/IN/1", "versie": 1, "reden": "dubbel"})) == {
        "richting", "onderwerp", "registratiedatum", "serie", "vertrouwelijkheid", "bestanden",
    }  # fmt: skip


def test_a_complaint_repeats_nothing_of_the_content() -> None:
    with pytest.raises(Invalid) as refusal:
        letter_of({**RECORD, "richting": "Proefburger", "ontvangstdatum": "Proefburger", "bestanden": ["Proefburger"]})

    assert "Proefburger" not in str(refusal.value)


@given(place=st.sampled_from(sorted(NAMES)), value=JSON)
def test_whatever_a_register_says_is_a_letter_or_a_complaint_about_places_that_it_knows(place: str, value: Any) -> None:
    assert faulty({**RECORD, place: value}) <= NAMES


def faulty(record: Mapping[str, Any]) -> set[str]:
    try:
        letter_of(record)
    except Invalid as refusal:
        return {name.split(".")[0] for name in refusal.fields} or {"unnamed"}
    return set()
