"""What a register tells ends in a project folder: the sample events, one after the other, through the handlers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.mailroom.intakes.registers.register import REGISTER
from services.mailroom.intakes.registers.zgw import ZGW
from shared.events import Event, LetterReported, MailArrived, MailFiled, MailHeld
from tests.contract.intakes.registers import (
    CONTENT,
    NOTIFICATION,
    POST,
    TYPE,
    UUID,
    ZAKEN,
    Place,
    informatieobject,
    record,
    reported,
    sealed,
)
from tests.unit.mailroom.builders import FakeMailroom
from tests.unit.shared.server import Reply, serving

TYPES = {TYPE: {"serie": "ALG.MELDING", "documenttype": "melding"}}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "register").mkdir()
    with serving() as stub:
        made = Place(tmp_path / "register", stub)
        yield made
        made.database.close()


@pytest.fixture
def room(tmp_path: Path, place: Place) -> Iterator[FakeMailroom]:
    made = FakeMailroom.at(tmp_path)
    yield made
    made.database.close()


def outcome(room: FakeMailroom, event: Event) -> list[Event]:
    """Return everything that comes of *event*."""
    said, waiting = list[Event](), [event]
    while waiting:
        news = room.hear(waiting.pop(0))
        said += news
        waiting += news
    return said


def told(version: int, **changes: Any) -> LetterReported:
    said = record(versie=version, **changes)
    return reported(version=version, change="registered" if version == 1 else "changed", record=sealed(said))


def test_a_letter_that_a_register_tells_is_filed_and_follows_its_project(room: FakeMailroom, place: Place) -> None:
    room.registers["postregister"] = place.built(REGISTER, "postregister", base_url=POST)
    place.answers["/api/bestanden/88001"] = Reply(body=CONTENT)

    first = outcome(room, told(1))
    before = dict(room.library.files)
    outcome(room, told(2, projectcode="A40201"))

    assert [type(event) for event in first][:1] == [MailArrived]
    assert MailFiled in [type(event) for event in first]
    assert [(path.split("/")[0], content) for path, content in before.items()] == [("A40003 - Digitaal loket", CONTENT)]
    assert [path.split("/")[0] for path in room.library.files] == ["A40201 - Moderne digitale werkplaats"]
    assert [path for path in place.spool.rglob("*") if path.is_file()] == []


def test_a_letter_whose_file_is_gone_is_held_and_filed_when_it_is_told_again(room: FakeMailroom, place: Place) -> None:
    room.registers["postregister"] = place.built(REGISTER, "postregister", base_url=POST)

    held = outcome(room, told(1))
    place.answers["/api/bestanden/88001"] = Reply(body=CONTENT)
    outcome(room, told(1))

    assert [event.reason for event in held if isinstance(event, MailHeld)] == ["file_gone"]
    assert list(room.library.files.values()) == [CONTENT]


def test_a_document_of_a_zgw_register_is_filed_under_its_own_kenmerk(room: FakeMailroom, place: Place) -> None:
    room.registers["zgw"] = place.built(
        ZGW, "zgw", base_url=ZAKEN, client_id="hub", types=TYPES, project_from="trefwoorden[0]"
    )
    path = f"/documenten/api/v1/enkelvoudiginformatieobjecten/{UUID}"
    place.answers |= {path: Reply(body=informatieobject()), f"{path}/download?versie=1": Reply(body=CONTENT)}

    said = outcome(room, reported(source="zgw", kenmerk=UUID, link=NOTIFICATION["resourceUrl"]))

    (filed,) = [event for event in said if isinstance(event, MailFiled)]
    assert filed.kenmerk == "2026/IN/001235"
    assert list(room.library.files.values()) == [CONTENT]


def test_a_confidential_letter_leaves_nothing_behind(room: FakeMailroom, place: Place) -> None:
    intake = place.built(REGISTER, "postregister", base_url=POST)
    room.registers["postregister"] = intake
    place.answers["/api/bestanden/88001"] = Reply(body=CONTENT)

    outcome(room, replace(told(1, vertrouwelijkheid="geheim"), privacy="vertrouwelijk"))

    assert room.library.files == {}
    assert place.records.get("postregister", "2026_IN_001235@1") is None
    assert [path for path in place.spool.rglob("*") if path.is_file()] == []
