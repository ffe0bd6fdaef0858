"""Whoever writes a rule sees what it makes of a delivery before it does so: without a hub, without a secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from services.__main__ import main
from tests.contract.sources.kit import SECRET
from tests.unit.shared.builders import environ

TOML = """\
[webhooks.sources.notulen]
scheme = "standard"
secrets = ["HUB_HOOK_NOTULEN_SECRET"]

[webhooks.sources.loket]
scheme = "standard"
secrets = ["HUB_HOOK_LOKET_SECRET"]

[[rule]]
name = "besluit"
source = "notulen"
when = "type == 'besluit.goedgekeurd'"
makes = "notice"
privacy = "intern"
title = "Besluit {nummer}"
[rule.fields]
nummer = "besluit.nummer"
link = "besluit.url"

[[rule]]
name = "aanvraag"
source = "loket"
makes = "notice"
privacy = "vertrouwelijk"
title = "Nieuwe aanvraag"
"""
APPROVED = {"type": "besluit.goedgekeurd", "besluit": {"nummer": "2026/118"}}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "hub.toml").write_text(TOML, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HUB_CONFIG", raising=False)
    monkeypatch.setenv("COLUMNS", "160")
    return tmp_path


def hub(*arguments: str, given: bytes = b"") -> Result:
    return CliRunner().invoke(main, ["rules", *arguments], input=given)


def verdicts(*arguments: str, given: bytes) -> list[dict[str, Any]]:
    judged: list[dict[str, Any]] = orjson.loads(hub("test", "-", "--json", *arguments, given=given).stdout)
    return judged


@pytest.mark.usefixtures("folder")
def test_a_program_can_read_what_each_rule_would_make() -> None:
    first, second = verdicts(given=orjson.dumps(APPROVED))

    assert (first["rule"], first["verdict"], first["without"]) == ("besluit", "matched", ["link"])
    assert first["event"]["type"] == "notice.requested.v1"
    assert first["event"]["data"]["title"] == "Besluit 2026/118"
    assert (second["rule"], second["verdict"]) == ("aanvraag", "matched")


@pytest.mark.usefixtures("folder")
def test_only_the_rules_of_one_source_may_be_asked() -> None:
    assert [one["rule"] for one in verdicts("--source", "loket", given=b"{}")] == ["aanvraag"]


@pytest.mark.usefixtures("folder")
def test_a_rule_that_makes_nothing_says_why() -> None:
    unmet, unusable = b'{"type": "x"}', b'{"type": "besluit.goedgekeurd"}'

    judged = verdicts("--source", "notulen", given=unmet + b"\n\n" + unusable)

    assert judged == [
        {"delivery": 1, "rule": "besluit", "verdict": "not_matched", "why": "type == 'besluit.goedgekeurd': is false"},
        {
            "delivery": 2,
            "rule": "besluit",
            "verdict": "inapplicable",
            "fields": {"besluit.nummer": ["besluit.nummer: expected text or a number, found nothing"]},
        },
    ]


@pytest.mark.usefixtures("folder")
def test_a_list_is_one_delivery_as_its_system_would_send_it() -> None:
    assert [one["delivery"] for one in verdicts("--source", "loket", given=b"[1, 2]")] == [1]


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        (orjson.dumps(APPROVED), 0, ["matched", "title = Besluit 2026/118", "(link: found nothing, and may)"]),
        (b'{"type": "x"}', 1, ["not matched", "type == 'besluit.goedgekeurd': is false"]),
        (b'{"type": "besluit.goedgekeurd"}', 1, ["INAPPLICABLE", "besluit.nummer ← besluit.nummer: expected text"]),
    ],
    ids=["matched", "not matched", "inapplicable"],
)
def test_a_person_reads_it_in_a_table_and_a_script_in_the_exit_code(
    folder: Path, given: bytes, code: int, words: list[str]
) -> None:
    (folder / "delivery.json").write_bytes(given)

    result = hub("test", "delivery.json", "--source", "notulen")

    assert result.exit_code == code
    assert [word for word in words if word not in result.stdout] == []


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "given", "words"),
    [
        (["test", "-", "--source", "webshop"], b"{}", "webshop is none of [webhooks.sources]: notulen, loket"),
        (["test", "-"], b"{", "expected one JSON document, or one on each line"),
        (["test", "nowhere.json"], b"", "nowhere.json"),
        (["test"], b"", "FILE"),
    ],
    ids=["unknown source", "no JSON", "no such file", "no file"],
)
def test_wrong_use_is_told_apart(arguments: list[str], given: bytes, words: str) -> None:
    result = hub(*arguments, given=given)

    assert result.exit_code == 2
    assert words in result.stderr


def test_a_rule_that_is_not_right_is_named_with_its_line(folder: Path) -> None:
    (folder / "hub.toml").write_text(TOML.replace('makes = "notice"', 'makes = "sms"', 1), encoding="utf-8")

    result = hub("test", "-", given=b"{}")

    assert result.exit_code == 1
    assert "hub.toml:13 rule.0.makes: expected one of notice, letter, absence, project" in result.stderr


@pytest.mark.usefixtures("folder")
def test_the_rules_are_listed() -> None:
    rows = orjson.loads(hub("list", "--json").stdout)
    table = hub("list").stdout

    assert rows == [
        {"name": "besluit", "source": "notulen", "makes": "notice", "when": "type == 'besluit.goedgekeurd'"},
        {"name": "aanvraag", "source": "loket", "makes": "notice", "when": "always"},
    ]
    assert all(word in table for row in rows for word in row.values())


def test_hub_check_names_a_faulty_rule_and_knows_the_table(folder: Path) -> None:
    (folder / "hub.toml").write_text(TOML.replace('source = "loket"', 'source = "lokte"'), encoding="utf-8")
    settings = environ(folder, HUB_HOOK_NOTULEN_SECRET=SECRET, HUB_HOOK_LOKET_SECRET=SECRET)

    faults = "\n".join(orjson.loads(CliRunner().invoke(main, ["check", "--json"], env=settings).stdout)["faults"])

    assert "hub.toml:22 rule.1.source: 'lokte' is none of [webhooks.sources]" in faults
    assert "[rule] is no table" not in faults
