"""`hub mail` on a real database, with hub.toml as the organisation edits it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from services.__main__ import main
from services.mailroom.commands import opened
from services.mailroom.domain.routing import Facts
from services.mailroom.store import Store
from services.mailroom.store.letters import FILED, KEPT, TRAY, Filing
from shared.clock import FixedClock
from shared.events import ClassificationChosen, Event, ProjectsChanged
from shared.persistence.database import Database
from shared.persistence.ledger import SqlLedger
from shared.persistence.migrate import migrate
from tests.unit.shared.builders import ENVIRON, environ

from .exports import csv_of, row, workbook

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
MIGRATIONS = Path("services/mailroom/migrations")
TOML = """\
[mailroom]
site = "example.sharepoint.com:/sites/projecten"
library = "Documenten"

[mailroom.projects.A40201]
title = "Digitale werkplaats"

[[mailroom.routes]]
name = "klachten"
document_type = ["Klacht*"]
to = "tray"
"""
FACTS = Facts(direction="inkomend", confidentiality="intern", series="ALG-2026", day=date(2026, 11, 18))


@dataclass
class Desk:
    """A shell on the machine of the hub."""

    folder: Path
    database: Database
    clock: FixedClock

    def hub(self, *words: str) -> Result:
        environment = {**dict.fromkeys(ENVIRON), **environ(self.folder, COLUMNS="200")}
        return CliRunner().invoke(main, ["mail", *words], env=environment)

    @property
    def store(self) -> Store:
        return Store.of(self.database, self.clock, None)

    def file(self, name: str, content: bytes) -> str:
        path = self.folder / name
        path.write_bytes(content)
        return str(path)

    def waiting(self) -> list[Event]:
        """Return what was handed over to mailroom."""
        ledger, found = SqlLedger(self.database, self.clock, "the hub"), []
        while task := ledger.claim():
            ledger.done(task, [])
            found.append(task.envelope.open())
        return found


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Wednesday 18 November 2026, 9 hours UTC; mailroom ran before."""
    url, clock = f"sqlite:///{tmp_path / 'mailroom.db'}", FixedClock(NOW)
    migrate(url, "mailroom", MIGRATIONS)
    monkeypatch.setattr(opened, "SystemClock", lambda: clock)
    (tmp_path / "hub.toml").write_text(TOML, encoding="utf-8")
    database = Database(url, "mailroom")
    yield Desk(tmp_path, database, clock)
    database.close()


def filing(kenmerk: str = "2026/IN/001234", state: str = TRAY, **more: object) -> Filing:
    told = {"facts": FACTS, "rule": "projectcode", "reason": "unknown_project", "suggestions": ("A40201",)} | more
    return Filing(kenmerk, 1, state, NOW, **told)  # type: ignore[arg-type]  # what each test says of it


# --- projects


def test_an_import_is_shown_before_it_is_done(desk: Desk) -> None:
    plan = desk.file("plan.csv", csv_of(row("A40003", title="Loket")))

    result = desk.hub("projects", "import", plan, "--dry-run")

    assert result.exit_code == 0, result.output
    assert "1 projects read, 1 would change, 0 faults" in result.stdout
    assert desk.store.projects.all() == {}
    assert desk.waiting() == []


def test_what_is_imported_is_known_and_the_tray_is_looked_at(desk: Desk) -> None:
    plan = desk.file("plan.csv", csv_of(row("A40003", title="Loket")))

    assert desk.hub("projects", "import", plan).exit_code == 0
    listed = orjson.loads(desk.hub("projects", "list", "--json").stdout)

    assert [(each["code"], each["title"], each["open"]) for each in listed] == [
        ("A40003", "Loket", True),
        ("A40201", "Digitale werkplaats", True),
    ]
    assert desk.waiting() == [ProjectsChanged(register="projecten")]


def test_a_second_import_of_the_same_changes_nothing(desk: Desk) -> None:
    plan = desk.file("plan.csv", csv_of(row("A40003")))
    desk.hub("projects", "import", plan)
    desk.waiting()

    told = orjson.loads(desk.hub("projects", "import", plan, "--json").stdout)

    assert (told["read"], told["applied"], told["changes"]) == (1, True, [])
    assert desk.waiting() == []


def test_each_faulty_row_is_told_and_the_others_are_taken(desk: Desk) -> None:
    plan = desk.file("plan.csv", csv_of(row("A40003", valid_from="ooit"), row("A40004")))

    result = desk.hub("projects", "import", plan)

    assert result.exit_code == 1
    assert result.stderr == "plan.csv:2 geldig van: expected a day as 31/12/2026, or nothing\n"
    assert list(desk.store.projects.all()) == ["A40004"]


def test_a_great_loss_is_only_taken_when_somebody_looked(desk: Desk) -> None:
    (desk.folder / "hub.toml").write_text(TOML + '\n[mailroom.project_file]\npath = "plan.csv"\n', encoding="utf-8")
    desk.hub("projects", "import", desk.file("plan.csv", csv_of(row("A1"), row("A2"), row("A3"))))
    less = desk.file("plan.csv", csv_of(row("A1")))

    blocked = desk.hub("projects", "import", less)
    assert blocked.exit_code == 1
    assert "2 open projects are gone at once" in blocked.stderr
    assert not desk.store.projects.all()["A2"].project.closed

    desk.store.imports.take("the file that was refused", {"|mass_closing_blocked": "plan.csv"})
    assert desk.hub("projects", "import", less, "--confirmed").exit_code == 0
    assert desk.store.projects.all()["A2"].project.closed
    assert desk.store.imports.taken() is None  # looked at again, so that people hear that it is settled


def test_another_file_than_that_of_hub_toml_does_not_bring_that_one_back(desk: Desk) -> None:
    desk.store.imports.take("the file of hub.toml", {})
    desk.hub("projects", "import", desk.file("ander.csv", csv_of(row("A1"))))

    assert desk.store.imports.taken() == "the file of hub.toml"


def test_a_file_that_cannot_be_read_says_why(desk: Desk) -> None:
    result = desk.hub("projects", "import", desk.file("plan.xlsx", workbook(row())))

    assert result.exit_code == 1
    assert "plan.xlsx: expected the heading 'code'" in result.stderr


def test_only_open_projects_are_listed_when_asked(desk: Desk) -> None:
    plan = csv_of(
        row("A1", valid_until="17/11/2026"), row("A2", valid_until="18/11/2026"), row("A3", status="Afgerond")
    )
    desk.hub("projects", "import", desk.file("plan.csv", plan))

    listed = orjson.loads(desk.hub("projects", "list", "--open", "--json").stdout)

    assert [each["code"] for each in listed] == ["A2", "A40201"]


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


def test_other_rules_are_tried_on_past_letters(desk: Desk) -> None:
    quote = Facts(**{**vars(FACTS), "document_type": "Offerte", "project": "A40201"})
    desk.store.letters.save(filing("2026/IN/1", FILED, facts=quote, project="A40201", reason=None))
    desk.store.letters.save(filing("2026/IN/2", KEPT, rule="zonder-projectcode", reason="no_project"))
    assert "0 of 2 letters would be elsewhere" in desk.hub("try").stdout

    route = '\n[[mailroom.routes]]\nname = "offertes"\ndocument_type = ["offerte"]\nto = "tray"\n'
    other = desk.file("nieuw.toml", (TOML + route).encode())
    told = orjson.loads(desk.hub("try", "--config", other, "--json").stdout)

    assert told == [{"reference": "2026/IN/1", "now": "A40201", "then": "tray", "rule": "offertes"}]


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
    assert "1 letters wait" in desk.hub("tray").stdout


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

    assert [(each["reference"], each["days"], each["where"]) for each in told] == [
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
