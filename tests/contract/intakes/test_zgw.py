"""What only a register with the ZGW Documenten API promises: its object becomes a letter, by what hub.toml says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest

from services.mailroom.intakes.registers.zgw import ZGW, ZgwOptions
from shared.errors import Invalid, Permanent, Transient
from tests.contract.intakes.registers import (
    CONTENT,
    NOTIFICATION,
    SECRETS,
    TYPE,
    UUID,
    ZAKEN,
    Place,
    informatieobject,
    reported,
    sha256,
)
from tests.unit.mailroom.builders import NOW
from tests.unit.shared.server import HangUp, Reply, serving

PATH = f"/documenten/api/v1/enkelvoudiginformatieobjecten/{UUID}"
TYPES = {TYPE: {"serie": "ALG.MELDING", "documenttype": "melding"}}
HEARD = reported(source="zgw", kenmerk=UUID, link=NOTIFICATION["resourceUrl"])


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with serving() as stub:
        made = Place(tmp_path, stub)
        yield made
        made.database.close()


def register(place: Place, found: dict[str, Any] | None = None, **table: Any) -> Any:
    """Return the intake, at a register that has *found* and its content."""
    found = found or informatieobject()
    place.answers[PATH] = Reply(body=found)
    place.answers[f"{PATH}/download?versie={found.get('versie')}"] = Reply(body=CONTENT)
    return place.built(ZGW, "zgw", **{"base_url": ZAKEN, "client_id": "hub", "types": TYPES, **table})


def letter(place: Place, changes: dict[str, Any] | None = None, **table: Any) -> Any:
    intake = register(place, informatieobject(**(changes or {})), **table)
    return intake.read(intake.hear(HEARD).reference)


def refused(place: Place, changes: dict[str, Any], **table: Any) -> Invalid:
    with pytest.raises(Invalid) as refusal:
        letter(place, changes, **table)
    return refusal.value


def test_an_object_is_a_letter(place: Place) -> None:
    made = letter(place, {"versie": 3})

    assert (made.kenmerk, made.version, made.direction) == ("2026/IN/001235", 3, "inkomend")
    assert (made.subject, made.sender) == ("Melding losliggende stoeptegel", "Piet Proefburger")
    assert made.sender_is_organisation is False  # the API does not say, and a citizen's name goes nowhere
    assert (made.document_type, made.series, made.confidentiality) == ("melding", "ALG.MELDING", "intern")
    assert (made.document_date, made.received_on) == (date(2026, 11, 17), date(2026, 11, 18))
    assert made.registered_at == datetime.fromisoformat("2026-11-18T09:05:00+00:00")
    assert (made.status, made.project) == ("definitief", None)
    (file,) = made.files
    assert (file.name, file.size, file.sha256) == ("melding.eml", len(CONTENT), sha256(CONTENT))
    assert file.url == f"{NOTIFICATION['resourceUrl']}/download?versie=3"


def test_it_is_found_by_its_uuid_and_version(place: Place) -> None:
    heard = register(place, informatieobject(versie=2)).hear(HEARD)

    assert (heard.reference, heard.kenmerk, heard.version) == (f"{UUID}@2", "2026/IN/001235", 2)


@pytest.mark.parametrize(
    ("received", "sent", "direction"),
    [
        ("2026-11-18", None, "inkomend"),
        ("2026-11-18", "2026-11-17", "inkomend"),
        (None, "2026-11-18", "uitgaand"),
        ("", "", "intern"),
        (None, None, "intern"),
    ],
)
def test_its_days_say_which_way_it_went(place: Place, received: str | None, sent: str | None, direction: str) -> None:
    made = letter(place, {"ontvangstdatum": received, "verzenddatum": sent})

    assert made.direction == direction
    expected = datetime.fromisoformat("2026-11-18T00:00:00+01:00") if direction == "uitgaand" else None
    assert made.sent_at == expected


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("openbaar", "openbaar"),
        ("beperkt_openbaar", "intern"),
        ("intern", "intern"),
        ("zaakvertrouwelijk", "vertrouwelijk"),
        ("vertrouwelijk", "vertrouwelijk"),
        ("confidentieel", "vertrouwelijk"),
        ("geheim", "geheim"),
        ("zeer_geheim", "geheim"),
    ],
)
def test_their_eight_levels_are_four_of_ours(place: Place, theirs: str, ours: str) -> None:
    assert letter(place, {"vertrouwelijkheidaanduiding": theirs}).confidentiality == ours


@pytest.mark.parametrize("level", ["", None, "topgeheim", ["openbaar"]])
def test_a_level_that_nobody_knows_is_refused(place: Place, level: object) -> None:
    assert list(refused(place, {"vertrouwelijkheidaanduiding": level}).fields) == ["vertrouwelijkheid"]


def test_an_organisation_may_read_a_level_otherwise(place: Place) -> None:
    changes = {"vertrouwelijkheidaanduiding": "zaakvertrouwelijk"}

    assert letter(place, changes, levels={"zaakvertrouwelijk": "intern"}).confidentiality == "intern"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("DOCUMENT-2026-0000000001", "DOCUMENT-2026-0000000001"),
        (" doc_2026 1 ", "DOC-2026-1"),
        ("2026/in/1", "2026/IN/1"),
    ],
)
def test_an_identificatie_is_made_a_kenmerk(place: Place, theirs: str, ours: str) -> None:
    assert letter(place, {"identificatie": theirs}).kenmerk == ours


@pytest.mark.parametrize("theirs", ["", None, "brief (2)", "é1", "a--b", "/1", "x" * 41, "Brief van Piet; dringend"])
def test_an_identificatie_that_is_no_kenmerk_is_refused_without_telling_it(place: Place, theirs: object) -> None:
    refusal = refused(place, {"identificatie": theirs})

    assert refusal.reason == "invalid_kenmerk"
    assert "Piet" not in str(refusal)


@pytest.mark.parametrize("version", [None, 0, "1", True, 1.5])
def test_an_object_without_a_version_is_refused(place: Place, version: object) -> None:
    assert list(refused(place, {"versie": version}).fields) == ["versie"]


def test_a_type_that_hub_toml_does_not_name_is_refused(place: Place) -> None:
    """It may be of the social service: what is not known is not filed."""
    assert refused(place, {"informatieobjecttype": TYPE + "0"}).reason == "unknown_document_type"


@pytest.mark.parametrize(
    ("words", "project"), [(["A40003"], "A40003"), ([], None), (None, None), ([5], None), ("A40003", None)]
)
def test_a_project_stands_where_hub_toml_says(place: Place, words: object, project: str | None) -> None:
    assert letter(place, {"trefwoorden": words}, project_from="trefwoorden[0]").project == project


def test_a_function_that_fails_on_an_object_finds_no_project(place: Place) -> None:
    assert letter(place, {"trefwoorden": None}, project_from="sort(trefwoorden)[0]").project is None


# -- its content ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "integrity",
    [
        None,
        {"algoritme": "", "waarde": ""},
        {"algoritme": "sha_3", "waarde": "0" * 64},
        {"algoritme": "sha_256"},
        "sha_256",
    ],
    ids=["none", "empty", "another", "without value", "a text"],
)
@pytest.mark.parametrize("size", [len(CONTENT), None])
def test_where_nothing_is_claimed_what_came_is_what_it_is_proven_against(
    place: Place, integrity: object, size: int | None
) -> None:
    intake = register(place, informatieobject(integriteit=integrity, bestandsomvang=size))

    delivery = intake.open(intake.hear(HEARD).reference)

    assert delivery.letter.files[0].sha256 == sha256(CONTENT)
    assert delivery.letter.files[0].size == len(CONTENT)
    assert delivery.files[0].read_bytes() == CONTENT
    assert [asked.path for asked in place.stub.asked].count(f"{PATH}/download?versie=1") == 1


def test_a_claim_in_capitals_is_one(place: Place) -> None:
    claim = {"algoritme": "sha_256", "waarde": sha256(CONTENT).upper()}

    assert letter(place, {"integriteit": claim}).files[0].sha256 == sha256(CONTENT)


def test_a_claim_that_is_not_met_is_refused(place: Place) -> None:
    intake = register(place, informatieobject(integriteit={"algoritme": "sha_256", "waarde": "0" * 64}))

    with pytest.raises(Invalid) as refusal:
        intake.open(intake.hear(HEARD).reference)

    assert refusal.value.reason == "sha256_mismatch"


def test_a_content_of_another_length_than_is_claimed_is_refused(place: Place) -> None:
    intake = register(place, informatieobject(integriteit=None, bestandsomvang=len(CONTENT) + 1))

    with pytest.raises(Invalid) as refusal:
        intake.open(intake.hear(HEARD).reference)

    assert refusal.value.reason == "incomplete_set"


@pytest.mark.parametrize("size", [len(CONTENT) - 1, None])
def test_no_more_is_fetched_than_is_claimed_or_allowed(place: Place, size: int | None) -> None:
    intake = register(place, informatieobject(integriteit=None, bestandsomvang=size), max_megabytes=1)
    place.answers[f"{PATH}/download?versie=1"] = Reply(body=CONTENT * (1 if size else 20_000))

    with pytest.raises(Invalid) as refusal:
        intake.hear(HEARD)

    assert refusal.value.reason == "incomplete_set"


@pytest.mark.parametrize(
    ("name", "kind", "called"),
    [
        ("", "application/pdf", "document.pdf"),
        (None, "message/rfc822", "document.eml"),
        ("brief.pdf", "application/pdf", "brief.pdf"),
    ],
)
def test_a_file_without_a_name_is_called_by_its_type(place: Place, name: str | None, kind: str, called: str) -> None:
    assert letter(place, {"bestandsnaam": name, "formaat": kind}).files[0].name == called


# -- who asks, and whom -----------------------------------------------------------------------------------------------


def test_each_request_is_proven_by_a_token_of_its_moment(place: Place) -> None:
    intake = register(place)
    reference = intake.hear(HEARD).reference
    place.clock.advance(timedelta(hours=2))
    intake.open(reference)

    tokens = [asked.headers["authorization"].removeprefix("Bearer ") for asked in place.stub.asked]
    claims = [
        jwt.decode(token, SECRETS["HUB_MAILROOM_ZGW_SECRET"], algorithms=["HS256"], options={"verify_iat": False})
        for token in tokens
    ]
    assert [claim["iat"] for claim in claims] == [int(NOW.timestamp()), int(NOW.timestamp()) + 7200]
    assert {(claim["iss"], claim["client_id"]) for claim in claims} == {("hub", "hub")}
    assert all(claim["user_id"] and claim["user_representation"] for claim in claims)


def test_nothing_outside_the_register_is_asked(place: Place) -> None:
    intake = register(place)

    with pytest.raises(Invalid) as refusal:
        intake.hear(reported(source="zgw", kenmerk=UUID, link=f"https://zgw.example.org/catalogi/api/v1/{UUID}"))

    assert refusal.value.reason == "outside_register"
    assert place.asked == []


@pytest.mark.parametrize(
    ("reply", "kind"),
    [(Reply(404), Invalid), (Reply(403), Permanent), (Reply(429), Transient), (HangUp(), Transient)],
    ids=["gone", "not ours", "busy", "broken"],
)
def test_a_register_that_does_not_give_its_object(place: Place, reply: Reply, kind: type[Exception]) -> None:
    intake = register(place)
    place.answers[PATH] = reply

    with pytest.raises(kind) as failure:
        intake.hear(HEARD)

    assert type(failure.value) is kind or kind is Transient


def test_an_event_without_a_link_is_refused(place: Place) -> None:
    with pytest.raises(Invalid):
        register(place).hear(reported(source="zgw", kenmerk=UUID))


# -- what is no more --------------------------------------------------------------------------------------------------


def test_of_an_object_that_is_destroyed_the_letter_is_known(place: Place) -> None:
    intake = register(place, informatieobject(versie=2))
    heard = intake.hear(HEARD)
    intake.settle(heard.reference)

    gone = intake.named(reported(source="zgw", kenmerk=UUID, link=NOTIFICATION["resourceUrl"], change="deleted"))

    assert (gone.kenmerk, gone.version, gone.change) == ("2026/IN/001235", 3, "deleted")


def test_an_object_that_was_never_heard_of_keeps_its_name(place: Place) -> None:
    assert register(place).named(HEARD) == HEARD


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({"project_from": "trefwoorden["}, "project_from"),
        ({"levels": {"topgeheim": "geheim"}}, "levels.topgeheim.key"),
        ({"levels": {"geheim": "open"}}, "levels.geheim.value"),
        ({"types": {TYPE: {"documenttype": "melding"}}}, f"types.{TYPE}.value.serie"),
        ({"types": {TYPE: {"serie": "A", "seire": "A"}}}, f"types.{TYPE}.value.seire"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused_at_its_key(table: dict[str, Any], key: str) -> None:
    with pytest.raises(Invalid) as refusal:
        ZgwOptions.load({"base_url": ZAKEN, "client_id": "hub", "types": TYPES, **table})

    assert key in refusal.value.fields
