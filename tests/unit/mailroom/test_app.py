"""What the mailroom tells over HTTP."""

from __future__ import annotations

from services.mailroom.app import create_app
from tests.unit.mailroom.builders import FakeMailroom, deliver


def test_filed_letters_are_listed_by_reference_and_place(room: FakeMailroom) -> None:
    deliver(room.folder)
    room.run()

    answer = create_app(room.world()).test_client().get("/letters")

    (letter,) = answer.get_json()["letters"]
    assert (letter["kenmerk"], letter["version"], letter["state"]) == ("2026/IN/001234", 1, "filed")
    assert letter["folder"] == "A40201 - Moderne digitale werkplaats/Post/Inkomend/2026"
    assert letter["at"] == "2026-11-18T09:00:00+00:00"


def test_no_subject_sender_or_person_is_told(room: FakeMailroom) -> None:
    deliver(room.folder)
    room.run()

    told = create_app(room.world()).test_client().get("/letters").get_data(as_text=True)

    assert not any(word in told for word in ("headsets", "Denkbeeld", "Tuur"))


def test_a_limit_that_makes_no_sense_is_bounded(room: FakeMailroom) -> None:
    client = create_app(room.world()).test_client()

    for limit in ("-5", "many", "1000000"):
        assert client.get(f"/letters?limit={limit}").status_code == 200
