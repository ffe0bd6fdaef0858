"""`hub mail` tells of letters: why they are where they are, what waits, and what was done."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from services.mailroom.domain.routing import Facts
from services.mailroom.store.letters import FILED, KEPT
from shared.events import ClassificationChosen

from .desks import FACTS, TOML, Desk, a_desk, filing


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with a_desk(tmp_path, monkeypatch) as made:
        yield made


# --- why


def test_a_letter_is_explained_rule_by_rule(desk: Desk) -> None:
    facts = Facts(**{**vars(FACTS), "document_type": "Offerte", "project": "A40210"})
    desk.store.letters.save(filing(facts=facts, folder="Te klasseren"))

    result = desk.hub("explain", "2026/IN/001234")

    assert result.exit_code == 0, result.output
    assert "tray (no project has the code that it names" in result.stdout
    assert "in Te klasseren" in result.stdout
    assert "document_type: the letter says 'Offerte'" in result.stdout
    assert "hub mail classify 2026/IN/001234 CODE" in result.stdout


def test_the_explanation_is_told_to_programs_too(desk: Desk) -> None:
    desk.store.letters.save(filing(facts=Facts(**{**vars(FACTS), "document_type": "Klachtbrief"})))

    told = orjson.loads(desk.hub("explain", "2026/IN/001234", "--json").stdout)

    assert [(step["rule"], step["matched"]) for step in told["steps"]] == [
        ("vertrouwelijk", False),
        ("uitgesloten-reeks", False),
        ("klachten", True),
    ]
    assert told["by_rules_of_now"] == {"where": "tray", "rule": "klachten", "reason": "by_rule"}


def test_a_letter_that_nobody_knows_is_no_letter(desk: Desk) -> None:
    result = desk.hub("explain", "2026/IN/009999")
    assert (result.exit_code, "no letter 2026/IN/009999" in result.stderr) == (1, True)


def test_a_letter_that_came_and_was_refused_is_said_to(desk: Desk) -> None:
    desk.store.trail.note("2026/IN/001234", 1, "held", intake="scans", reason="encrypted_pdf")

    result = desk.hub("explain", "2026/IN/001234")

    assert result.exit_code == 1
    assert "`hub mail trail 2026/IN/001234` tells why" in result.stderr


def test_other_rules_are_tried_on_past_letters(desk: Desk) -> None:
    quote = Facts(**{**vars(FACTS), "document_type": "Offerte", "project": "A40201"})
    desk.store.letters.save(filing("2026/IN/1", FILED, facts=quote, project="A40201", reason=None))
    desk.store.letters.save(filing("2026/IN/2", KEPT, rule="zonder-projectcode", reason="no_project"))
    assert "0 of 2 letters would be elsewhere" in desk.hub("try").stdout

    route = '\n[[mailroom.routes]]\nname = "offertes"\ndocument_type = ["offerte"]\nto = "tray"\n'
    other = desk.file("nieuw.toml", (TOML + route).encode())
    told = orjson.loads(desk.hub("try", "--config", other, "--json").stdout)

    assert told == [{"kenmerk": "2026/IN/1", "now": "A40201", "then": "tray", "rule": "offertes"}]


def test_a_letter_whose_folder_is_missing_is_not_moved_by_rules(desk: Desk) -> None:
    facts = Facts(**{**vars(FACTS), "project": "A40201"})
    desk.store.letters.save(filing(facts=facts, reason="folder_missing"))

    assert orjson.loads(desk.hub("try", "--json").stdout) == []


def test_rules_that_cannot_be_used_are_refused_with_their_line(desk: Desk) -> None:
    other = desk.file("nieuw.toml", TOML.replace("document_type", "documenttype").encode())
    result = desk.hub("try", "--config", other)

    assert result.exit_code == 2
    assert "nieuw.toml:10 mailroom.routes.0.documenttype" in result.stderr
    assert "did you mean 'document_type'?" in result.stderr


# --- what waits


def test_the_tray_tells_what_waits_and_what_was_probably_meant(desk: Desk) -> None:
    desk.store.letters.save(filing())

    told = orjson.loads(desk.hub("tray", "--json").stdout)

    assert [(each["kenmerk"], each["reason"], each["suggestions"]) for each in told] == [
        ("2026/IN/001234", "unknown_project", ["A40201"])
    ]
    assert "1 letter in the tray" in desk.hub("tray").stdout


def test_what_a_table_says_of_hub_toml_is_shown_with_its_brackets(desk: Desk) -> None:
    desk.store.letters.save(filing(reason="by_rule"))
    assert "a rule of [[mailroom.routes]] says so" in desk.hub("tray").stdout


def test_a_choice_is_handed_over_to_mailroom(desk: Desk) -> None:
    desk.store.letters.save(filing())

    assert desk.hub("classify", "2026/IN/001234", "A40201").exit_code == 0

    (chosen,) = desk.waiting()
    assert isinstance(chosen, ClassificationChosen)
    assert (chosen.kenmerk, chosen.project) == ("2026/IN/001234", "A40201")
    assert chosen.by.startswith("hub (")


@pytest.mark.parametrize(
    ("reference", "code", "says"),
    [
        ("2026/IN/001234", "A40210", "did you mean A40201?"),
        ("2026/IN/009999", "A40201", "no letter 2026/IN/009999"),
        ("2026/IN/000002", "A40201", "is in no folder (register)"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(desk: Desk, reference: str, code: str, says: str) -> None:
    desk.store.letters.save(filing())
    desk.store.letters.save(filing("2026/IN/000002", KEPT))

    result = desk.hub("classify", reference, code)

    assert result.exit_code == 1
    assert says in result.stderr
    assert desk.waiting() == []


def test_open_letters_are_listed_by_when_they_are_due(desk: Desk) -> None:
    for kenmerk, day in (("2026/IN/1", 30), ("2026/IN/2", 17), ("2026/IN/3", 19)):
        desk.store.letters.save(filing(kenmerk, FILED, project="A40201", needs_reply=True, due=date(2026, 11, day)))
    desk.store.letters.save(filing("2026/IN/4"))

    told = orjson.loads(desk.hub("due", "--days", "7", "--json").stdout)

    assert [(each["kenmerk"], each["days"], each["where"]) for each in told] == [
        ("2026/IN/2", -1, "A40201"),
        ("2026/IN/3", 1, "A40201"),
    ]
    assert "3 letters to answer" in desk.hub("due").stdout


# --- what was done


def test_the_steps_of_a_letter_are_listed(desk: Desk) -> None:
    desk.store.trail.note("2026/IN/001234", 1, "arrived", intake="scans")
    desk.clock.advance(timedelta(seconds=1))
    desk.store.trail.note("2026/IN/001234", 1, "decided", rule="projectcode")

    told = orjson.loads(desk.hub("trail", "2026/IN/001234", "--json").stdout)
    rows = list(csv.DictReader(io.StringIO(desk.hub("trail", "2026/IN/001234", "--csv").stdout)))

    assert [(step["step"], step["detail"]) for step in told] == [
        ("arrived", {"intake": "scans"}),
        ("decided", {"rule": "projectcode"}),
    ]
    assert [(each["version"], each["step"]) for each in rows] == [("1", "arrived"), ("1", "decided")]
    assert desk.hub("trail", "2026/IN/009999").exit_code == 1


def test_each_step_tells_all_that_it_holds_line_by_line(desk: Desk) -> None:
    desk.store.trail.note("2026/IN/001234", 1, "held", intake="scans", reason="encrypted_pdf", project=None)

    told = desk.hub("trail", "2026/IN/001234").stdout

    assert [part for part in ("intake: scans", "reason: encrypted_pdf", "project") if part in told] == [
        "intake: scans",
        "reason: encrypted_pdf",
    ]


def test_the_trail_of_a_period_has_both_its_days_whole(desk: Desk) -> None:
    """Belgian days: at 23 hours UTC it is the next day already."""
    for number, at in enumerate(("2026-11-16T22:59", "2026-11-16T23:00", "2026-11-18T22:59", "2026-11-18T23:00")):
        desk.clock.at = datetime.fromisoformat(f"{at}:00+00:00")
        desk.store.trail.note(f"2026/IN/{number}", 1, "arrived")
    target = desk.folder / "trail.csv"

    result = desk.hub("export", "--from", "2026-11-17", "--to", "2026-11-18", str(target))

    assert result.exit_code == 0, result.output
    with target.open(encoding="utf-8", newline="") as file:
        assert [each["kenmerk"] for each in csv.DictReader(file)] == ["2026/IN/1", "2026/IN/2"]
    assert f"2 steps in {target}" in result.stdout


def test_a_period_that_ends_before_it_begins_is_wrong_use(desk: Desk) -> None:
    assert desk.hub("export", "--from", "2026-11-18", "--to", "2026-11-17").exit_code == 2


def test_a_mailroom_that_never_ran_is_said_to(desk: Desk) -> None:
    desk.database.close()
    (desk.folder / "mailroom.db").unlink()

    result = desk.hub("tray")

    assert result.exit_code == 2
    assert "start it once (`hub service mailroom`)" in result.stderr


@pytest.mark.parametrize(
    "words",
    [["projects", "import"], ["projects", "list"], *([each] for each in ("explain", "try", "tray", "classify", "trail", "export", "due"))],
    ids=" ".join,
)  # fmt: skip
def test_each_command_shows_an_example_and_its_exit_codes(desk: Desk, words: list[str]) -> None:
    told = desk.hub(*words, "--help").stdout

    assert f"hub mail {' '.join(words)}" in told.partition("Example")[2]
    assert "Exit codes: 0" in told
