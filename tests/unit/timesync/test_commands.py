"""`hub plan`, `hub resync` and `hub absences` on a real database, with hub.toml as HR edits it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result
from werkzeug.serving import make_server

from services.__main__ import main
from services.timesync.app import create_app
from services.timesync.commands import following, opened
from services.timesync.operations import halted
from services.timesync.store.guards import GuardRow, GuardState
from services.timesync.systems.base import Held
from shared.events import AbsencesChanged, ClockStruck, ComparisonWanted, Event
from shared.persistence.ledger import SqlLedger
from shared.persistence.migrate import migrate
from tests.unit.shared.builders import ENVIRON, environ

from .builders import SAMPLES, at, record
from .conftest import Town
from .test_guard import a_town_of, shifted

MIGRATIONS = Path("services/timesync/migrations")
TOML = """\
[timesync]
people = "people.json"
organisation = "Gemeente Voorbeeldegem"
reply_lead_hours = 720

[timesync.codes]
JV = "afwezig"

[timesync.systems.file]
kind = "flatfile"
path = "export.csv"
"""
HEADINGS = "Aanvraagnr;Personeelsnr;Code;Datum van;Datum tot;Dagdeel;Uur van;Uur tot;Status;Laatst gewijzigd"


@dataclass
class Desk:
    """A shell on the machine of the hub, and the town that the hub serves."""

    folder: Path
    town: Town
    more: dict[str, str]

    def hub(self, *words: str, given: str | None = None) -> Result:
        environment = {**dict.fromkeys(ENVIRON), **environ(self.folder, COLUMNS="200", **self.more)}
        return CliRunner().invoke(main, words, input=given, env=environment)

    def edit(self, old: str, new: str) -> None:
        """Let HR change hub.toml."""
        path = self.folder / "hub.toml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def export(self, *rows: str) -> None:
        """Let the time registration write its file."""
        (self.folder / "export.csv").write_text("\n".join([HEADINGS, *rows, ""]), encoding="utf-8")

    def work(self) -> list[Event]:
        """Let the hub do what waits in its inbox, and return what that was."""
        ledger, done = SqlLedger(self.town.database, self.town.clock, "the hub"), []
        while task := ledger.claim():
            event = task.envelope.open()
            self.town.settle(event)
            ledger.done(task, [])
            done.append(event)
        return done


def row(number: str, day: str, *, code: str = "JV", id_: str = "A-1") -> str:
    return f"{id_};{number};{code};{day};{day};V;;;Goedgekeurd;01/11/2026 08:00"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Thursday 12 November 2026. The hub is at work, and nobody is known to be absent."""
    migrate(f"sqlite:///{tmp_path / 'timesync.db'}", "timesync", MIGRATIONS)
    town = Town.at(tmp_path)
    shutil.copy(SAMPLES / "people.json", tmp_path)
    (tmp_path / "hub.toml").write_text(TOML, encoding="utf-8")
    monkeypatch.setattr(opened, "SystemClock", lambda: town.clock)
    made = Desk(tmp_path, town, {})
    made.export()
    monkeypatch.setattr(following, "wait", lambda _: made.work())
    town.outlook.add("000104")
    town.settle(ClockStruck(at=town.clock.now(), period="tick"))
    yield made
    town.database.close()


# --- plan


def test_the_plan_tells_what_for_whom_and_why(desk: Desk) -> None:
    desk.export(row("000104", "16/11/2026"))

    result = desk.hub("plan")

    assert result.exit_code == 0, result.output
    assert "000104" in result.stdout
    assert "changed in the source" in result.stdout
    assert "2 changes for 1 employees" in result.stdout
    assert desk.town.outlook.calls == []


def test_the_plan_shows_a_mapping_before_the_hub_has_it(desk: Desk) -> None:
    desk.export(row("000104", "16/11/2026", code="KV"))
    held = desk.hub("plan")
    assert "1 held in file: unknown_code" in held.stdout
    assert "Nothing would change." in held.stdout

    desk.edit('JV = "afwezig"', 'JV = "afwezig"\nKV = "telewerk"')
    told = orjson.loads(desk.hub("plan", "--json").stdout)

    assert [(line["effect"], line["action"], line["label"]) for line in told["lines"]] == [
        ("calendar", "create", "Telewerk")
    ]
    assert told["held"] == []
    assert "KV" not in str(told)


def test_the_plan_tells_where_an_unknown_code_stands_and_not_the_code(desk: Desk) -> None:
    desk.export(row("000104", "16/11/2026", code="GEHEIM"))

    result = desk.hub("plan")

    assert "export.csv:2" in result.stdout
    assert "GEHEIM" not in result.output


def test_a_mapping_that_cannot_be_is_refused_with_its_line_and_what_may_stand_there(desk: Desk) -> None:
    desk.edit('JV = "afwezig"', 'JV = "afwezigg"')

    result = desk.hub("plan")

    assert result.exit_code == 2
    assert "hub.toml:7" in result.output
    assert "did you mean 'afwezig'?" in result.output


def test_the_plan_of_a_hub_that_never_ran_leaves_no_database(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.timesync.wiring.Directory", lambda _: desk.town.outlook)
    desk.more = {"HUB_DATA_DIR": str(tmp_path / "fresh")}
    desk.export(row("000104", "16/11/2026"))

    result = desk.hub("plan")

    assert result.exit_code == 0, result.output
    assert "2 changes for 1 employees" in result.stdout
    assert "not remembered" in result.stdout
    assert not (tmp_path / "fresh").exists()


def test_a_source_that_is_away_is_as_it_told_last(desk: Desk) -> None:
    (desk.folder / "export.csv").unlink()

    result = desk.hub("plan")

    assert result.exit_code == 0
    assert "file cannot be read now" in result.stdout


def test_a_plan_that_cannot_know_who_is_who_is_not_made(desk: Desk, tmp_path: Path) -> None:
    desk.more = {"HUB_DATA_DIR": str(tmp_path / "fresh"), "HUB_AUTHORITY_URL": "http://127.0.0.1:1"}

    result = desk.hub("plan")

    assert result.exit_code == 1
    assert "Microsoft cannot be asked who is who" in result.output


def test_the_plan_of_what_is_stored_reads_no_source(desk: Desk) -> None:
    desk.export(row("000104", "16/11/2026"))

    assert "Nothing would change." in desk.hub("plan", "--stored").stdout


def test_the_table_is_cut_and_the_counts_are_not(desk: Desk) -> None:
    desk.export(*(row("000104", f"{day}/11/2026", id_=f"A-{day}") for day in (16, 18, 20)))

    result = desk.hub("plan", "--limit", "1")

    assert result.stdout.count("000104") == 1
    assert "4 changes for 1 employees" in result.stdout
    assert "3 more" in result.stdout


# --- resync


def test_one_person_is_compared_with_source_and_mailbox(desk: Desk) -> None:
    result = desk.hub("resync", "--person", "000104", "--no-wait")

    assert result.exit_code == 0, result.output
    assert [type(event).__name__ for event in desk.work()] == [
        "GraphResourceChanged",
        "AbsencesHinted",
        "MailboxCheckWanted",
        "AbsencesChanged",
    ]


def test_a_period_compares_who_is_away_in_it(desk: Desk) -> None:
    desk.town.read(record("2026-11-16"), record("2026-12-28", source_id="2", employee="000105"))

    result = desk.hub("resync", "--from", "2026-12-21", "--to", "2027-01-03", "--no-wait")

    assert "comparing 1 employee\n" in result.stdout
    changed = [event.employee for event in desk.work() if isinstance(event, AbsencesChanged)]
    assert changed == ["000105"]


def test_without_a_wish_everything_is_read_and_compared(desk: Desk) -> None:
    result = desk.hub("resync", "--no-wait")

    assert result.exit_code == 0
    assert [type(event).__name__ for event in desk.work()] == ["RereadWanted", "ComparisonWanted"]


def test_a_resync_waits_until_it_is_done(desk: Desk) -> None:
    desk.town.source.say(record("2026-11-16"))

    result = desk.hub("resync")

    assert result.exit_code == 0, result.output
    assert "done: 2 messages" in result.stdout
    assert len(desk.town.outlook.shown("user-1")) == 1


def test_the_items_of_a_hub_that_is_not_running_say_what_to_look_at(desk: Desk) -> None:
    desk.more["HUB_TIMESYNC_BIND"] = "127.0.0.1:1"

    result = desk.hub("absences", "items")

    assert result.exit_code == 1
    assert "Is timesync running?" in result.output


def test_a_hub_that_is_not_running_is_not_waited_for_for_ever(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "wait", lambda _: desk.town.clock.advance(timedelta(seconds=30)))

    result = desk.hub("resync", "--timeout", "60")

    assert result.exit_code == 1
    assert "Is timesync running?" in result.output


def test_an_unknown_source_is_wrong_use(desk: Desk) -> None:
    assert desk.hub("resync", "--source", "other").exit_code == 2


def test_a_hub_that_never_ran_has_nothing_to_resync(desk: Desk, tmp_path: Path) -> None:
    desk.more = {"HUB_DATA_DIR": str(tmp_path / "fresh")}

    result = desk.hub("resync")

    assert result.exit_code == 2
    assert "start it once" in result.output
    assert not (tmp_path / "fresh").exists()


# --- stop, resume, release


def test_a_stop_says_what_it_takes_away_and_asks(desk: Desk) -> None:
    desk.town.read(record("2026-11-16"))

    result = desk.hub("absences", "stop", given="n\n")

    assert result.exit_code == 1
    assert "in 1 mailboxes" in result.stdout
    assert "1 calendar remove" in result.stdout
    assert halted(desk.town.world) is None
    assert desk.work() == []


def test_a_stop_waits_until_all_of_it_is_gone(desk: Desk) -> None:
    desk.town.read(record("2026-11-16"))

    result = desk.hub("absences", "stop", "--yes")

    assert result.exit_code == 0, result.output
    assert desk.town.outlook.shown("user-1") == []
    assert desk.town.outlook.reply("user-1").status == "disabled"
    stopped = halted(desk.town.world)
    assert stopped is not None
    assert stopped.by.startswith("hub (")


def test_what_was_being_written_while_a_stop_began_is_taken_away_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A handler looked before the mark was there, and writes after the comparison went by."""
    desk.town.source.say(record("2026-11-16"))
    marks = desk.town.store.marks
    compared: list[Event] = []

    def work(_: float) -> None:
        compared.extend(desk.work())
        if len(compared) == 1:
            mark = marks.get("halted")
            marks.put("halted", None)
            desk.town.read(record("2026-11-16"))
            marks.put("halted", mark)

    monkeypatch.setattr(following, "wait", work)

    result = desk.hub("absences", "stop", "--yes")

    assert result.exit_code == 0, result.output
    assert len([event for event in compared if isinstance(event, ComparisonWanted)]) == 2
    assert desk.town.outlook.shown("user-1") == []


def test_a_stop_reaches_the_mailbox_of_who_is_not_known_any_more(desk: Desk) -> None:
    desk.town.read(record("2026-11-16"))
    desk.town.outlook.retire("user-1")
    desk.town.store.accounts.forget(["user-1"])

    result = desk.hub("absences", "stop", "--yes")

    assert result.exit_code == 0, result.output
    assert desk.town.outlook.shown("user-1") == []


def test_what_nothing_takes_away_keeps_a_stop_from_being_called_done(desk: Desk) -> None:
    desk.town.read(record("2026-11-16"))
    desk.town.store.guards.keep({"000104": GuardRow("user-1", GuardState.DONE, at("2026-11-16T12:00"))})

    result = desk.hub("absences", "stop", "--yes")

    assert result.exit_code == 1
    assert "still stands in 1 mailboxes" in result.output


def test_a_resume_puts_it_back(desk: Desk) -> None:
    desk.town.read(record("2026-11-16"))
    before = desk.town.outlook.shown("user-1")
    desk.hub("absences", "stop", "--yes")

    result = desk.hub("absences", "resume")

    assert result.exit_code == 0, result.output
    assert desk.town.outlook.shown("user-1") == before
    assert halted(desk.town.world) is None


def test_what_was_not_stopped_cannot_be_resumed(desk: Desk) -> None:
    assert desk.hub("absences", "resume").exit_code == 1


def test_a_release_shows_what_came_and_has_it_believed(desk: Desk) -> None:
    records = a_town_of(desk.town, 12)
    desk.town.read(*shifted(records))

    result = desk.hub("absences", "release", "file", given="y\n")

    assert result.exit_code == 0, result.output
    assert "12 registrations were believed last, 12 came now" in result.stdout
    assert "12 people would lose" in result.stdout
    assert desk.town.store.records.source("file").blocked is None
    assert {each.first for each in desk.town.store.records.all()} == {each.first for each in shifted(records)}


def test_what_is_not_blocked_cannot_be_released(desk: Desk) -> None:
    result = desk.hub("absences", "release", "file", "--yes")

    assert result.exit_code == 1
    assert "nothing of file is blocked" in result.output


# --- items


@pytest.fixture
def served(desk: Desk) -> Iterator[Desk]:
    server = make_server("127.0.0.1", 0, create_app(desk.town.world), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    desk.more = {"HUB_TIMESYNC_BIND": f"127.0.0.1:{server.server_port}"}
    yield desk
    server.shutdown()
    thread.join()
    server.server_close()


def test_items_are_listed_with_what_became_of_them(served: Desk) -> None:
    served.town.read(record("2026-11-16"), held=(Held("file.csv:3", "unknown_code", "000102", "3"),))

    result = served.hub("absences", "items")

    assert result.exit_code == 0, result.output
    assert "synchronised" in result.stdout
    assert "unknown_code" in result.stdout


def test_items_of_every_page_are_listed(served: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.timesync.commands.absences._PAGE", 2)
    served.town.read(*(record("2026-11-16", source_id=f"{n}", employee=f"{n:06}") for n in range(7)))

    rows = orjson.loads(served.hub("absences", "items", "--state", "held", "--json").stdout)

    assert [each["employee"] for each in rows] == [f"{n:06}" for n in range(7)]


@pytest.mark.parametrize("words", [("plan",), ("resync",), ("absences", "stop"), ("absences", "items")])
def test_every_command_helps_with_an_example(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [*words, "--help"])

    assert "Example" in result.stdout
    assert "hub " + " ".join(words) in result.stdout
