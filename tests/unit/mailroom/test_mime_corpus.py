"""Nothing is lost of the mails with which Python tests its own parser."""

from __future__ import annotations

import email
import hashlib
from collections.abc import Iterator
from email.message import Message
from importlib.util import find_spec
from pathlib import Path

import pytest

from services.mailroom.domain.mail.html_text import html_to_text
from services.mailroom.domain.mail.mime import read_mail

MISSING = Path("msg_*.txt")


def corpus() -> list[Path]:
    """Return the mails, or a path that does not exist: without parameters pytest would skip."""
    if find_spec("test") is None or (package := find_spec("test.test_email")) is None or package.origin is None:
        return [MISSING]
    return sorted((Path(package.origin).parent / "data").glob(MISSING.name)) or [MISSING]


def parts(part: Message) -> list[Message]:
    return [each for each in part.get_payload() if isinstance(each, Message)]


def leaves(part: Message) -> Iterator[Message]:
    if part.get_content_maintype() == "message" or not part.is_multipart():
        yield part
        return
    for each in parts(part):
        yield from leaves(each)


def read_by_python(path: Path) -> Message:
    return email.message_from_bytes(path.read_bytes())


def lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def is_body(part: Message) -> bool:
    kinds = ("text/plain", "text/html")
    return (
        part.get_content_type() in kinds and not part.get_filename() and part.get_content_disposition() != "attachment"
    )


def test_python_brings_its_mails() -> None:
    found = corpus()

    assert len(found) >= 40, (
        "Python's own test mails (test/test_email/data/msg_*.txt) are not installed: on Debian and Ubuntu install"
        " libpython3-testsuite, or test with a Python from python.org, pyenv or uv"
    )


@pytest.mark.parametrize("path", corpus(), ids=lambda path: path.name)
def test_the_bytes_are_known_by_their_digest(path: Path) -> None:
    raw = path.read_bytes()

    assert read_mail(raw).sha256 == hashlib.sha256(raw).hexdigest()


@pytest.mark.parametrize("path", corpus(), ids=lambda path: path.name)
def test_every_text_can_be_read(path: Path) -> None:
    read = read_mail(path.read_bytes())

    for part in filter(is_body, leaves(read_by_python(path))):
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        text = content.decode(part.get_content_charset("utf-8"))
        shown = html_to_text(text) if part.get_content_type() == "text/html" else lines(text)
        assert shown in read.text or shown in read.alternative_text


@pytest.mark.parametrize("path", corpus(), ids=lambda path: path.name)
def test_every_attachment_has_its_bytes(path: Path) -> None:
    expected = [
        part.get_payload(decode=True)
        for part in leaves(read_by_python(path))
        if not is_body(part) and part.get_content_maintype() not in ("message", "multipart")
    ]

    found = [each.content for each in read_mail(path.read_bytes()).attachments if each.media_type[:8] != "message/"]

    assert found == expected


@pytest.mark.parametrize("path", corpus(), ids=lambda path: path.name)
def test_a_mail_within_a_mail_says_the_same(path: Path) -> None:
    messages = [part for part in leaves(read_by_python(path)) if part.get_content_type() == "message/rfc822"]
    expected = [within for part in messages for within in parts(part)]

    found = [each for each in read_mail(path.read_bytes()).attachments if each.media_type == "message/rfc822"]

    for within, attachment in zip(expected, found, strict=True):
        again = email.message_from_bytes(attachment.content)
        assert [(name, lines(value)) for name, value in again.items()] == within.items()
        assert [lines(str(part.get_payload())) for part in leaves(again) if not part.is_multipart()] == [
            lines(str(part.get_payload())) for part in leaves(within) if not part.is_multipart()
        ]
