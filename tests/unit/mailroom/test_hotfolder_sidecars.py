"""A sidecar may be XML or JSON: both say the same, and neither may say it in a way that readers differ on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mailroom.intakes.hotfolder import sidecar_json, sidecar_xml
from services.mailroom.intakes.hotfolder.sidecar import read_sidecar
from services.mailroom.intakes.record import letter_of
from shared.errors import Invalid
from tests.unit.mailroom.builders import SAMPLES, SIDECAR

XML = (SAMPLES / SIDECAR).read_bytes()
RECORD: dict[str, Any] = sidecar_xml.record_in(XML)


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def reason_of(path: Path) -> str:
    with pytest.raises(Invalid) as refusal:
        read_sidecar(path)
    return refusal.value.reason


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"], ids=["plain", "with a byte order mark"])
def test_json_says_what_xml_says(tmp_path: Path, bom: bytes) -> None:
    path = written(tmp_path, "a.pdf.METADATA.json", bom + json.dumps(RECORD).encode())

    assert read_sidecar(path) == read_sidecar(SAMPLES / SIDECAR)


def test_the_xml_of_the_register_tells_all_that_a_letter_can_hold() -> None:
    reply = XML.replace(b"<bestanden>", b"<relaties><inAntwoordOp>2026/UIT/7</inAntwoordOp></relaties><bestanden>")

    letter = letter_of(sidecar_xml.record_in(reply))

    assert (letter.handler, letter.department_code, letter.your_reference) == (
        "tuur.testman@example.org", "ICT", "DK/2026-0451",
    )  # fmt: skip
    assert (letter.send_mode, letter.status, letter.quality_check) == ("aangetekend", "toegewezen", "goedgekeurd")
    assert (letter.sender_mail, letter.sender_domain) == ("offertes@denkbeeld.example.org", "denkbeeld.example.org")
    assert (letter.holds_personal_data, letter.needs_reply) == (False, True)
    assert letter.in_reply_to == ["2026/UIT/7"]
    assert letter.scanned_at is not None
    assert letter.paper_until is not None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'"tekst"',
        b'{"versie": 1, "versie": 2}',
        b'{"afzender": {"naam": "a", "naam": "b"}}',
        b'{"versie": NaN}',
        b'{"versie": -Infinity}',
        b'{"onderwerp": "\xe9"}',
        '{"versie": 1}'.encode("utf-16"),
        b'{"a":' * 20 + b"1" + b"}" * 20,
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"versie": ' + b"9" * 5000 + b"}",
        b'{"a": "' + b" " * 1_100_000 + b'"}',
    ],
    ids=[
        "nothing", "list", "text", "a key twice", "a key twice inside", "NaN", "infinity", "not UTF-8", "UTF-16",
        "deep", "very deep", "endless number", "too long",
    ],
)  # fmt: skip
def test_json_that_readers_differ_on_is_unreadable(tmp_path: Path, content: bytes) -> None:
    assert reason_of(written(tmp_path, "a.pdf.metadata.json", content)) == "unreadable_sidecar"


@pytest.mark.parametrize("read", [sidecar_json.record_in, sidecar_xml.record_in], ids=["json", "xml"])
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_a_record_or_unreadable(read: Callable[[bytes], object], content: bytes) -> None:
    assert outcome(read, content) in ("record", "unreadable_sidecar")


def outcome(read: Callable[[bytes], object], content: bytes) -> str:
    try:
        read(content)
    except Invalid as refusal:
        return refusal.reason
    return "record"
