"""Mails for the tests, written as they come over the line."""

from __future__ import annotations

from pathlib import Path

from services.mailroom.domain.mail.incoming import IncomingMail
from services.mailroom.domain.mail.mime import read_mail

SAMPLES = Path(__file__).parents[2] / "samples" / "mailroom"
CITIZEN = "piet.proefburger@burger.example.org"


def raw_mail(*headers: str, body: str = "Dag,\n\nEen vraag.\n", sender: str = CITIZEN, subject: str = "Vraag") -> bytes:
    """Return a mail of *sender*; its own headers come before those given."""
    own = (f"From: {sender}", f"Subject: {subject}", "MIME-Version: 1.0")
    return ("\n".join([*own, *headers]) + "\n\n" + body).encode()


def mail(
    *headers: str, body: str = "Dag,\n\nEen vraag.\n", sender: str = CITIZEN, subject: str = "Vraag"
) -> IncomingMail:
    return read_mail(raw_mail(*headers, body=body, sender=sender, subject=subject))


def multipart(kind: str, *parts: str, headers: tuple[str, ...] = (), subject: str = "Vraag") -> IncomingMail:
    """Return a mail of multipart/*kind*; each of *parts* is its headers, an empty line and its content."""
    body = "".join(f"--grens\n{part}\n" for part in parts) + "--grens--\n"
    return mail(f"Content-Type: multipart/{kind}; boundary=grens", *headers, body=body, subject=subject)


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()
