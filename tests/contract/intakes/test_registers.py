"""Every register keeps the same promises: its letter comes whole, junk is refused, it is asked nothing but its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.mailroom.domain.letter import Letter
from services.mailroom.intakes.record import letter_of
from shared.errors import Invalid, Permanent, Transient
from tests.contract.intakes.registers import (
    CONTENT,
    Case,
    Place,
    linked_register,
    record,
    register,
    sha256,
    sql_by_address,
    sql_by_folder,
    zgw,
)
from tests.unit.shared.server import CutShort, HangUp, Reply, Stub, serving

INTAKES: tuple[Callable[[Place], Case], ...] = (register, linked_register, zgw, sql_by_address, sql_by_folder)
BY_ADDRESS = INTAKES[:-1]
EXECUTABLE = b"MZ" + bytes(100)


@pytest.fixture
def server() -> Iterator[Stub]:
    with serving() as stub:
        yield stub


@pytest.fixture
def place(tmp_path: Path, server: Stub) -> Iterator[Place]:
    made = Place(tmp_path, server)
    yield made
    made.database.close()


@pytest.fixture(params=INTAKES, ids=[make.__name__ for make in INTAKES])
def case(request: pytest.FixtureRequest, place: Place) -> Case:
    made: Case = request.param(place)
    return made


@pytest.fixture(params=BY_ADDRESS, ids=[make.__name__ for make in BY_ADDRESS])
def web(request: pytest.FixtureRequest, place: Place) -> Case:
    made: Case = request.param(place)
    return made


def told(case: Case, content: bytes = CONTENT, **changes: Any) -> str:
    """Offer the sample with *changes*, and return where it is found."""
    case.offer(content, changes)
    return case.tell()


def again(case: Case) -> str | None:
    """Let everybody tell once more what they have, and return what is open then."""
    case.place.clock.advance(timedelta(hours=1))
    open_ = case.intake.scan()
    return open_[0] if open_ else None


def kept(case: Case) -> list[Path]:
    return [path for path in case.place.spool.rglob("*") if path.is_file()]


def as_known(letter: Letter) -> Letter:
    """Return *letter* without what a register of one shape says and another cannot."""
    return replace(
        letter, channel=None, document_date=None, sender_mail=None, department=None, department_code=None, handler=None,
        holds_personal_data=None, needs_reply=False, reply_by=None, status=None,
        files=[replace(file, url=None) for file in letter.files],
    )  # fmt: skip


def test_the_sample_is_handed_over_as_the_register_described_it(case: Case) -> None:
    reference = told(case)

    delivery = case.intake.open(reference)

    assert delivery is not None
    assert delivery.letter == case.intake.read(reference)
    assert as_known(delivery.letter) == as_known(letter_of(record()))
    assert [path.read_bytes() for path in delivery.files] == [CONTENT]


def test_a_reference_fits_in_an_event_and_names_a_folder(case: Case) -> None:
    reference = told(case)

    assert 0 < len(reference) <= 200
    assert "/" not in reference
    assert reference.endswith("@1")


def test_no_subject_and_no_name_is_kept_in_the_clear(case: Case) -> None:
    told(case)

    with case.place.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT sealed FROM register_records").scalars().all()
    assert rows
    assert not any("stoeptegel" in row or "Proefburger" in row for row in rows)


def test_a_set_is_settled_once_and_for_all(case: Case) -> None:
    reference = told(case)
    case.intake.open(reference)

    case.intake.settle(reference)
    case.intake.settle(reference)

    assert case.intake.open(reference) is None
    assert again(case) is None
    assert kept(case) == []


def test_a_refused_set_is_taken_up_no_more(case: Case) -> None:
    reference = told(case)
    case.intake.open(reference)

    case.intake.refuse(reference, "confidential")
    case.intake.refuse(reference, "confidential")

    assert case.intake.open(reference) is None
    assert again(case) is None
    assert kept(case) == []


@pytest.mark.parametrize("reference", ["2026/IN/001235", "..", "../..", "", "a@1/..", "/", "none@1"])
def test_what_is_no_place_of_an_intake_can_be_refused_and_removes_nothing(case: Case, reference: str) -> None:
    known = told(case)
    case.intake.open(known)

    case.intake.refuse(reference, "contradicting_record")

    assert case.intake.open(known) is not None


@pytest.mark.parametrize(
    ("content", "changes", "reason"),
    [
        (CONTENT, {"onderwerp": ""}, "invalid_letter"),
        (CONTENT, {"registratiedatum": "gisteren"}, "invalid_letter"),
        (CONTENT, {"ontvangstdatum": "2026-02-30"}, "invalid_letter"),
        (EXECUTABLE, {}, "forbidden_type"),
        (b"%PDF-1.7", {}, "content_differs_from_type"),
    ],
    ids=["no subject", "no moment", "impossible day", "a program", "another kind"],
)
def test_junk_is_never_opened_and_is_refused_once(
    case: Case, content: bytes, changes: dict[str, Any], reason: str
) -> None:
    reference = told(case, content, **changes)

    with pytest.raises(Invalid) as refusal:
        case.intake.open(reference)
    case.intake.refuse(reference, refusal.value.reason)

    assert refusal.value.reason == reason
    assert again(case) is None
    assert kept(case) == []


def test_a_file_that_is_complete_is_not_fetched_again(web: Case) -> None:
    reference = told(web)
    web.intake.open(reference)
    before = web.place.asked.count(web.content)

    delivery = web.intake.open(reference)

    assert delivery is not None
    assert before == web.place.asked.count(web.content) == 1


def test_a_file_that_was_damaged_here_is_fetched_again(web: Case) -> None:
    reference = told(web)
    delivery = web.intake.open(reference)
    assert delivery is not None
    delivery.files[0].write_bytes(b"X" * len(CONTENT))

    web.intake.open(reference)

    assert delivery.files[0].read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(404), "file_gone"),
        (Reply(410), "file_gone"),
        (Reply(body=CONTENT + b"!"), "incomplete_set"),
        (Reply(body=CONTENT[:-1]), "incomplete_set"),
        (Reply(body=CONTENT.replace(b"tegel", b"TEGEL")), "sha256_mismatch"),
    ],
    ids=["not there", "gone", "too long", "too short", "another content"],
)
def test_a_file_that_is_not_what_the_register_says_is_refused(web: Case, reply: Reply, reason: str) -> None:
    reference = told(web)
    web.place.answers[web.content] = reply

    with pytest.raises(Invalid) as refusal:
        web.intake.open(reference)

    assert refusal.value.reason == reason
    assert "tegel" not in str(refusal.value)


@pytest.mark.parametrize("status", [429, 503])
def test_a_register_that_asks_to_wait_is_asked_later(web: Case, status: int) -> None:
    reference = told(web)
    web.place.answers[web.content] = Reply(status, headers={"Retry-After": "17"})

    with pytest.raises(Transient) as failure:
        web.intake.open(reference)

    assert failure.value.retry_after == timedelta(seconds=17)


@pytest.mark.parametrize("reply", [HangUp(), CutShort(body=CONTENT), Reply(500)], ids=["gone", "cut short", "broken"])
def test_a_register_that_breaks_off_is_asked_later(web: Case, reply: Reply) -> None:
    reference = told(web)
    web.place.answers[web.content] = reply
    with pytest.raises(Transient):
        web.intake.open(reference)

    web.place.answers[web.content] = Reply(body=CONTENT)

    assert web.intake.open(reference) is not None


@pytest.mark.parametrize("status", [401, 403])
def test_a_register_that_refuses_us_is_told_to_a_person_and_loses_no_letter(web: Case, status: int) -> None:
    reference = told(web)
    web.place.answers[web.content] = Reply(status)
    with pytest.raises(Permanent) as failure:
        web.intake.open(reference)
    assert not isinstance(failure.value, Invalid)

    web.place.answers[web.content] = Reply(body=CONTENT)

    assert web.intake.open(reference) is not None


def test_a_redirect_is_not_followed(web: Case) -> None:
    reference = told(web)
    web.place.answers[web.content] = Reply(302, headers={"Location": "http://169.254.169.254/latest"})

    with pytest.raises(Permanent, match="answered 302"):
        web.intake.open(reference)

    assert web.place.asked.count(web.content) == 1


def test_an_antivirus_looks_into_what_came(place: Place) -> None:
    seen: list[str] = []

    class Watching:
        def check(self, path: Path) -> None:
            seen.append(sha256(path.read_bytes()))

    place.scanner = Watching()
    made = register(place)
    reference = told(made)

    made.intake.open(reference)

    assert seen == [sha256(CONTENT)]


@pytest.mark.parametrize("make", INTAKES, ids=[make.__name__ for make in INTAKES])
def test_without_a_key_to_seal_records_nothing_starts(place: Place, make: Callable[[Place], Case]) -> None:
    del place.secrets["HUB_VAULT_KEY"]

    with pytest.raises(KeyError, match="HUB_VAULT_KEY"):
        make(place)
