"""The sample municipality from end to end: every input of `make demo` leads to what people should see, and no more."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from deploy.local.processes import SERVICES
from sandbox.journal import Call
from tests.contract.sandbox.conformance import log_violations
from tests.plays import Played

# What stands in the sources about reasons: codes, their names, and remarks. Nobody may find any of it elsewhere.
WORDS = re.compile(
    r"vakantie|ziekte|syndicaal|recuperatie|dienstvrijstelling|arbeidsongeschikt|elders werken|onbekende code"
    r'|(?:^|[\s";:,\'>])(?:JV|RC|ZK|DV|SV|TW|XQ|FD)(?:$|[\s";:,\'<])',
    re.IGNORECASE | re.MULTILINE,
)
# Names of people and subjects of letters may be in Microsoft 365, but in no log and in no message.
NAMES = re.compile(
    r"verzonnen|fictief|bedacht|testman|voorbeeld@|staalkaart|zondermail|headsets|proefburger|wegenwerken",
    re.IGNORECASE,
)


def texts(folder: Path, pattern: str) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text("utf-8", "replace") for path in folder.rglob(pattern)}


def test_nothing_is_made_twice_nothing_is_parked_and_the_books_balance(played: Played) -> None:
    assert played.made_twice == []
    assert {name: one["parked"] for name, one in played.books.items()} == dict.fromkeys(SERVICES, 0)
    assert all(one["balanced"] for one in played.books.values())  # that nothing stays open, the wait for quiet asserted


def test_people_who_are_absent_now_have_an_event_and_an_automatic_reply(played: Played) -> None:
    away = [name for name, reply in played.outcome.replies.items() if reply[0] == "scheduled"]

    for name in ("Fien Verzonnen", "Tuur Testman", "Noor Voorbeeld", "Stan Staalkaart"):
        assert name in away
        assert any(event[1] == "oof" for event in played.outcome.calendars[name])


def test_a_colleague_who_gets_an_account_is_shown_absent_because_graph_said_so(played: Played) -> None:
    assert [event[:2] for event in played.outcome.calendars["Zita Zondermail"]] == [("Afwezig", "oof")]


def test_every_reason_looks_the_same_in_outlook(played: Played) -> None:
    subjects = {event[0] for events in played.outcome.calendars.values() for event in events}

    assert subjects == {"Afwezig", "Telewerk"}


def test_the_letter_and_its_attachment_stand_in_the_project_folder_with_metadata(played: Played) -> None:
    home = "A40201 - Moderne digitale werkplaats/Post/Inkomend/"
    filed = {path: columns for path, columns in played.outcome.files.items() if path.startswith(home)}
    (letter,) = (path for path in filed if "bijlage" not in path)

    assert filed[letter]["PostKenmerk"].endswith("/IN/001234")
    assert filed[letter]["Projectcode"] == "A40201"
    assert len(filed) == 2


def test_a_letter_with_a_mistyped_code_is_in_the_tray_and_nowhere_else(played: Played) -> None:
    (path,) = (path for path in played.outcome.files if "001236" in path)

    assert path.startswith("Te klasseren/")
    assert played.outcome.files[path]["Projectcode"] == "A4O201"


def test_each_letter_is_told_once_and_an_e_mail_that_nobody_registered_is_not(played: Played) -> None:
    assert len(played.outcome.files) == 3
    assert len(played.outcome.cards) == 2


def test_each_fault_of_the_export_is_held_with_its_place_and_reason(played: Played) -> None:
    held = {(row["place"].rpartition(" ")[2], row["reason"]) for row in played.held}

    assert held == {
        ("A-3001", "superseded_row"),
        ("A-3007", "duplicate_row"),
        ("A-3008", "unknown_code"),
        ("A-3009", "unknown_person"),
        ("A-3010", "impossible_date"),
    }


def test_every_write_of_the_hub_conforms_to_microsofts_schema(played: Played) -> None:
    calls = [Call(**{**call, "at": None}) for call in played.requests]

    assert len([call for call in calls if call.path.startswith("/v1.0/") and call.method != "GET"]) > 10
    assert log_violations(calls) == []


def test_no_reason_of_an_absence_is_in_any_database_log_queue_or_page(played: Played) -> None:
    places: dict[str, str] = {"hub.log": (played.folder / "hub.log").read_text("utf-8")} | played.pages
    places |= texts(played.folder / "data", "*.db*")
    places |= texts(played.folder.parent.parent, "play-rabbitmq*/mnesia/**/*.w*")

    assert {f"data/{name}.db" for name in SERVICES} <= {f"data/{Path(place).name}" for place in places}
    assert any(place.endswith(".wal") for place in places), "the queues' own log was not searched"
    assert {place: WORDS.findall(text) for place, text in places.items() if WORDS.search(text)} == {}


def test_no_name_and_no_subject_is_in_a_log_a_message_or_a_database_of_the_bus(played: Played) -> None:
    ledgers = texts(played.folder / "data", "*.db*")

    assert NAMES.findall((played.folder / "hub.log").read_text("utf-8")) == []
    assert {place: NAMES.findall(text) for place, text in ledgers.items() if NAMES.search(text)} == {}


def test_every_handled_message_is_one_line_of_json_with_its_correlation(played: Played) -> None:
    lines = [json.loads(line) for line in (played.folder / "hub.log").read_text().splitlines() if line.startswith("{")]
    handled: list[dict[str, Any]] = [line for line in lines if line["event"] == "message_handled"]

    assert {line["service"] for line in handled} == set(SERVICES)
    assert all(line["correlation_id"] for line in handled)
    # The export may not be there yet when it is looked for the first time: that one is tried again.
    assert {line.get("reason") for line in handled if line["verdict"] != "done"} <= {"source_missing"}


def test_the_searches_above_find_what_they_look_for() -> None:
    assert WORDS.search('"code": "ZK"')
    assert WORDS.search("A-3005;000104;Testman;ZK;Ziekte")
    assert NAMES.search("tuur.testman@example.org")
