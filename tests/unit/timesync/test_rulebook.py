"""HR changes the rules while the hub runs: what can be used holds soon, what cannot is named with its line."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from services.timesync.effects.calendar import CalendarEffect
from services.timesync.effects.look import own_look
from services.timesync.effects.replies import ReplyEffect
from services.timesync.handlers import Timesync
from services.timesync.rulebook import LiveRulebook
from services.timesync.systems.base import Codes, Parts
from shared.config import Policy
from shared.errors import Invalid
from shared.events import (
    AbsenceReported,
    AbsenceRulesRefused,
    AbsenceRulesTaken,
    AbsencesHinted,
    ClockStruck,
    ComparisonWanted,
    Event,
    RereadWanted,
)
from tests.contract.systems.recorded import RecordedProtime

from .builders import day
from .conftest import Town

TOML = """
[timesync]
people = "people.csv"
organisation = "Gemeente Voorbeeldegem"
reply_lead_hours = 720

[timesync.contact]
mail = "onthaal@example.org"

[timesync.codes]
JV = "afwezig"

[timesync.systems.export]
kind = "flatfile"
path = "export.csv"
approved_only = true
without = ["request", "part", "starts", "ends", "changed"]
"""
PEOPLE = "personeelsnummer;naam;dienst\n000104;Fien Verzonnen;ICT\n000105;Joris Verzonnen;Onthaal\n"
EXPORT = "Personeelsnr;Code;Datum van;Datum tot\n"
FRIDAY = "000104;JV;13/11/2026;13/11/2026\n"
TUESDAY = "000104;JV;17/11/2026;17/11/2026\n"
SECOND = """
[timesync.systems.second]
kind = "flatfile"
path = "second.csv"
approved_only = true
without = ["request", "part", "starts", "ends", "changed"]
"""


@dataclass
class Hall:
    """A town whose rules are files, as HR edits them."""

    town: Town
    folder: Path
    book: LiveRulebook
    user: str

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def edit(self, old: str, new: str, name: str = "hub.toml") -> None:
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new))

    def tick(self) -> list[Event]:
        return self.town.settle(ClockStruck(at=self.town.clock.now(), period="tick"))

    def ticks(self) -> list[Event]:
        """Settle two ticks: the second one sees that nobody is saving any more."""
        return [*self.tick(), *self.tick()]

    def restart(self) -> None:
        """Read the rules as a new process does."""
        self.book = LiveRulebook(Policy.read(self.folder / "hub.toml"), parts(self.folder, self.town))
        self.town.world = world_of(self.town, self.book)

    def shown(self) -> list[tuple[str, str, str]]:
        return self.town.outlook.shown(self.user)


def parts(folder: Path, town: Town) -> Parts:
    def secret(name: str) -> str:
        raise Invalid("missing_secret", f"{name} is not set")

    return Parts(RecordedProtime(), town.clock, Codes({}), folder, secret)


def world_of(town: Town, book: LiveRulebook) -> Timesync:
    look = own_look(lambda: book.rules)
    effects = (
        CalendarEffect(town.outlook, town.store.events, look),
        ReplyEffect(town.outlook, town.store.replies, lambda: book.rules),
    )
    return replace(town.world, rulebook=book, effects=effects)


@pytest.fixture
def hall(town: Town, tmp_path: Path) -> Hall:
    """Somebody of ICT is away on Friday, which is shown."""
    folder = tmp_path / "etc"
    folder.mkdir()
    for name, text in (("hub.toml", TOML), ("people.csv", PEOPLE), ("export.csv", EXPORT + FRIDAY)):
        (folder / name).write_text(text, encoding="utf-8")
    made = Hall(town, folder, None, town.outlook.add("000104"))  # type: ignore[arg-type]  # restart() makes it
    made.restart()
    made.ticks()
    assert made.shown() == [("2026-11-13T00:00", "2026-11-14T00:00", "oof")]
    return made


def of(said: list[Event], *kinds: type[Event]) -> list[Event]:
    return [each for each in said if isinstance(each, kinds)]


def verdicts(said: list[Event]) -> list[Event]:
    return of(said, AbsenceRulesRefused, AbsenceRulesTaken)


def refused(said: list[Event]) -> list[tuple[str, int, str]]:
    events = [each for each in said if isinstance(each, AbsenceRulesRefused)]
    return [(fault.file, fault.line, fault.expected) for event in events for fault in event.faults]


# --- what holds from now on


def test_a_code_that_means_something_else_is_read_again_and_shown_so(hall: Hall) -> None:
    hall.edit('JV = "afwezig"', 'JV = "opleiding"')

    said = hall.ticks()

    assert of(said, AbsenceRulesTaken, RereadWanted) == [
        AbsenceRulesTaken(file="hub.toml"),
        RereadWanted(source="export"),
    ]
    assert of(said, ComparisonWanted)
    assert hall.shown() == [("2026-11-13T00:00", "2026-11-14T00:00", "busy")]


def test_r10_a_closing_day_joins_what_is_before_and_after_it(hall: Hall) -> None:
    hall.write("export.csv", EXPORT + FRIDAY + TUESDAY)
    hall.town.settle(AbsencesHinted(source="export"))
    before = len(hall.shown())
    hall.edit("[timesync.codes]", "[[timesync.closures]]\ndate = 2026-11-16\nname = 'Brugdag'\n\n[timesync.codes]")

    hall.ticks()

    assert before == 2
    assert hall.shown() == [("2026-11-13T00:00", "2026-11-18T00:00", "oof")]


def test_a_text_of_the_organisation_changes_the_reply_that_stands(hall: Hall) -> None:
    before = hall.town.outlook.replies[hall.user].internal
    hall.edit("[timesync.codes]", "[timesync.texts.nl]\ninternal = 'Even weg.'\n\n[timesync.codes]")

    hall.ticks()

    assert "Even weg." not in before
    assert "Even weg." in hall.town.outlook.replies[hall.user].internal


def test_a_schedule_that_changes_in_the_people_file_is_followed(hall: Hall) -> None:
    hall.write("export.csv", EXPORT + FRIDAY + TUESDAY)
    hall.town.settle(AbsencesHinted(source="export"))
    hall.write("people.csv", "personeelsnummer;dienst;di;vr\n000104;ICT;08:00-16:00;08:00-16:00\n")

    said = hall.ticks()

    assert verdicts(said) == [AbsenceRulesTaken(file="hub.toml")]
    assert hall.shown() == [("2026-11-13T00:00", "2026-11-18T00:00", "oof")]


def test_another_people_file_is_followed(hall: Hall) -> None:
    hall.write("people.json", '{"people": [{"employee_number": "000199"}]}')
    hall.edit("people.csv", "people.json")

    hall.ticks()

    assert set(hall.book.rules.roster.people) == {"000199"}


# --- what says nothing


@pytest.mark.parametrize(
    ("old", "new"),
    [("[timesync.codes]", "# of the council\n[timesync.codes]"), ("[timesync]", "[console]\nx = 1\n[timesync]")],
    ids=["a comment", "another table"],
)
def test_what_changes_no_rule_says_nothing(hall: Hall, old: str, new: str) -> None:
    hall.edit(old, new)

    assert hall.ticks() == []


def test_a_file_that_is_saved_unchanged_says_nothing(hall: Hall) -> None:
    os.utime(hall.folder / "hub.toml", (1, 1))
    hall.write("people.csv", PEOPLE)

    assert hall.ticks() == []


def test_a_change_within_the_same_moment_and_of_the_same_size_is_seen(hall: Hall) -> None:
    path = hall.folder / "people.csv"
    found = path.stat()
    hall.edit("Onthaal", "Omgevi", "people.csv")
    hall.edit("Omgevi", "Oxgevin", "people.csv")
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))

    hall.ticks()

    assert path.stat().st_size == found.st_size
    assert hall.book.rules.roster.person("000105").service == "Oxgevin"


def test_a_file_that_is_still_being_saved_is_waited_for(hall: Hall) -> None:
    half, whole = TOML[: TOML.index("[timesync.systems")], TOML.replace("720", "700")
    hall.write("hub.toml", half)
    first = hall.tick()
    hall.write("hub.toml", whole)

    second = hall.ticks()

    assert first == []
    assert verdicts(second) == [AbsenceRulesTaken(file="hub.toml")]
    assert hall.shown() == [("2026-11-13T00:00", "2026-11-14T00:00", "oof")]


# --- what is refused


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            'JV = "afwezig"',
            'JV = "afwezg"',
            ("hub.toml", 11, "timesync.codes.JV: Unknown profile 'afwezg'; did you mean 'afwezig'?"),
        ),
        (
            "reply_lead_hours",
            "reply_led_hours",
            ("hub.toml", 5, "timesync.reply_led_hours: Unknown field; did you mean 'reply_lead_hours'?"),
        ),
        (
            "[timesync.codes]",
            "[timesync.scope]\nservices = ['Onthal']\n\n[timesync.codes]",
            ("hub.toml", 11, "timesync.scope.services: Unknown service 'Onthal'; did you mean 'Onthaal'?"),
        ),
        (
            "[timesync.codes]",
            "[[timesync.closures]]\ndate = 2026-12-24\napplies_to = ['itc']\n\n[timesync.codes]",
            ("hub.toml", 12, "timesync.closures.0.applies_to: Unknown service 'itc'; did you mean 'ICT'?"),
        ),
        ("organisation =", "organisation", ("hub.toml", 4, "no TOML: Expected '=' after a key in a key/value pair")),
        (
            '[timesync.systems.export]\nkind = "flatfile"',
            (
                '[timesync.systems.tijd]\nkind = "protime"\nbase_url = "https://t.example.org"\n'
                'token_url = "https://t.example.org/t"\nclient_id = "hub"\nclient_secret = "HUB_PROTIME_NIEUW"\n\n'
                '[timesync.systems.export]\nkind = "flatfile"'
            ),
            ("hub.toml", 13, "timesync.systems.tijd: HUB_PROTIME_NIEUW is not set"),
        ),
    ],
    ids=["profile", "key", "scope", "closing day", "no TOML", "secret"],
)
def test_a_mistake_is_refused_once_with_its_line_and_what_was_meant(
    hall: Hall, old: str, new: str, fault: tuple[str, int, str]
) -> None:
    rules = hall.book.rules
    hall.edit(old, new)

    said = [*hall.ticks(), *hall.ticks()]

    ((file, line, expected),) = refused(said)
    assert (file, line) == fault[:2]
    assert expected.startswith(fault[2])
    assert len(said) == 1
    assert hall.book.rules is rules


def test_a_mistake_in_the_people_file_is_refused_with_its_row(hall: Hall) -> None:
    hall.write("people.csv", PEOPLE.replace("dienst", "dienst;bronnen").replace("ICT", "ICT;exprt"))

    said = hall.ticks()

    assert refused(said) == [("people.csv", 2, "people.0.sources: Unknown source; did you mean 'export'?")]


def test_a_source_that_only_reports_is_a_source(hall: Hall) -> None:
    hall.edit("[timesync.codes]", "[webhooks.sources.notulen]\nscheme = 'standard'\n\n[timesync.codes]")
    hall.write("people.csv", PEOPLE.replace("dienst", "dienst;bronnen").replace("ICT", "ICT;notulen"))

    hall.ticks()

    assert hall.book.rules.roster.person("000104").ranks == {"notulen": 0}


@pytest.mark.parametrize("name", ["hub.toml", "people.csv"])
def test_a_file_that_is_gone_is_refused_and_the_rules_stay(hall: Hall, name: str) -> None:
    rules = hall.book.rules
    (hall.folder / name).unlink()

    said = hall.ticks()

    assert [fault[:2] for fault in refused(said)] == [(name, 0)]
    assert hall.book.rules is rules
    assert hall.shown() == [("2026-11-13T00:00", "2026-11-14T00:00", "oof")]


def test_what_is_mended_holds_and_is_said(hall: Hall) -> None:
    hall.edit('JV = "afwezig"', 'JV = "afwezg"')
    hall.ticks()
    hall.edit('JV = "afwezg"', 'JV = "telewerk"')

    said = hall.ticks()

    assert verdicts(said) == [AbsenceRulesTaken(file="hub.toml")]
    assert hall.shown() == [("2026-11-13T00:00", "2026-11-14T00:00", "workingElsewhere")]


@pytest.mark.parametrize("name", ["hub.toml", "people.csv"])
def test_what_is_put_back_as_it_was_is_said_to_be_mended(hall: Hall, name: str) -> None:
    text = (hall.folder / name).read_text(encoding="utf-8")
    hall.write(name, "")
    hall.ticks()
    hall.write(name, text)

    assert hall.ticks() == [AbsenceRulesTaken(file=name)]


def test_another_mistake_is_said_too(hall: Hall) -> None:
    hall.edit('JV = "afwezig"', 'JV = "afwezg"')
    hall.ticks()
    hall.edit('JV = "afwezg"', 'JV = "telewrk"')

    assert "did you mean 'telewerk'?" in refused(hall.ticks())[0][2]


# --- what was not said, because an attempt died or the hub stood still


def lost_tick(hall: Hall) -> None:
    hall.tick()
    hall.town.lose(ClockStruck(at=hall.town.clock.now(), period="tick"))


def test_a_source_that_should_be_read_again_is_so_after_an_attempt_that_died(hall: Hall) -> None:
    hall.edit('JV = "afwezig"', 'JV = "opleiding"')
    lost_tick(hall)

    said = hall.tick()

    assert of(said, RereadWanted) == [RereadWanted(source="export")]
    assert verdicts(said) == [AbsenceRulesTaken(file="hub.toml")]


def test_a_refusal_is_said_after_an_attempt_that_died(hall: Hall) -> None:
    hall.edit('JV = "afwezig"', 'JV = "afwezg"')
    lost_tick(hall)

    assert len(refused(hall.tick())) == 1


def test_codes_that_changed_while_the_hub_stood_still_are_read_again(hall: Hall) -> None:
    hall.edit('JV = "afwezig"', 'JV = "opleiding"')
    hall.restart()

    said = hall.tick()

    assert of(said, RereadWanted) == [RereadWanted(source="export")]
    assert hall.shown() == [("2026-11-13T00:00", "2026-11-14T00:00", "busy")]


def test_a_start_with_the_same_files_says_nothing(hall: Hall) -> None:
    hall.restart()

    assert hall.ticks() == []


# --- systems


def test_a_system_that_did_not_change_keeps_what_it_has(hall: Hall) -> None:
    before = hall.book.systems["export"]
    hall.edit("reply_lead_hours = 720", "reply_lead_hours = 24")
    hall.edit('kind = "flatfile"', 'kind = "flatfile"\nevery_minutes = 5')

    said = hall.ticks()

    after = hall.book.systems["export"]
    assert after.system is before.system
    assert after.every != before.every
    assert of(said, RereadWanted) == []


def test_a_system_that_is_added_is_read_without_a_restart(hall: Hall) -> None:
    hall.write("second.csv", EXPORT + TUESDAY)
    hall.write("hub.toml", TOML + SECOND)

    hall.ticks()
    hall.tick()

    assert [start for start, _, _ in hall.shown()] == ["2026-11-13T00:00", "2026-11-17T00:00"]


def test_what_a_system_told_that_is_taken_out_is_withdrawn(hall: Hall) -> None:
    hall.write("second.csv", EXPORT + TUESDAY)
    hall.write("hub.toml", TOML + SECOND)
    hall.ticks()
    hall.tick()
    hall.write("hub.toml", TOML)

    said = [*hall.ticks(), *hall.tick()]

    assert of(said, RereadWanted) == [RereadWanted(source="second")]
    assert hall.shown() == [("2026-11-13T00:00", "2026-11-14T00:00", "oof")]
    assert hall.ticks() == []


def test_half_a_file_that_a_starting_hub_finds_withdraws_nothing(hall: Hall) -> None:
    hall.write("hub.toml", TOML[: TOML.index("[timesync.systems")])
    hall.restart()
    hall.write("hub.toml", TOML)

    said = [*hall.ticks(), *hall.ticks()]

    assert of(said, RereadWanted) == []
    assert hall.shown() == [("2026-11-13T00:00", "2026-11-14T00:00", "oof")]


def test_a_system_that_comes_back_in_time_is_read_with_the_codes_of_now(hall: Hall) -> None:
    hall.write("hub.toml", TOML[: TOML.index("[timesync.systems")])
    hall.ticks()
    hall.write("hub.toml", TOML.replace('JV = "afwezig"', 'JV = "opleiding"'))
    hall.book.renew()
    hall.book.renew()

    hall.tick()

    assert hall.shown() == [("2026-11-13T00:00", "2026-11-14T00:00", "busy")]


def test_what_was_held_of_a_system_that_is_taken_out_is_let_go(hall: Hall) -> None:
    hall.write("second.csv", EXPORT + TUESDAY.replace("JV", "??"))
    hall.write("hub.toml", TOML + SECOND)
    hall.ticks()
    hall.tick()
    before = [row.source for row in hall.town.store.held.all()]
    hall.write("hub.toml", TOML)

    hall.ticks()
    hall.tick()

    assert (before, hall.town.store.held.all()) == (["second"], [])


def test_a_withdrawal_that_died_is_done_the_next_time(hall: Hall) -> None:
    hall.write("hub.toml", TOML[: TOML.index("[timesync.systems")])
    hall.ticks()
    hall.town.hear(ClockStruck(at=hall.town.clock.now(), period="tick"))
    hall.town.lose(RereadWanted(source="export"))

    hall.tick()

    assert hall.shown() == []


def test_of_a_system_that_gets_another_name_nobody_notices_anything(hall: Hall) -> None:
    hall.edit("systems.export", "systems.second")
    hall.town.outlook.calls.clear()

    hall.ticks()
    hall.ticks()

    assert {record.source for record in hall.town.store.records.all()} == {"second"}
    assert hall.town.outlook.calls == []


def test_a_system_with_another_name_that_cannot_be_read_takes_nothing_away(hall: Hall) -> None:
    hall.edit(
        'systems.export]\nkind = "flatfile"\npath = "export.csv"', 'systems.second]\nkind = "flatfile"\npath = "x"'
    )
    hall.tick()
    strike = ClockStruck(at=hall.town.clock.now(), period="tick")

    said = [*hall.town.hear(strike), *hall.town.hear(strike)]

    assert of(said, RereadWanted) == []
    assert {record.source for record in hall.town.store.records.all()} == {"export"}


def test_what_is_only_reported_is_not_taken_for_a_system_that_is_gone(hall: Hall) -> None:
    hall.town.settle(
        AbsenceReported(
            source="notulen",
            rule="verlof",
            absence_id="1",
            employee="000105",
            first=day("2026-11-16"),
            last=day("2026-11-16"),
            profile="afwezig",
        )
    )

    hall.ticks()

    assert "notulen" in {record.source for record in hall.town.store.records.all()}


def test_a_hint_for_a_system_that_was_taken_out_is_let_be(hall: Hall) -> None:
    hall.write("hub.toml", TOML[: TOML.index("[timesync.systems")])
    hall.tick()
    hall.town.hear(ClockStruck(at=hall.town.clock.now(), period="tick"))

    assert hall.town.hear(AbsencesHinted(source="export")) == []
