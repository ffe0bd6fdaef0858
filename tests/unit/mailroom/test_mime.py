"""An e-mail is read from its bytes, whatever they are."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from email import policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mailroom.domain.mail.mime import read_mail
from tests.unit.mailroom.mail_builders import mail, multipart, raw_mail, sample

_WORDS = st.text(st.characters(blacklist_categories=("C", "Z")), min_size=1, max_size=12)
_NAMES = st.lists(_WORDS, min_size=1, max_size=4).map(" ".join)


def test_a_citizens_mail_is_read_as_the_citizen_wrote_it() -> None:
    raw = sample("gedeelde_mailbox_post.eml")

    read = read_mail(raw)

    assert read.sha256 == hashlib.sha256(raw).hexdigest()
    assert read.message_id_digest == hashlib.sha256(b"20261119083015.4711@burger.example.org").hexdigest()
    assert read.key == hashlib.sha256(b"20261119083015.4711@burger.example.org\n" + raw).hexdigest()
    assert read.sent_at == datetime(2026, 11, 19, 8, 30, 15, tzinfo=timezone(timedelta(hours=1)))
    assert (read.from_name, read.from_address) == ("Piet Proefburger", "piet.proefburger@burger.example.org")
    assert read.subject == "Vraag over coördinatie wegenwerken (project A40003) – ons gesprek van 12/11"
    assert read.text.split("\n")[2] == (
        "Ik schrijf in verband met uw brief 2026/UIT/000987. Kan u mij een kopie bezorgen van het"
    )
    assert read.alternative_text.startswith("Beste,\nIk schrijf in verband met uw brief 2026/UIT/000987. Kan u")
    assert "tracker" not in read.text + read.alternative_text
    assert read.attachment_names == ("schets wegenwerken - één.pdf",)
    assert read.attachments[0].media_type == "application/pdf"
    assert read.attachments[0].content.startswith(b"%PDF-1.4\n")
    assert read.attachments[0].content.endswith(b"%%EOF\n")
    assert read.header("In-Reply-To") == "<uit-2026-000987@example.org>"
    assert read.defects == ()


def test_an_automatic_reply_is_read_like_any_mail() -> None:
    read = read_mail(sample("gedeelde_mailbox_autoreply.eml"))

    assert (read.from_name, read.from_address) == (None, "offertes@denkbeeld.example.org")
    assert read.subject == "Automatisch antwoord: Afwezig"
    assert read.text.strip() == "Wij zijn gesloten tot maandag."
    assert (read.header("auto-submitted"), read.header("precedence")) == ("auto-replied", "bulk")
    assert (read.attachments, read.defects) == ((), ())


def test_the_repr_of_a_mail_tells_nothing_of_its_writer() -> None:
    shown = repr(read_mail(sample("gedeelde_mailbox_post.eml")))

    assert not [word for word in ("Piet", "burger", "wegenwerken", "schets", "UIT", "A40003", "Beste") if word in shown]


def test_the_key_tells_the_message_id_and_the_bytes_apart() -> None:
    first, same, other_bytes, nameless = (
        read_mail(raw_mail("Message-ID: <a@example.org>")),
        read_mail(raw_mail("Message-ID: <a@example.org>")),
        read_mail(raw_mail("Message-ID: <a@example.org>", body="Iets anders.\n")),
        read_mail(raw_mail()),
    )

    assert first.key == same.key
    assert first.key != other_bytes.key
    assert first.message_id_digest == other_bytes.message_id_digest
    assert (nameless.key, nameless.message_id_digest) == (nameless.sha256, None)


@pytest.mark.parametrize(
    "written",
    ["<a@example.org>", "  <a@example.org> ", "\n <a@example.org>", "a@example.org", "<a@example.org> (eerste)"],
)
def test_a_message_id_is_the_same_however_it_is_wrapped(written: str) -> None:
    assert mail(f"Message-ID: {written}").message_id_digest == hashlib.sha256(b"a@example.org").hexdigest()


def test_the_message_id_that_exchange_writes_and_the_parser_stumbles_over_is_read() -> None:
    read = mail("Message-ID: <[b378dfc5@microsoft.com]>")

    assert read.message_id_digest == hashlib.sha256(b"[b378dfc5@microsoft.com]").hexdigest()


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("Thu, 19 Nov 2026 08:30:15 +0100", datetime(2026, 11, 19, 7, 30, 15, tzinfo=UTC)),
        ("Thu, 19 Nov 2026 08:30:15 -0000", datetime(2026, 11, 19, 8, 30, 15, tzinfo=UTC)),
        ("19 Nov 26 08:30 GMT", datetime(2026, 11, 19, 8, 30, tzinfo=UTC)),
        ("gisteren", None),
        ("Thu, 99 Nov 2026 08:30:15 +0100", None),
        ("Thu, 19 Nov 2026 08:30:15 +9999999999", None),
        ("", None),
    ],
)
def test_a_date_is_a_moment_or_nothing(written: str, moment: datetime | None) -> None:
    assert mail(f"Date: {written}").sent_at == moment


@pytest.mark.parametrize(
    ("sender", "name", "address"),
    [
        ("Jan Jansens <Jan@Example.org>", "Jan Jansens", "jan@example.org"),
        ('"Jansens, Jan" <jan@example.org>', "Jansens, Jan", "jan@example.org"),
        ('"chef@example.org" <vreemd@example.net>', "chef@example.org", "vreemd@example.net"),
        ("=?iso-8859-1?q?Zo=EB?= <zoe@example.org>", "Zoë", "zoe@example.org"),
        ("Zoë Proef <zoe@example.org>", "Zoë Proef", "zoe@example.org"),
        ("Jan [extern] <jan@example.org", None, "jan@example.org"),
        ("niemand", None, None),
        ("<>", None, None),
    ],
)
def test_a_sender_is_an_address_and_perhaps_a_name(sender: str, name: str | None, address: str | None) -> None:
    read = mail(sender=sender)

    assert read.from_address == address
    assert name is None or read.from_name == name


@pytest.mark.parametrize(
    ("headers", "content", "text", "defects"),
    [
        ("charset=utf-8", "één".encode(), "één", ()),
        ("charset=iso-8859-1", b"prijs \x80 5", "prijs € 5", ()),
        ("charset=us-ascii", "één".encode(), "één", ()),
        ("charset=us-ascii", "één".encode("cp1252"), "één", ("undecodable_text",)),
        ("charset=utf-8", "één".encode("cp1252"), "één", ("undecodable_text",)),
        ("charset=bestaat-niet", "één".encode(), "één", ("unknown_charset",)),
        ("charset=punycode", b"abc-def", "abc-def", ("unknown_charset",)),
        ("charset=zlib", b"abc", "abc", ("undecodable_text",)),
        ("charset=utf-16", "één".encode("utf-16"), "één", ()),
    ],
)
def test_text_is_read_in_its_charset_and_else_in_what_people_here_write(
    headers: str, content: bytes, text: str, defects: tuple[str, ...]
) -> None:
    read = read_mail(b"Content-Type: text/plain; " + headers.encode() + b"\n\n" + content)

    assert (read.text, read.defects) == (text, defects)


def test_a_header_in_bare_utf8_or_windows_1252_is_read() -> None:
    assert read_mail("Subject: Café één\n\n".encode()).subject == "Café één"
    assert read_mail("Subject: Café één\n\n".encode("cp1252")).subject == "Café één"


def test_the_plain_text_is_the_body_and_the_html_stands_beside_it() -> None:
    read = multipart("alternative", "Content-Type: text/plain\n\nGewoon", "Content-Type: text/html\n\n<p>Mooi</p>")

    assert (read.text.strip(), read.alternative_text) == ("Gewoon", "Mooi")


def test_html_is_the_body_where_the_plain_text_is_empty() -> None:
    read = multipart("alternative", "Content-Type: text/plain\n\n  ", "Content-Type: text/html\n\n<p>Mooi</p>")

    assert (read.text.strip(), read.alternative_text) == ("Mooi", "")


def test_a_plain_footer_does_not_take_the_place_of_an_html_body() -> None:
    read = multipart("mixed", "Content-Type: text/html\n\n<p>De vraag</p>", "Content-Type: text/plain\n\nVoettekst")

    assert read.text.split() == ["De", "vraag", "Voettekst"]


def test_a_text_with_a_name_is_an_attachment() -> None:
    read = multipart("mixed", "\nDe vraag", "Content-Type: text/plain; name=lijst.txt\n\nDe lijst")

    assert read.text.strip() == "De vraag"
    assert [(each.name, each.content.strip()) for each in read.attachments] == [("lijst.txt", b"De lijst")]


def test_a_picture_of_the_signature_is_told_from_an_attachment() -> None:
    logo = "Content-Type: image/png\nContent-ID: <logo>\nContent-Disposition: inline; filename=logo.png\n\nx"
    scan = "Content-Type: image/png\nContent-Disposition: attachment; filename=scan.png\n\nx"

    read = multipart("related", "\nDag", logo, scan)

    assert [(each.name, each.is_inline) for each in read.attachments] == [("logo.png", True), ("scan.png", False)]


@pytest.mark.parametrize(
    ("raw", "text", "defect"),
    [
        (b"Content-Type: multipart/mixed\n\nDe vraag", "De vraag", "no_boundary_in_multipart"),
        (b"Content-Type: multipart/mixed; boundary=x\n\nDe vraag", "De vraag", "start_boundary_not_found"),
        (b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nDe vraag", "De vraag", "close_boundary_not_found"),
        (b"Subject: x\nDe vraag", "De vraag", "missing_header_body_separator"),
        (b"Content-Transfer-Encoding: base64\n\nRGUgdnJhYWc", "De vraag", "invalid_base64padding"),
        (b"From: a@b.be\nFrom: c@d.be\n\nDe vraag", "De vraag", "repeated_header"),
    ],
)
def test_a_broken_mail_gives_what_can_be_read_and_tells_what_is_wrong(raw: bytes, text: str, defect: str) -> None:
    read = read_mail(raw)

    assert read.text == text
    assert defect in read.defects


@pytest.mark.parametrize("header", ["Content-Type: text/plain; name*", "Content-Type: text/plain; charset=\0"])
def test_a_header_that_the_parser_stumbles_over_costs_no_text(header: str) -> None:
    assert mail(header, body="De vraag").text == "De vraag"


def test_an_attachment_in_a_charset_that_cannot_be_is_kept_as_it_is() -> None:
    read = read_mail(b"Content-Type: application/pdf; charset=\0\n\n\xff")

    assert [each.content for each in read.attachments] == [b"\xff"]


def test_a_mail_within_the_mail_is_written_with_the_line_ends_of_mail() -> None:
    read = multipart("mixed", "Content-Type: message/rfc822\n\nSubject: Vraag\n\nDag")

    assert read.attachments[0].content == b"Subject: Vraag\r\n\r\nDag"


@given(st.binary(max_size=2_000))
def test_any_bytes_are_a_mail(raw: bytes) -> None:
    assert read_mail(raw).sha256 == hashlib.sha256(raw).hexdigest()


@given(
    st.sampled_from(["From", "Date", "Message-ID", "Content-Type", "Content-Disposition", "Content-Transfer-Encoding"]),
    st.binary(max_size=200),
)
def test_any_header_is_part_of_a_mail(name: str, value: bytes) -> None:
    read = read_mail(name.encode() + b": " + value.replace(b"\n", b"").replace(b"\r", b"") + b"\nSubject: Vraag\n\nDag")

    assert read.subject == "Vraag"


@given(subject=_NAMES, name=_NAMES, body=_NAMES, file_name=_NAMES, content=st.binary(max_size=500))
def test_a_mail_that_is_well_written_comes_back_as_it_was(
    subject: str, name: str, body: str, file_name: str, content: bytes
) -> None:
    # Folded, CPython's own writer loses blanks between encoded words: https://github.com/python/cpython/issues/144156
    written = EmailMessage(policy.default.clone(max_line_length=2_000))
    written["Subject"] = subject
    written["Message-ID"] = "<a@example.org>"
    written.set_content(body, cte="base64")
    written.add_attachment(content, maintype="application", subtype="pdf", filename=file_name)
    raw = written.as_bytes()

    read = read_mail(raw)

    assert (read.subject, read.text.strip()) == (subject, body)
    assert [(each.name, each.content) for each in read.attachments] == [(file_name, content)]
    assert read.key == read_mail(raw).key
