"""What only a mail register of our own shape promises: its record is of the letter that was told of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.mailroom.intakes.registers.register import REGISTER
from shared.errors import Invalid, Permanent, Transient
from tests.contract.intakes.registers import CONTENT, EVENTS, POST, Place, linked_register, record, reported, sealed
from tests.unit.shared.server import HangUp, Reply, serving

PATH = "/api/bestanden/88001"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with serving() as stub:
        made = Place(tmp_path, stub)
        yield made
        made.database.close()


def intake(place: Place, **table: Any) -> Any:
    return place.built(REGISTER, "postregister", base_url=POST, **table)


@pytest.mark.parametrize(
    "changes",
    [{"kenmerk": "2026/IN/001236"}, {"versie": 2}, {"versie": "twee"}, {"kenmerk": ["2026/IN/001235"]}],
    ids=["kenmerk", "version", "no version", "no kenmerk"],
)
def test_a_record_of_another_letter_is_refused(place: Place, changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refusal:
        intake(place).hear(reported(record=sealed(record(**changes))))

    assert refusal.value.reason == "contradicting_record"
    assert place.records.get("postregister", "2026_IN_001235@1") is None


def test_what_a_record_does_not_repeat_the_event_said(place: Place) -> None:
    said = record(versie=None)
    del said["kenmerk"]

    register = intake(place)
    heard = register.hear(reported(record=sealed(said), version=3))

    assert (heard.kenmerk, heard.version) == ("2026/IN/001235", 3)
    letter = register.read(heard.reference)
    assert (letter.kenmerk, letter.version) == ("2026/IN/001235", 3)


def test_every_version_that_a_register_tells_is_a_letter_of_its_own(place: Place) -> None:
    register = intake(place)
    told = [event["data"] for event in EVENTS if "bestanden" in event["data"]]

    heard = [register.hear(reported(version=one["versie"], record=sealed(one))) for one in told]

    letters = [register.read(one.reference) for one in heard]
    assert [letter.project for letter in letters] == ["A40003", "A40201", "A40201", "A49999", "A40201"]
    assert letters[-1].is_confidential
    assert len({one.reference for one in heard}) == 4  # one delivery came twice


def test_a_register_that_corrects_a_version_is_believed(place: Place) -> None:
    register = intake(place)
    place.answers[PATH] = Reply(body=CONTENT)
    first = register.hear(reported(record=sealed(record(b"X" * len(CONTENT)))))
    with pytest.raises(Invalid):
        register.open(first.reference)

    second = register.hear(reported(record=sealed(record())))

    assert second == first
    assert register.open(second.reference) is not None


@pytest.mark.parametrize(
    "url",
    [
        "https://post.example.org/apix/bestanden/88001",
        "https://post.example.org/api/../bestanden/88001",
        "https://post.example.org/api/%2e%2e/bestanden/88001",
        "http://post.example.org/api/bestanden/88001",
        "https://post.example.org:8443/api/bestanden/88001",
        "https://post.example.org@169.254.169.254/api/bestanden/88001",
        "https://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "bestanden/88001",
    ],
)
def test_nothing_outside_the_register_is_asked(place: Place, url: str) -> None:
    register, said = intake(place), record()
    said["bestanden"][0]["url"] = url
    reference = register.hear(reported(record=sealed(said))).reference

    with pytest.raises(Invalid) as refusal:
        register.open(reference)

    assert refusal.value.reason == "outside_register"
    assert url not in str(refusal.value)
    assert place.asked == []


def test_a_record_is_not_asked_outside_the_register(place: Place) -> None:
    with pytest.raises(Invalid) as refusal:
        intake(place).hear(reported(link="https://elsewhere.example.org/api/1"))

    assert refusal.value.reason == "outside_register"


def test_a_file_without_an_address_is_refused(place: Place) -> None:
    register, said = intake(place), record()
    del said["bestanden"][0]["url"]

    with pytest.raises(Invalid) as refusal:
        register.open(register.hear(reported(record=sealed(said))).reference)

    assert refusal.value.reason == "file_gone"


@pytest.mark.parametrize(
    ("reply", "kind", "reason"),
    [
        (Reply(404), Invalid, "record_gone"),
        (Reply(body=[record()]), Invalid, "unreadable_record"),
        (Reply(401), Permanent, "http_401"),
        (Reply(429), Transient, "http_429"),
        (HangUp(), Transient, "http_unreachable"),
    ],
    ids=["gone", "a list", "not ours", "busy", "broken"],
)
def test_a_register_that_does_not_give_its_record(
    place: Place, reply: Reply, kind: type[Exception], reason: str
) -> None:
    case = linked_register(place)
    case.offer(CONTENT, {})
    place.answers["/api/poststukken/2026-IN-001235"] = reply

    with pytest.raises(kind) as failure:
        case.tell()

    assert getattr(failure.value, "reason", None) == reason


def test_an_event_without_record_and_link_is_refused(place: Place) -> None:
    with pytest.raises(Invalid) as refusal:
        intake(place).hear(reported())

    assert refusal.value.reason == "record_gone"


def test_the_token_is_shown_to_the_register(place: Place) -> None:
    case = linked_register(place)
    case.offer(CONTENT, {})

    case.intake.open(case.tell())

    assert [asked.headers["authorization"] for asked in place.stub.asked] == ["Bearer token-1"] * 2


def test_more_than_hub_toml_allows_is_not_fetched(place: Place) -> None:
    register, said = intake(place, max_megabytes=1), record()
    said["bestanden"][0]["bytes"] = 1024 * 1024 + 1

    with pytest.raises(Invalid) as refusal:
        register.open(register.hear(reported(record=sealed(said))).reference)

    assert refusal.value.reason == "too_large"
    assert place.asked == []


def test_a_kenmerk_becomes_the_name_of_one_folder(place: Place) -> None:
    heard = intake(place).hear(reported(kenmerk="a/../../b", record=sealed(record(kenmerk="a/../../b"))))

    assert heard.reference == "a_.._.._b@1"


def test_a_kenmerk_that_could_share_the_folder_of_another_is_refused(place: Place) -> None:
    with pytest.raises(Invalid) as refusal:
        intake(place).hear(reported(kenmerk="2026_IN_001235", record=sealed(record(kenmerk="2026_IN_001235"))))

    assert refusal.value.reason == "invalid_kenmerk"


def test_a_file_that_the_register_knows_by_its_digest_only_is_the_e_mail_of_a_shared_mailbox(place: Place) -> None:
    register = intake(place)
    said = record(CONTENT)
    del said["bestanden"][0]["url"]
    heard = register.hear(reported(record=sealed(said)))
    with pytest.raises(Invalid) as refusal:
        register.open(heard.reference)
    place.mails[said["bestanden"][0]["sha256"]] = CONTENT

    delivery = register.open(heard.reference)

    assert refusal.value.reason == "file_gone"
    assert [path.read_bytes() for path in delivery.files] == [CONTENT]
