"""Every word that the pages need exists, and none is left over."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.console.domain.problems import Problem, Urgency
from services.console.texts import Texts
from services.timesync.domain.reasons import EXPLANATIONS, QUIET
from shared.events import CATALOGUE

CONSOLE = Path(__file__).parents[3] / "services/console"
NL = Texts.load("nl")
PAGES = tomllib.loads((CONSOLE / "texts/nl/pages.toml").read_text(encoding="utf-8"))
PROBLEMS = tomllib.loads((CONSOLE / "texts/nl/problems.toml").read_text(encoding="utf-8"))["problem"]
KINDS = set(re.findall(r'"([a-z_]+)"', (CONSOLE / "domain/problems.py").read_text(encoding="utf-8")))


def used() -> str:
    files = [*CONSOLE.glob("templates/*.html"), *CONSOLE.glob("app/*.py"), CONSOLE / "texts/__init__.py"]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def test_every_text_that_a_page_names_exists() -> None:
    named = re.findall(r"""\bt(?:exts\(\))?\(["']([a-z_]+\.[a-z_0-9]+)["'][,)]""", used())

    assert len(named) > 60
    assert [key for key in named if not NL.has(key)] == []


@pytest.mark.parametrize("page", ["overview", "post", "parked", "journal", "held"])
def test_no_text_of_a_page_is_left_over(page: str) -> None:
    source = used()
    plain = [name for name, text in PAGES[page].items() if isinstance(text, str)]

    assert [name for name in plain if not re.search(rf"[\"'.]{name}\b|{name.split('_')[0]}_[\"']", source)] == []


@pytest.mark.parametrize("kind", PROBLEMS)
def test_every_problem_is_one_the_rules_know_and_names_cause_and_step(kind: str) -> None:
    facts: dict[str, str | int | datetime] = {
        "count": 2,
        "known": 1,
        "minutes": 11,
        "check": "database",
        "since": datetime(2026, 11, 18, 6, 0, tzinfo=UTC),
        "source": "notulen",
        "reason": "rule_not_applicable",
        "places": "besluit.id",
        "faults": "hub.toml:41 A number.",
        "by": "beheer",
    }
    words = NL.problem(Problem(kind, "timesync", Urgency.URGENT, facts))

    assert kind in KINDS
    assert all((words.title, words.cause, words.step))


def test_a_silence_is_told_with_its_moment_in_brussels() -> None:
    since = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)

    words = NL.problem(Problem("source_silent", "protime", Urgency.ATTENTION, {"since": since}))

    assert words.title == "Bron protime zwijgt sinds 18 nov 2026 om 07.00 uur"


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("rule_not_applicable", "Een regel past op de levering"),
        ("malformed_delivery", "De levering heeft niet de vorm"),
        ("something_new", "De hub kon de levering niet gebruiken (something_new)"),
    ],
)
def test_a_refusal_names_its_cause_its_fields_and_how_to_try_a_rule(reason: str, cause: str) -> None:
    facts: dict[str, str | int | datetime] = {"source": "notulen", "reason": reason, "count": 3, "places": "besluit.id"}

    words = NL.problem(Problem("deliveries_refused", f"notulen: {reason}", Urgency.ATTENTION, facts))

    assert words.title == "Leveringen van notulen geweigerd in de laatste 7 dagen: 3"
    assert words.cause.startswith(cause)
    assert "besluit.id" in words.cause
    assert "hub rules test" in words.step


@pytest.mark.parametrize(
    ("reason", "cause", "step"),
    [
        ("graph_403", "een recht of de toestemming", "Entra"),
        ("graph_400", "publieke adres", "HUB_PUBLIC_URL"),
        ("graph_418", "weigert het (graph_418)", "request-id"),
        ("place_taken", "een andere hub", "app-registratie"),
        ("graph_409", "al bestaat", "app-registratie"),
        ("graph_unreachable", "antwoordt niet", "proxy"),
        ("token_refused", "Aanmelden lukt niet", "certificaat"),
        ("vault_locked", "HUB_VAULT_KEY", "HUB_VAULT_KEY"),
        ("missing", "geen enkele poging", "logboek"),
        ("something_new", "mislukte (something_new)", "logboek"),
    ],
)
@pytest.mark.parametrize("kind", ["subscription_failing", "hook_failing"])
def test_what_is_not_kept_alive_names_its_cause_and_what_to_do(kind: str, reason: str, cause: str, step: str) -> None:
    facts: dict[str, str | int | datetime] = {"reason": reason, "since": datetime(2026, 11, 18, 6, 0, tzinfo=UTC)}

    words = NL.problem(Problem(kind, "people", Urgency.ATTENTION, facts))

    assert "people" in words.title
    assert "18 nov 2026 om 07.00 uur" in words.cause
    assert cause in words.cause
    assert step in words.step


@pytest.mark.parametrize("slug", ["unknown_profile", "register_not_read"])
def test_what_other_systems_reported_is_held_with_words_of_its_own(slug: str) -> None:
    assert NL.has(f"held.{slug}.title")


def raised(*places: str) -> list[str]:
    """Return the reasons that the code at *places* gives its failures."""
    files = [file for place in places for file in CONSOLE.parents[1].glob(place)]
    failures = re.compile(r'(?:Transient|Unavailable|Permanent|Invalid)\(\s*"([a-z0-9_]+)"')
    return sorted({slug for file in files for slug in failures.findall(file.read_text(encoding="utf-8"))})


def has_words(slug: str) -> bool:
    return (
        NL.reason(slug).title != f"Niet gelukt ({slug})" or NL.held(slug, "export").title != f"Niet verwerkt ({slug})"
    )


def test_every_reason_that_the_hub_gives_has_words() -> None:
    reasons = raised("services/**/*.py", "shared/**/*.py")

    assert len(reasons) > 10
    assert [slug for slug in reasons if not has_words(slug)] == []


def test_every_reason_for_which_mailroom_parks_has_words_of_a_parked_message() -> None:
    failures = re.compile(r'(?:Transient|Permanent)\(\s*"([a-z0-9_]+)"')
    files = (CONSOLE.parents[1] / "services/mailroom").rglob("*.py")
    reasons = {slug for file in files for slug in failures.findall(file.read_text(encoding="utf-8"))}

    assert "same_version_other_content" in reasons
    assert [slug for slug in sorted(reasons) if NL.reason(slug).title == f"Niet gelukt ({slug})"] == []


@pytest.mark.parametrize("slug", ["invalid_letter", "unreadable_sidecar", "incomplete_set"])
def test_a_letter_that_is_refused_says_where_to_mend_it(slug: str) -> None:
    words = NL.held(slug, "scans")

    assert slug not in words.cause
    assert "bied het " in words.step.casefold()


def test_every_reason_why_a_source_of_absences_cannot_be_read_has_words_of_its_own() -> None:
    reasons = raised("services/timesync/systems/*.py", "shared/http.py", "shared/oauth.py", "shared/circuit.py")

    assert len(reasons) > 10
    assert [slug for slug in reasons if not NL.has(f"unread.{slug}.cause")] == []


@pytest.mark.parametrize(
    ("reason", "cause", "step"),
    [
        ("source_missing", "ontbreekt", "uitvoer van de bron"),
        ("http_401", "herkent de hub niet", "sleutel"),
        ("http_418", "met een fout (http_418)", "logboek van timesync"),
        ("invalid_anything", "verkeerde vorm (invalid_anything)", "hub.toml"),
        ("something_new", "mislukte (something_new)", "logboek van timesync"),
    ],
)
def test_a_source_that_is_not_read_names_its_cause_what_stays_and_what_to_do(
    reason: str, cause: str, step: str
) -> None:
    facts: dict[str, str | int | datetime] = {"reason": reason, "since": datetime(2026, 11, 18, 5, 40, tzinfo=UTC)}

    words = NL.problem(Problem("absence_source_failing", "export", Urgency.ATTENTION, facts))

    assert words.title == "Bron export wordt niet meer gelezen sinds 18 nov 2026 om 06.40 uur"
    assert cause in words.cause
    assert "agenda's blijven zoals ze zijn" in words.cause
    assert step in words.step


@pytest.mark.parametrize(
    "slug",
    [
        "unknown_project",
        "no_project",
        "project_closed",
        "project_too_open",
        "folder_missing",
        "folder_ambiguous",
        "guests_in_team",
        "public_team",
        "by_rule",
    ],
)
def test_why_a_letter_waits_in_the_tray_has_words_of_its_own(slug: str) -> None:
    assert slug not in NL.tray(slug).title


def test_a_letter_that_waits_for_a_reason_that_is_new_says_which_and_what_to_do() -> None:
    words = NL.tray("something_new")

    assert words.title == "Niet geklasseerd (something_new)"
    assert "Kies het project" in words.step


@pytest.mark.parametrize("slug", sorted(set(EXPLANATIONS) - QUIET))
def test_what_timesync_holds_has_words_of_its_own(slug: str) -> None:
    assert NL.held(slug, "export").title != f"Niet verwerkt ({slug})"


@pytest.mark.parametrize("slug", ["mass_deletion_blocked", "mass_change_blocked"])
def test_a_doubted_reading_names_the_command_that_believes_it(slug: str) -> None:
    assert "`hub absences release export`" in NL.held(slug, "export").step


@pytest.mark.parametrize("contract", CATALOGUE, ids=lambda contract: contract.TYPE)
def test_every_event_has_words(contract: type) -> None:
    assert NL.event(contract.TYPE) != contract.TYPE  # type: ignore[attr-defined]  # an Event class


@pytest.mark.parametrize(
    ("slug", "title"),
    [
        ("graph_404", "Bestaat niet in Microsoft 365"),
        ("graph_418", "Microsoft 365 weigerde de vraag"),
        ("invalid_mail_filed", "Het bericht is niet geldig"),
        ("unexpected_KeyError", "Onverwachte fout in de hub"),
        ("something_new", "Niet gelukt (something_new)"),
        ("{braces}", "Niet gelukt ({braces})"),
    ],
)
def test_a_reason_gets_its_own_words_or_its_family_s(slug: str, title: str) -> None:
    assert NL.reason(slug).title == title


@pytest.mark.parametrize(
    ("count", "expected"), [(0, "0 berichten"), (1, "1 bericht"), (2, "2 berichten")], ids=["none", "one", "many"]
)
def test_counts_are_dutch(count: int, expected: str) -> None:
    assert NL.counted("message", count) == expected
