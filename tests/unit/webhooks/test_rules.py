"""A rule says of any delivery what it makes of it and why; what is confidential stays where it is."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.webhooks.domain.rules import Inapplicable, Matched, NotMatched, Rule, Verdict
from services.webhooks.policy_rules import load_rule, rules_of, unshown
from shared.config import Policy
from shared.errors import Invalid
from shared.events import AbsenceReported, LetterReported, NoticeRequested, ProjectReported
from shared.vault import Vault

NOTICE: dict[str, Any] = {
    "name": "besluit",
    "source": "notulen",
    "makes": "notice",
    "privacy": "intern",
    "title": "Besluit {nummer} goedgekeurd",
    "fields": {"id": "id", "nummer": "nummer", "link": "url", "project": "actie"},
}
CONFIDENTIAL: dict[str, Any] = {
    **NOTICE,
    "privacy": "vertrouwelijk",
    "title": "Nieuwe aanvraag",
    "text": "Open ze in het loket.",
    "fields": {"id": "id", "link": "url", "project": "actie"},
}
LETTER: dict[str, Any] = {
    "name": "poststuk",
    "source": "postregister",
    "makes": "letter",
    "privacy": "intern",
    "fields": {"kenmerk": "kenmerk", "version": "versie", "change": "soort"},
    "values": {"change": {"Gewijzigd": "changed"}},
}
ABSENCE: dict[str, Any] = {
    "name": "verlof",
    "source": "personeel",
    "makes": "absence",
    "fields": {
        "id": "id",
        "employee": "nr",
        "first": "van",
        "last": "tot",
        "code": "code",
        "part": "deel",
        "starts": "van_uur",
        "ends": "tot_uur",
        "version": "versie",
    },
    "profiles": {"ZK": "afwezig"},
}
PROJECT: dict[str, Any] = {
    "name": "status",
    "source": "plan",
    "makes": "project",
    "fields": {"code": "code", "status": "status", "title": "titel"},
}
DECISION = {"id": 5, "nummer": "2026/118", "url": "https://notulen.example.org/5", "actie": "A40201"}
LEAVE = {"id": "v-1", "nr": 104, "van": "2026-11-16", "tot": "2026-11-20", "code": "ZK", "versie": 1}
HOURS = {**LEAVE, "tot": "2026-11-16", "van_uur": "10:00", "tot_uur": "11:30"}


def rule(table: dict[str, Any], **changes: Any) -> Rule:
    return load_rule({**table, **changes}).rule(unshown)


def made(table: dict[str, Any], document: Any, repeat_key: str = "msg_1", **changes: Any) -> Any:
    verdict = rule(table, **changes).apply(document, repeat_key)
    assert isinstance(verdict, Matched), verdict
    return verdict.event


def refused(table: dict[str, Any], document: Any, **changes: Any) -> dict[str, list[str]]:
    verdict = rule(table, **changes).apply(document, "msg_1")
    assert isinstance(verdict, Inapplicable), verdict
    return {place: list(expected) for place, expected in verdict.fields.items()}


# -- what a rule makes ------------------------------------------------------------------------------------------------


def test_a_notice_has_its_fields_in_its_title() -> None:
    event = made(NOTICE, DECISION, channel="college", text="Nummer {nummer}")

    assert isinstance(event, NoticeRequested)
    assert (event.source, event.rule, event.privacy, event.channel) == ("notulen", "besluit", "intern", "college")
    assert (event.title, event.text) == ("Besluit 2026/118 goedgekeurd", "Nummer 2026/118")
    assert (event.link, event.project) == ("https://notulen.example.org/5", "A40201")


def test_two_deliveries_about_one_matter_are_one_notice() -> None:
    first, second = made(NOTICE, DECISION, "msg_1"), made(NOTICE, DECISION, "msg_2")
    other_matter, other_rule = made(NOTICE, {**DECISION, "id": 6}), made(NOTICE, DECISION, name="ondertekend")

    assert first.notice_id == second.notice_id
    assert len({first.notice_id, other_matter.notice_id, other_rule.notice_id}) == 3


def test_without_an_id_each_delivery_is_a_notice_of_its_own() -> None:
    fields = {"nummer": "nummer"}

    first, again = made(NOTICE, DECISION, "msg_1", fields=fields), made(NOTICE, DECISION, "msg_1", fields=fields)
    second = made(NOTICE, DECISION, "msg_2", fields=fields)

    assert first.notice_id == again.notice_id != second.notice_id


def test_what_may_be_absent_is_named() -> None:
    verdict = rule(NOTICE).apply({**DECISION, "url": None, "actie": " "}, "msg_1")

    assert isinstance(verdict, Matched)
    assert list(verdict.without) == ["link", "project"]


def test_what_may_be_absent_may_be_shown() -> None:
    event = made(NOTICE, {**DECISION, "actie": None}, title="Besluit {nummer} van {project}")

    assert (event.title, event.project) == ("Besluit 2026/118 van ", None)


def test_the_words_of_a_register_are_translated() -> None:
    event = made(LETTER, {"kenmerk": "2026-IN-1", "versie": "3", "soort": "GEWIJZIGD"})

    assert event == LetterReported(
        source="postregister", rule="poststuk", kenmerk="2026-IN-1", version=3, change="changed", privacy="intern"
    )


def test_a_letter_without_more_is_the_first_version_that_was_registered() -> None:
    event = made(LETTER, {"kenmerk": "2026-IN-1"}, fields={"kenmerk": "kenmerk"}, values={})

    assert (event.version, event.change) == (1, "registered")


RECORD = {"kenmerk": "2026-IN-1", "onderwerp": "Losse tegel", "afzender": {"naam": "Piet Proefburger"}}
WITH_RECORD = {**LETTER, "fields": {"kenmerk": "data.kenmerk", "record": "data"}, "values": {}}


def test_the_record_of_a_letter_is_sealed_whole() -> None:
    vault = Vault(["a key for the tests of the rules"])

    verdict = load_rule(WITH_RECORD).rule(vault.seal).apply({"data": RECORD}, "msg_1")

    assert isinstance(verdict, Matched)
    assert isinstance(verdict.event, LetterReported)
    assert orjson.loads(vault.open(verdict.event.record or "")) == RECORD
    assert "tegel" not in repr(verdict)


def test_a_rule_that_is_tried_shows_no_record() -> None:
    assert made(WITH_RECORD, {"data": RECORD}).record == "(sealed)"


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("Losse tegel", "expected an object, found text"),
        ([RECORD], "expected an object, found a list"),
        (None, "expected an object, found nothing"),
        ({"kenmerk": "2026-IN-1", "onderwerp": "é" * 50_000}, "expected at most 100000 bytes"),
    ],
    ids=["text", "list", "nothing", "large"],
)
def test_a_record_that_is_none_is_refused_without_telling_it(record: object, expected: str) -> None:
    fields = {"kenmerk": "kenmerk", "record": "data"}

    faults = refused(WITH_RECORD, {"kenmerk": "2026-IN-1", "data": record}, fields=fields)

    assert faults == {"poststuk.record": [f"data: {expected}"]}


def test_the_largest_record_fits_in_its_event() -> None:
    vault = Vault(["a key for the tests of the rules"])
    record = {"kenmerk": "2026-IN-1", "onderwerp": "x" * (100_000 - len('{"kenmerk":"2026-IN-1","onderwerp":""}'))}

    verdict = load_rule(WITH_RECORD).rule(vault.seal).apply({"data": record}, "msg_1")

    assert isinstance(verdict, Matched)


@pytest.mark.parametrize(
    ("address", "kenmerk"),
    [
        ("https://zgw.example.org/documenten/api/v1/x/7f1f2f2c", "7f1f2f2c"),
        ("https://zgw.example.org/documenten/api/v1/x/7f1f2f2c/?versie=2#a", "7f1f2f2c"),
        ("7f1f2f2c", "7f1f2f2c"),
    ],
)
def test_the_last_segment_of_an_address_may_be_a_kenmerk(address: str, kenmerk: str) -> None:
    event = made(LETTER, {"url": address}, fields={"kenmerk": "last_segment(url)"}, values={})

    assert event.kenmerk == kenmerk


@pytest.mark.parametrize("address", ["https://zgw.example.org", "https://zgw.example.org/", "", 5, None, "http://[x"])
def test_an_address_without_a_last_segment_has_no_kenmerk(address: object) -> None:
    faults = refused(LETTER, {"url": address}, fields={"kenmerk": "last_segment(url)"}, values={})

    assert list(faults) == ["poststuk.kenmerk"]


def test_an_absence_has_a_profile_and_no_code() -> None:
    event = made(ABSENCE, LEAVE)

    assert isinstance(event, AbsenceReported)
    assert (event.employee, str(event.first), str(event.last)) == ("104", "2026-11-16", "2026-11-20")
    assert (event.profile, event.part, event.state, event.absence_id) == ("afwezig", "whole", "approved", "v-1")
    assert "ZK" not in str(event.dump())


def test_one_profile_may_stand_for_every_absence() -> None:
    fields = {name: path for name, path in ABSENCE["fields"].items() if name != "code"}

    assert made(ABSENCE, LEAVE, fields=fields, profiles={}, profile="bezet").profile == "bezet"


def test_an_absence_without_an_end_stays_open() -> None:
    assert made(ABSENCE, {**LEAVE, "tot": None}).last is None


@pytest.mark.parametrize(
    ("came", "day"),
    [
        ("2026-11-16", "2026-11-16"),
        (20261116, "2026-11-16"),
        ("2026-11-16 08:00:00.000", "2026-11-16"),
        ("2026-11-16T00:00:00+01:00", "2026-11-16"),
        ("2026-11-15T23:00:00Z", "2026-11-16"),
    ],
    ids=["a date", "a number", "a local moment", "a moment in Brussels", "a moment in UTC"],
)
def test_a_day_is_the_one_in_brussels(came: object, day: str) -> None:
    assert str(made(ABSENCE, {**LEAVE, "van": came}).first) == day


@pytest.mark.parametrize(
    ("came", "clock"),
    [
        ("10:05", "10:05"),
        ("10:05:30", "10:05"),
        ("2026-11-16 10:05:00.000", "10:05"),
        ("2026-11-16T10:05:00+01:00", "10:05"),
        ("2026-11-16T09:05:00Z", "10:05"),
        ("2026-07-16T08:05:00Z", "10:05"),
    ],
    ids=["a clock", "with seconds", "a local moment", "a moment in Brussels", "in UTC", "in UTC in summer"],
)
def test_a_clock_is_the_one_in_brussels(came: str, clock: str) -> None:
    event = made(ABSENCE, {**HOURS, "van_uur": came})

    assert (event.starts, event.ends, event.part) == (clock, "11:30", "whole")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"tot_uur": "09:00"}, "verlof.ends"),
        ({"tot_uur": "10:00"}, "verlof.ends"),
        ({"van_uur": "2026-11-16T22:00:00+01:00", "tot_uur": "2026-11-17T06:00:00+01:00"}, "verlof.ends"),
        ({"tot_uur": None}, "verlof.ends"),
        ({"van_uur": None}, "verlof.starts"),
        ({"van_uur": "20261116"}, "verlof.starts"),
        ({"van_uur": "tien uur"}, "verlof.starts"),
        ({"tot": "2026-11-17"}, "verlof.last"),
        ({"tot": None}, "verlof.last"),
        ({"deel": "morning"}, "verlof.part"),
    ],
    ids=[
        "ends before it starts",
        "takes no time",
        "past midnight",
        "no end",
        "no start",
        "a day",
        "words",
        "several days",
        "no last day",
        "half a day",
    ],
)
def test_hours_that_are_none_are_refused_by_the_field_that_is_wrong(change: dict[str, Any], place: str) -> None:
    fields = refused(ABSENCE, {**HOURS, **change})

    assert list(fields) == [place]
    assert "ZK" not in repr(fields)


def test_numbered_versions_of_an_absence_compare_as_text() -> None:
    versions = [made(ABSENCE, {**LEAVE, "versie": number}).version for number in (9, "10", 1_790_000_000)]

    assert versions == sorted(versions)


def test_a_project_has_the_status_in_the_organisations_words() -> None:
    event = made(PROJECT, {"code": "A40201", "status": "in uitvoering"})

    assert event == ProjectReported(source="plan", rule="status", code="A40201", status="in uitvoering")


@pytest.mark.parametrize(
    ("came", "shown"),
    [(7, "7"), (7.0, "7"), (7.5, "7.5"), (True, "true"), ("  a\n\u0000b ", "a b"), ("{id}", "{id}")],
    ids=["a number", "a whole number", "a fraction", "a claim", "spaces and no characters", "a brace"],
)
def test_a_word_of_a_delivery_stands_on_one_line_as_it_came(came: object, shown: str) -> None:
    assert made(NOTICE, {**DECISION, "nummer": came}).title == f"Besluit {shown} goedgekeurd"


def test_what_is_too_long_for_a_title_is_cut() -> None:
    title = made(NOTICE, {**DECISION, "nummer": "x" * 500}).title

    assert len(title) == 200
    assert title.endswith("x…")


# -- why it makes nothing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "document", "why"),
    [
        ("type == 'a'", {"type": "b"}, "type == 'a': is false"),
        ("type", {}, "type: found nothing; nothing stands at type"),
        ("type", {"type": ""}, "type: is text without content"),
        ("items", {"items": []}, "items: is a list without content"),
        ('type == "a.b"', {"type": "a.b"}, 'type == "a.b": is false; nothing stands at a.b'),
        ("a.b && !c", {"a": {"b": 1}, "c": 1}, "a.b && !c: is false"),
        ("starts_with(type, 'a')", {}, "starts_with(type, 'a'): starts_with() cannot take null"),
        ("number < `3`", {"number": "x"}, "number < `3`: failed (TypeError)"),
    ],
    ids=["false", "nothing", "empty text", "empty list", "double quotes", "and not", "function", "other types"],
)
def test_a_rule_that_is_not_met_says_why(when: str, document: Any, why: str) -> None:
    assert rule(NOTICE, when=when).apply(document, "msg_1") == NotMatched(why)


@pytest.mark.parametrize("value", [0, "x", [0], {"a": None}, True], ids=repr)
def test_a_condition_is_true_as_jmespath_calls_it(value: object) -> None:
    assert isinstance(rule(NOTICE, when="x").apply({**DECISION, "x": value}, "msg_1"), Matched)


@pytest.mark.parametrize(
    ("table", "document", "place", "expected"),
    [
        (NOTICE, {"id": 1}, "besluit.nummer", "nummer: expected text or a number, found nothing"),
        (NOTICE, {**DECISION, "nummer": " "}, "besluit.nummer", "nummer: expected text or a number, found it empty"),
        (NOTICE, {**DECISION, "nummer": ["x"]}, "besluit.nummer", "nummer: expected text or a number, found a list"),
        (
            NOTICE,
            {**DECISION, "nummer": 98765432109876543210.0},
            "besluit.nummer",
            "nummer: expected a number that JSON keeps exactly, or text",
        ),
        (NOTICE, {**DECISION, "url": "http://x"}, "besluit.link", "url: expected an address that begins with https://"),
        (NOTICE, {**DECISION, "url": {}}, "besluit.link", "url: expected text or a number, found an object"),
        (
            NOTICE,
            {**DECISION, "actie": "A" * 41},
            "besluit.project",
            "actie: Expected a code of at most 40 letters, digits, . / _ and -.",
        ),
        (
            LETTER,
            {"versie": 1, "soort": "Gewijzigd"},
            "poststuk.kenmerk",
            "kenmerk: expected text or a number, found nothing",
        ),
        (
            LETTER,
            {"kenmerk": "x", "versie": "een", "soort": "Gewijzigd"},
            "poststuk.version",
            "versie: Not a valid integer.",
        ),
        (ABSENCE, {**LEAVE, "van": "31/11/2026"}, "verlof.first", "van: expected a date such as 2026-11-18"),
        (ABSENCE, {**LEAVE, "deel": "VM"}, "verlof.part", "deel: Must be one of: whole, morning, afternoon."),
        (PROJECT, {"code": "x"}, "status.status", "status: expected text or a number, found nothing"),
    ],
    ids=[
        "nothing",
        "empty",
        "a list",
        "a number that lost digits",
        "no https",
        "an object",
        "too long",
        "no kenmerk",
        "no version",
        "no date",
        "no part",
        "no status",
    ],
)
def test_a_delivery_that_a_rule_cannot_use_says_what_was_expected_where(
    table: dict[str, Any], document: Any, place: str, expected: str
) -> None:
    assert refused(table, document) == {place: [expected]}


def test_every_fault_of_a_delivery_is_named_at_once() -> None:
    assert set(refused(ABSENCE, {"code": "ZK", "versie": 1})) == {"verlof.id", "verlof.employee", "verlof.first"}


def test_an_unknown_code_is_refused_and_not_named() -> None:
    faults = refused(ABSENCE, {**LEAVE, "code": "Zwangerschap"})

    assert faults == {"verlof.code": ["code: expected one of the words that the rule translates"]}


# -- whatever comes ---------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "nummer",
                    "url",
                    "actie",
                    "kenmerk",
                    "versie",
                    "soort",
                    "nr",
                    "van",
                    "tot",
                    "code",
                    "deel",
                    "status",
                    "titel",
                ]
            ),
            inner,
            max_size=8,
        )
    ),
    max_leaves=25,
)
PATHS = [
    "@", "id", "nummer.id", "*", "[]", "[0]", "[::-1]", "[::`0`]", "id[0]", "id[*].url", "{a: id}", "[id, url]", "&id",
    "abs(id)", "avg(@)", "ceil(id)", "contains(id, url)", "ends_with(id, url)", "floor(id)", "join('/', [id, url])",
    "keys(@)", "length(id)", "map(&id, @)", "max(@)", "max_by(@, &id)", "merge(id, url)", "min(id)", "min_by(id, &url)",
    "not_null(id, url)", "reverse(id)", "sort(id)", "sort_by(id, &url)", "last_segment(url)", "starts_with(id, url)", "sum(id)",
    "to_array(id)", "to_number(id)", "to_string(@)", "type(@)", "values(id)", "id < url", "!id", "id || url", "[?id > url]",
]  # fmt: skip
USABLE = [path for path in PATHS if path != "[::`0`]"]
KINDS: tuple[dict[str, Any], ...] = (NOTICE, CONFIDENTIAL, LETTER, WITH_RECORD, ABSENCE, PROJECT)


@given(document=JSON, table=st.sampled_from(KINDS), when=st.sampled_from(USABLE), data=st.data())
def test_any_rule_has_a_verdict_on_any_document(document: Any, table: dict[str, Any], when: str, data: Any) -> None:
    fields = {name: data.draw(st.sampled_from([path, *USABLE])) for name, path in table["fields"].items()}

    verdict = rule(table, when=when, fields=fields).apply(document, "msg_1")

    assert isinstance(verdict, Verdict)


@given(document=JSON)
def test_a_confidential_notice_has_the_words_of_its_rule_whatever_comes(document: Any) -> None:
    verdict = rule(CONFIDENTIAL).apply(document, "msg_1")

    if isinstance(verdict, Matched):
        assert isinstance(verdict.event, NoticeRequested)
        assert (verdict.event.title, verdict.event.text) == ("Nieuwe aanvraag", "Open ze in het loket.")


def test_a_document_that_is_too_deep_for_a_function_is_refused() -> None:
    deep: Any = "x"
    for _ in range(3000):
        deep = [deep]

    assert (
        "failed"
        in refused(NOTICE, {**DECISION, "diep": deep}, fields={"nummer": "to_string(diep)"})["besluit.nummer"][0]
    )


@given(
    code=st.text(min_size=1, max_size=20).filter(lambda text: text.strip().casefold() != "zk" and len(text.strip()) > 2)
)
def test_no_verdict_on_an_absence_holds_its_code(code: str) -> None:
    marked = f"«{code}»"

    assert marked not in repr(rule(ABSENCE).apply({**LEAVE, "code": marked}, "msg_1"))


# -- what hub.toml may say --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "changes", "place"),
    [
        (NOTICE, {"makes": "sms"}, "makes"),
        (NOTICE, {"makes": None}, "makes"),
        (NOTICE, {"name": "Besluit goedgekeurd"}, "name"),
        (NOTICE, {"privacy": "geheim"}, "privacy"),
        (NOTICE, {"when": "type =="}, "when"),
        (NOTICE, {"when": "begins_with(type, 'a')"}, "when"),
        (NOTICE, {"when": "starts_with(type)"}, "when"),
        (NOTICE, {"when": "(" * 400}, "when"),
        (NOTICE, {"title": "Besluit {numer}"}, "title"),
        (NOTICE, {"title": "Besluit {nummer!r}"}, "title"),
        (NOTICE, {"title": " "}, "title"),
        (NOTICE, {"text": "{"}, "text"),
        (NOTICE, {"titel": "x"}, "titel"),
        (NOTICE, {"profile": "afwezig"}, "profile"),
        (NOTICE, {"fields": {"nummer": "nummer", "projekt": "actie"}}, "fields.projekt"),
        (NOTICE, {"fields": {"nummer": "besluit..nummer"}}, "fields.nummer.value"),
        (NOTICE, {"values": {"staat": {"a": "b"}}}, "values.staat"),
        (CONFIDENTIAL, {"title": "Aanvraag {id}"}, "title"),
        (CONFIDENTIAL, {"text": "Zie {link}"}, "text"),
        (CONFIDENTIAL, {"fields": {"naam": "naam"}}, "fields.naam"),
        (LETTER, {"privacy": ...}, "privacy"),
        (LETTER, {"title": "Brief"}, "title"),
        (LETTER, {"fields": {"kenmerk": "last_segment(a, b)"}}, "fields.kenmerk"),
        (WITH_RECORD, {"values": {"record": {"a": "b"}}}, "values.record"),
        (LETTER, {"fields": {"version": "versie"}}, "fields.kenmerk"),
        (LETTER, {"fields": {"kenmerk": "kenmerk", "onderwerp": "onderwerp"}}, "fields.onderwerp"),
        (ABSENCE, {"privacy": "intern"}, "privacy"),
        (ABSENCE, {"profiles": {}}, "profile"),
        (ABSENCE, {"profile": "afwezig"}, "profile"),
        (ABSENCE, {"fields": {**ABSENCE["fields"], "ends": None}}, "fields.starts"),
        (ABSENCE, {"values": {"code": {"ZK": "afwezig"}}}, "values.code"),
        (ABSENCE, {"fields": {"id": "a", "employee": "b", "first": "c", "code": "d"}}, "fields.last"),
        (PROJECT, {"fields": {"code": "code"}}, "fields.status"),
    ],
    ids=lambda value: repr(value)[:40] if isinstance(value, dict) and len(value) == 1 else None,
)
def test_a_rule_that_cannot_be_meant_is_refused_at_the_key_to_mend(
    table: dict[str, Any], changes: dict[str, Any], place: str
) -> None:
    raw = {name: value for name, value in {**table, **changes}.items() if value is not ...}

    with pytest.raises(Invalid) as failure:
        load_rule(raw)

    assert place in failure.value.fields


TOML = """\
[[rule]]
name = "een"
source = "notulen"
makes = "project"
fields = { code = "code", status = "status" }

[[rule]]
name = "een"
source = "notulne"
makes = "project"
[rule.fields]
code = "code"
status = "status"
"""


def test_rules_are_about_known_sources_and_have_names_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text(TOML, encoding="utf-8")

    with pytest.raises(Invalid) as failure:
        rules_of(Policy.read(tmp_path / "hub.toml"), {"notulen"}, unshown)

    assert [line.split(": ")[0].strip() for line in str(failure.value).splitlines()[1:]] == [
        "hub.toml:8 rule.1.name",
        "hub.toml:9 rule.1.source",
    ]


def test_the_line_of_a_fault_within_a_rule_is_named(tmp_path: Path) -> None:
    text = TOML.replace('status = "status"\n', 'status = "status["\n')
    assert tomllib.loads(text)
    (tmp_path / "hub.toml").write_text(text, encoding="utf-8")

    with pytest.raises(Invalid, match=r"hub\.toml:13 rule\.1\.fields\.status: no JMESPath"):
        rules_of(Policy.read(tmp_path / "hub.toml"), {"notulen"}, unshown)


def test_a_record_without_a_key_to_seal_it_is_named_before_the_start(tmp_path: Path) -> None:
    text = TOML.split("\n\n", maxsplit=1)[0].replace('"project"', '"letter"\nprivacy = "intern"')
    text = text.replace('{ code = "code", status = "status" }', '{ kenmerk = "kenmerk", record = "data" }')
    (tmp_path / "hub.toml").write_text(text, encoding="utf-8")

    with pytest.raises(Invalid, match=r"hub\.toml:6 rule\.0\.fields\.record: expected HUB_VAULT_KEY to be set"):
        rules_of(Policy.read(tmp_path / "hub.toml"), {"notulen"}, None)
