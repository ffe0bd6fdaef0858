"""The pages about letters agree with the code: the columns, the examples, and what to do about each reason."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from services.mailroom.domain.columns import COLUMNS
from services.mailroom.domain.letter import Letter
from services.mailroom.intakes import KINDS
from services.mailroom.intakes.record import letter_of
from services.mailroom.policy import MailroomPolicy

ROOT = Path(__file__).parents[3]
HOWTO = ROOT / "docs" / "howto"
CONNECT = (HOWTO / "connect-a-mail-register.md").read_text(encoding="utf-8")
FAILURES = {"Permanent", "Invalid", "Transient", "NoShelf"}
KIND_WORDS = {"text": "single line of text", "date": "date", "moment": "date and time", "boolean": "yes/no"}
AT_THE_START = {"invalid_antivirus", "invalid_policy", "weak_vault_key"}  # `hub check` tells them
TOLD_OTHERWISE = {  # the reason that people see instead
    "unknown_team": "folder_missing",
    "channel_folder_missing": "folder_missing",
    "source_unreachable": "intake_unavailable",
}


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", CONNECT, re.MULTILINE | re.DOTALL)


def test_the_columns_that_are_made_by_hand_are_those_that_the_hub_makes() -> None:
    section = (HOWTO / "connect-a-tenant.md").read_text(encoding="utf-8").partition("### The columns")[2]
    told = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", section.partition("\n## ")[0], re.MULTILINE)

    signs = {(True, True): ", unique, indexed", (False, True): ", indexed", (False, False): ""}
    assert told == [
        (each.name, each.label, KIND_WORDS[each.kind] + signs[each.unique, each.indexed]) for each in COLUMNS
    ]


def test_the_tables_of_the_page_are_taken_by_mailroom() -> None:
    policy: dict[str, Any] = {"site": "example.sharepoint.com:/sites/projecten", "library": "Documenten"}
    for block in blocks("toml"):
        for key, tables in tomllib.loads(block).get("mailroom", {}).items():
            policy.setdefault(key, {}).update(tables)

    told = MailroomPolicy.load(policy)

    assert {table["kind"] for table in told.intakes.values()} == {kind.name for kind in KINDS}
    assert list(told.mailboxes) == ["post"]


def test_the_sidecar_of_the_page_is_a_letter() -> None:
    (sidecar,) = blocks("json")

    letter: Letter = letter_of(json.loads(sidecar))

    assert (letter.kenmerk, letter.project, letter.needs_reply) == ("2026/IN/001234", "A40201", True)


def test_the_runbook_says_what_to_do_about_every_reason_of_the_mail_room() -> None:
    section = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8").partition("\n## Letters\n")[2]
    told = set(re.findall(r"`([a-z0-9_]+)`", section.partition("\n## ")[0]))

    assert {TOLD_OTHERWISE.get(reason, reason) for reason in reasons()} - AT_THE_START - told == set()


def reasons() -> Iterator[str]:
    """Yield the reasons that mailroom and what it uses of Graph and databases may give."""
    files = [ROOT / "shared" / name for name in ("graph/teams.py", "vault.py", "sqlview.py")]
    for folder in ("services/mailroom", "shared/graph/drives"):
        files += (ROOT / folder).rglob("*.py")
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(reason)), *_]) if name in FAILURES:
                    yield reason
