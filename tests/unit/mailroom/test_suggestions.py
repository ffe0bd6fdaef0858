"""References and project codes in a mail are suggested, never taken for certain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mailroom.domain.mail.incoming import IncomingMail
from services.mailroom.domain.mail.mime import read_mail
from services.mailroom.domain.mail.notation import notation
from services.mailroom.domain.mail.suggestions import KENMERK, MOST, PROJECT, Suggestion, Suggestions, suggestions
from tests.unit.mailroom.mail_builders import mail, multipart, sample

KNOWN = frozenset({"2026/UIT/000987", "2026/IN/001234"})
PROJECTS = {"A40003": "Wegenwerken", "A40201": "Moderne digitale werkplaats"}


def suggested(read: IncomingMail) -> Suggestions:
    return suggestions(read, KENMERK, PROJECT, PROJECTS, KNOWN.__contains__)


def test_the_sample_is_about_the_letter_it_answers_and_the_project_in_its_subject() -> None:
    found = suggested(read_mail(sample("gedeelde_mailbox_post.eml")))

    assert found == Suggestions(
        references=(Suggestion("2026/UIT/000987", "reply_header", is_known=True),),
        projects=(Suggestion("A40003", "subject", is_known=True),),
    )
    assert [each.confidence for each in (*found.references, *found.projects)] == ["high", "high"]


def test_an_unknown_reference_is_suggested_with_low_confidence() -> None:
    (found,) = suggested(read_mail(sample("gedeelde_mailbox_autoreply.eml"))).references

    assert (found.value, found.is_known, found.confidence) == ("2026/UIT/000990", False, "low")


@pytest.mark.parametrize(
    ("read", "place", "confidence"),
    [
        (mail(subject="RE: 2026/IN/001234"), "subject", "high"),
        (mail("In-Reply-To: <in-2026-001234@example.org>"), "reply_header", "high"),
        (mail("References: <a@b.be>\n <in-2026-001234@example.org>"), "reply_header", "high"),
        (mail(body="Uw brief 2026/IN/001234."), "text", "medium"),
        (
            multipart("mixed", "\nDag", "Content-Type: text/plain; name=2026-IN-001234.txt\n\nx"),
            "attachment_name",
            "medium",
        ),
        (mail(body="Dag\n\n> uw brief 2026/IN/001234"), "quoted_text", "low"),
        (mail(body="Dag\n\n-----Oorspronkelijk bericht-----\n2026/IN/001234"), "quoted_text", "low"),
        (mail(body="Dag\n\nOp do 19 nov. 2026 om 08:30 schreef An:\n2026/IN/001234"), "quoted_text", "low"),
        (mail(body="Dag\n\nOn Thu, 19 Nov 2026,\nAn wrote:\n\n2026/IN/001234"), "quoted_text", "low"),
        (mail(body="Dag\n\nLe jeu. 19 nov. 2026 à 08:30, An a écrit :\n2026/IN/001234"), "quoted_text", "low"),
        (mail(body="Dag\n\nOp 19 nov schreef An:\n> uw vraag\n\nHet is 2026/IN/001234"), "text", "medium"),
        (mail(body="Dag\n\nVan: An\nVerzonden: nu\nOnderwerp: Brief\n\n2026/IN/001234"), "quoted_text", "low"),
        (
            mail(subject="FW: x", body="Wie?\n\nVan: An\nVerzonden: nu\nOnderwerp: Brief\n\n2026/IN/001234"),
            "text",
            "medium",
        ),
        (mail("Content-Type: text/html", body="<blockquote>2026/IN/001234</blockquote>"), "quoted_text", "low"),
    ],
)
def test_where_a_reference_stands_says_how_sure_it_is(read: IncomingMail, place: str, confidence: str) -> None:
    (found,) = suggested(read).references

    assert (found.value, found.place, found.confidence) == ("2026/IN/001234", place, confidence)


def test_below_the_quote_of_a_forwarded_mail_it_counts_for_less() -> None:
    quote = "Van: An\nVerzonden: nu\nOnderwerp: Brief\n"
    body = f"Wie?\n\n{quote}\nDe vraag\n" + "regel\n" * 10 + f"\n{quote}\n2026/IN/001234"

    (found,) = suggested(mail(subject="FW: x", body=body)).references

    assert found.place == "quoted_text"


def test_the_same_reference_is_suggested_once_where_it_stands_best() -> None:
    read = mail("In-Reply-To: <in-2026-1234@b.be>", subject="2026-IN-1234", body="2026/IN/001234\n> 2026/IN/001234")

    assert suggested(read).references == (Suggestion("2026/IN/001234", "subject", is_known=True),)


def test_the_best_suggestion_comes_first() -> None:
    read = mail(subject="2026/IN/000001", body="2026/IN/001234\n\nA40201 en A49999\n> A40003")

    found = suggested(read)

    assert [each.value for each in found.references] == ["2026/IN/001234", "2026/IN/000001"]
    assert [each.value for each in found.projects] == ["A40201", "A49999", "A40003"]


def test_what_stands_in_the_html_only_is_found() -> None:
    read = multipart("alternative", "\nZie de html", "Content-Type: text/html\n\n<p>2026/IN/001234</p>")

    assert [each.value for each in suggested(read).references] == ["2026/IN/001234"]


def test_the_register_is_asked_a_bounded_number_of_times() -> None:
    asked: list[str] = []

    def is_known(value: str) -> bool:
        asked.append(value)
        return False

    read = mail(body=" ".join(f"2026/IN/{number:06}" for number in range(10 * MOST)))

    suggestions(read, KENMERK, PROJECT, PROJECTS, is_known)

    assert len(asked) == MOST


def test_a_suggestion_holds_no_word_of_the_mail() -> None:
    shown = repr(suggested(read_mail(sample("gedeelde_mailbox_post.eml"))))

    assert not [word for word in ("Piet", "Vraag", "wegenwerken", "schets", "example") if word in shown]


@pytest.mark.parametrize(
    "written",
    [
        "2026/UIT/000987",
        "2026/UIT/987",
        "2026-UIT-987",
        "2026_UIT_000987",
        "2026.uit.000987",
        "2026 / UIT / 000987",
        "2026–UIT–000987",
        "kenmerk: 2026/UIT/987.",
        "(2026/UIT/000987)",
        "uit-2026-000987",
        "UIT/2026/987",
        "brief_2026-UIT-000987_plan.pdf",
    ],
)
def test_a_reference_is_found_however_it_is_written(written: str) -> None:
    assert list(notation(KENMERK).find(written)) == ["2026/UIT/000987"]


@pytest.mark.parametrize(
    "text",
    [
        "in 2026 in 12 straten",
        "2026/IN/",
        "2026/IN/1234567",
        "12026/IN/123456",
        "2026/XX/123456",
        "26/IN/123456",
        "2026/12/31",
        "x2026/IN/1",
        "２０２６/IN/1",
    ],
)
def test_what_only_looks_like_a_reference_is_none(text: str) -> None:
    assert list(notation(KENMERK).find(text)) == []


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("project A40003.", ["A40003"]),
        ("a40003", ["A40003"]),
        ("#a40003", []),
        ("A4000", []),
        ("A400031", []),
        ("BA40003", []),
    ],
)
def test_a_project_code_is_found_whole(text: str, codes: list[str]) -> None:
    assert list(notation(PROJECT).find(text)) == codes


@pytest.mark.parametrize(
    ("pattern", "written", "found"),
    [
        (r"^P-\d{4}$", "p/12", ["P-0012"]),
        (r"\AZ\.\d{3}\Z", "Z.7", ["Z.007"]),
        (r"[A-Z]{2}-[0-9]{4}", "ab-12", ["AB-0012"]),
        (r"\d{4}/\d+", "2026-55", ["2026/55"]),
        (r"IN-\d{3}|UIT-\d{3}", "uit-123", ["UIT-123"]),
        (r"(IN/\d{2}|UIT/\d{2})", "in/12", ["IN/12"]),
        (r"A-?\d{5}", "A40003 a-40201", ["A40003", "A-40201"]),
        (r"[a-z/]{3}-\d{2}", "a/b-1", ["a/b-01"]),
    ],
)
def test_a_pattern_of_another_register_is_understood(pattern: str, written: str, found: list[str]) -> None:
    assert list(notation(pattern).find(written)) == found


@given(
    year=st.integers(1000, 9999),
    direction=st.sampled_from(["IN", "UIT", "INT", "in", "uit"]),
    number=st.integers(0, 999_999),
    digits=st.integers(1, 6),
    separator=st.sampled_from(["/", "-", "_", ".", " / ", "–"]),
)
def test_every_way_of_writing_leads_to_the_one_reference(
    year: int, direction: str, number: int, digits: int, separator: str
) -> None:
    written = separator.join((str(year), direction, str(number).zfill(digits)))

    assert list(notation(KENMERK).find(f"Zie {written}, graag.")) == [f"{year}/{direction.upper()}/{number:06}"]


@given(st.text(st.sampled_from("0123456789/-INUTintu A") | st.characters(), max_size=200))
def test_whatever_is_found_has_the_form_of_a_reference(text: str) -> None:
    exact = notation(KENMERK).exact

    assert all(exact.fullmatch(value) for value in notation(KENMERK).find(text))
