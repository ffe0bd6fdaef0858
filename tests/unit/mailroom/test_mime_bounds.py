"""However a mail is made, reading it takes bounded work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.parser import BytesFeedParser
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mailroom.domain.mail import bodies, forwarding, html_text, mime, notation, quoting, tree, triage
from services.mailroom.domain.mail.html_text import html_to_text
from services.mailroom.domain.mail.mime import read_mail
from services.mailroom.domain.mail.suggestions import KENMERK, PROJECT
from tests.unit.mailroom.mail_builders import mail, raw_mail

# How Python itself reads a pattern; it has no public name, and types only by accident.
_parser: Any = import_module("re._parser")
_constants: Any = import_module("re._constants")

_MODULES = (bodies, forwarding, html_text, mime, notation, quoting, tree, triage)
_PATTERNS = {
    f"{module.__name__.rpartition('.')[2]}.{name}": value
    for module in _MODULES
    for name, value in vars(module).items()
    if isinstance(value, re.Pattern)
} | {"kenmerk": notation.notation(KENMERK).written, "project": notation.notation(PROJECT).written}
_REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT)


def nested(depth: int) -> str:
    return "".join(f"Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n" for level in range(depth))


def test_of_too_many_parts_the_first_are_read() -> None:
    parts = "--b\nContent-Type: application/pdf\n\nx\n" * (tree.PARTS + 500)

    read = mail("Content-Type: multipart/mixed; boundary=b", body=parts)

    assert "too_many_parts" in read.defects
    assert len(read.attachments) == tree.PARTS - 1
    assert read.subject == "Vraag"


@pytest.mark.parametrize("depth", [tree.DEPTH + 5, 5_000])
def test_of_parts_too_deep_the_headers_are_read(depth: int) -> None:
    read = read_mail(f"Subject: Vraag\n{nested(depth)}\nDag".encode())

    assert "too_deep" in read.defects
    assert read.subject == "Vraag"


def test_deep_parts_within_the_bound_are_read() -> None:
    assert read_mail(f"{nested(tree.DEPTH - 5)}\nDe vraag".encode()).text == "De vraag"


def test_mails_within_mails_without_end_are_one_attachment() -> None:
    read = read_mail(b"Subject: Vraag\n" + b"Content-Type: message/rfc822\n\n" * 5_000)

    assert [each.media_type for each in read.attachments] == ["message/rfc822"]
    assert "too_deep" in read.defects


def test_of_a_header_without_end_the_beginning_is_read() -> None:
    read = read_mail(raw_mail("References: " + "<a@example.org> " * 1_000_000))

    assert len(read.header("references")) <= tree.header_length("references")
    assert "long_header" in read.defects
    assert "Een vraag." in read.text


@pytest.mark.parametrize("bound", ["MAIL_SIZE", "MAIL_LINES"])
def test_of_a_mail_beyond_what_exchange_takes_the_headers_are_read(monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    monkeypatch.setattr(tree, bound, 20)

    read = mail("Message-ID: <a@example.org>", body="Dag\n" * 100)

    assert (read.subject, read.text, read.defects) == ("Vraag", "", ("too_large",))
    assert read.message_id_digest is not None


def test_headers_that_never_end_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MAIL_SIZE", 20)
    monkeypatch.setattr(tree, "HEADERS_SIZE", 100)

    read = mail(*["X-A: b"] * 100, "References: <a@example.org>")

    assert (read.subject, read.header("references")) == ("Vraag", "")


def test_of_a_text_without_end_the_beginning_is_kept() -> None:
    read = mail(body="Dag\n" * bodies.TEXT_LENGTH)

    assert len(read.text) == bodies.TEXT_LENGTH
    assert read.defects == ("long_text",)


def test_a_fault_of_the_parser_itself_leaves_a_mail_with_its_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(_: object) -> None:
        raise IndexError

    monkeypatch.setattr(BytesFeedParser, "close", fault)

    assert read_mail(b"Subject: Vraag\n\nDag").defects == ("unreadable_mail",)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>Een</p><p>twee<br>drie</p>", "Een\ntwee\ndrie"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a\nb"),
        ("een\n  <b>twee</b>&nbsp;drie &amp; &eacute;", "een twee drie & é"),
        ("<style>p {color: red}</style><script>if (a<b) x()</script>Dag", "Dag"),
        ("<STYLE>x</STYLE >Dag", "Dag"),
        ("a<!-- b <p>c</p> -->d<!--e-->f", "adf"),
        ("<!--[if mso]><p>oud</p><![endif]-->nieuw", "nieuw"),
        ("<!--[if !mso]><!-->Dag<!--<![endif]-->", "Dag"),
        (
            "<p>zeg ik</p><blockquote><p>zei u</p><blockquote>eerst</blockquote></blockquote>nu",
            "zeg ik\n> zei u\n> > eerst\nnu",
        ),
        ("2 < 3 en 4 > 1", "2 < 3 en 4 > 1"),
        ('<img src="https://example.org/x.gif" alt="foto">Dag', "Dag"),
        ("&#" + "1" * 5_000 + ";", "&#" + "1" * 5_000 + ";"),
        ("</blockquote>Dag<blockquote>u", "Dag\n> u"),
        ("<!-- nooit gesloten <p>weg</p>", ""),
    ],
)
def test_html_is_read_as_a_person_sees_it(source: str, text: str) -> None:
    assert html_to_text(source) == text


@given(st.text(st.sampled_from("<>!-/abp &#;1 \n\"'=") | st.characters(), max_size=300))
def test_any_text_is_read_as_html(source: str) -> None:
    assert html_to_text(source).count("\n") <= len(source)


def test_html_is_gone_through_once() -> None:
    source = CountedText("<!--<p>&lt;" * 1_000 + "-->Dag")

    assert html_to_text(source) == "Dag"
    assert source.splits == 1


@pytest.mark.parametrize("name", _PATTERNS)
def test_no_pattern_tries_a_text_in_more_than_linearly_many_ways(name: str) -> None:
    found = list(repeats(_parser.parse(_PATTERNS[name].pattern, _PATTERNS[name].flags & ~re.UNICODE), ()))

    is_one_repeat = len(found) == 1  # of one set of characters: it takes what there is and looks no further
    assert is_one_repeat or all(most < 1_000 for chain in found for most in chain), "a repeat without end among others"
    assert all(most <= 1 for chain in found for most in chain[:-1] if len(chain) > 1 and chain[-1] > 1), (
        "repeats nested"
    )


class CountedText(str):
    """A text that knows how often it was taken apart."""

    __slots__ = ("splits",)

    def __init__(self, _: str) -> None:
        self.splits = 0

    def split(self, sep: str | None = None, maxsplit: Any = -1) -> list[str]:
        self.splits += 1
        return super().split(sep, maxsplit)


def repeats(tokens: Any, within: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Return each variable repeat of a pattern with those around it: the most times of each, outermost first."""
    for kind, argument in tokens:
        if kind in _REPEATS:
            least, most, inner = argument
            chain = within if least == most else (*within, int(most))
            if least != most:
                yield chain
            yield from repeats(inner, chain)
        elif kind is _constants.SUBPATTERN:
            yield from repeats(argument[-1], within)
        elif kind is _constants.BRANCH:
            for branch in argument[1]:
                yield from repeats(branch, within)
