"""Whatever a database gives, its rows become records that can be kept, told of and refused."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.mailroom.intakes.record import letter_of
from services.mailroom.intakes.registers.rows import COLUMNS, rows_of, told_by
from services.mailroom.intakes.registers.spool import reference_of
from services.mailroom.intakes.registers.zgw_record import LEVELS, Mapped, TypePolicy, file_of
from shared.errors import Invalid

CELLS = (
    st.none()
    | st.text(max_size=12)
    | st.binary(max_size=4)
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.dates()
    | st.datetimes()
    | st.datetimes(timezones=st.just(UTC))
    | st.times()
    | st.uuids()
    | st.sampled_from(["2026/IN/1", "1", 1, "hoofddocument", "intern", "2026-11-18"])
)
ROWS = st.lists(st.lists(CELLS, min_size=len(COLUMNS), max_size=len(COLUMNS)), max_size=4)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(rows=ROWS)
def test_every_row_is_a_letter_that_is_read_or_refused(rows: list[list[Any]]) -> None:
    for told in told_by(rows_of(COLUMNS, rows, {})):
        assert len(reference_of(told.kenmerk, told.version)) <= 200
        kept = json.loads(json.dumps(told.record, allow_nan=False))
        try:
            letter = letter_of(kept)
        except Invalid:
            continue
        assert (letter.kenmerk, letter.version) == (told.kenmerk, told.version)


@given(
    found=st.fixed_dictionaries(
        {"identificatie": st.just("2026/IN/1"), "informatieobjecttype": st.just("t")},
        optional=dict.fromkeys(("titel", "versie", "ontvangstdatum", "verzenddatum", "creatiedatum", "beginRegistratie", "auteur", "vertrouwelijkheidaanduiding", "status", "formaat", "bestandsnaam", "integriteit"), JSON),
    )
)  # fmt: skip
def test_every_object_of_the_documenten_api_is_read_or_refused(found: dict[str, Any]) -> None:
    record = Mapped({"t": TypePolicy(serie="ALG")}, LEVELS).record(found)
    record["bestanden"] = [file_of(found, "https://zgw.example.org/1", 1, "0" * 64)]
    with suppress(Invalid):
        assert letter_of(json.loads(json.dumps(record))).kenmerk == "2026/IN/1"
