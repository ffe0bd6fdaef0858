"""Of a mail that an employee forwards, the citizen who wrote it is found."""

from __future__ import annotations

import pytest

from services.mailroom.domain.mail.forwarding import Forwarding, original_sender
from services.mailroom.domain.mail.incoming import Sender
from services.mailroom.domain.mail.mime import read_mail
from tests.unit.mailroom.mail_builders import CITIZEN, mail, multipart, raw_mail, sample

EMPLOYEE = Sender("an@voorbeeldegem.example.org", "An Ambtenaar")
PIET = Sender(CITIZEN, "Piet Proefburger")

_OUTLOOK = """Wie neemt dit op?

An

________________________________
Van: Piet Proefburger <piet.proefburger@burger.example.org>
Verzonden: donderdag 19 november 2026 8:30
Aan: An Ambtenaar <an@voorbeeldegem.example.org>
Onderwerp: Vraag

Dag, een vraag.

Van: An Ambtenaar <an@voorbeeldegem.example.org>
Verzonden: woensdag 18 november 2026 8:30
Onderwerp: Uw brief
"""
_OUTLOOK_FR = """
De : Piet Proefburger [mailto:piet.proefburger@burger.example.org]
Envoyé : jeudi 19 novembre 2026 08:30
À : An Ambtenaar
Objet : Vraag
"""
_OUTLOOK_EN = """
-----Original Message-----
From: Piet Proefburger <Piet.Proefburger@burger.example.org>
Sent: Thursday, 19 November 2026 08:30
To: An Ambtenaar
Subject: Vraag
"""
_GMAIL = """---------- Forwarded message ---------
Van: *Piet Proefburger* <piet.proefburger@burger.example.org>
Date: do 19 nov 2026 om 08:30
Subject: Vraag
To: <an@voorbeeldegem.example.org>
"""
_APPLE = """Begin doorgestuurd bericht:

> Van: "Piet Proefburger" <piet.proefburger@burger.example.org>
> Onderwerp: Vraag
> Datum: 19 november 2026 om 08:30:15 CET
> Aan: an@voorbeeldegem.example.org
"""
_APPLE_BOLD = _APPLE.replace("> Van:", "> *Van:*").replace("> Onderwerp:", "> *Onderwerp:*")
_THUNDERBIRD = """-------- Doorgestuurd bericht --------
Onderwerp: \tVraag
Datum: \tThu, 19 Nov 2026 08:30:15 +0100
Van: \tPiet Proefburger <piet.proefburger@burger.example.org>
Aan: \tan@voorbeeldegem.example.org
"""


def forwarded(body: str, subject: str = "FW: Vraag") -> Forwarding | None:
    return original_sender(mail(body=body, subject=subject, sender="An Ambtenaar <an@voorbeeldegem.example.org>"))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(_OUTLOOK, id="Outlook"),
        pytest.param(_OUTLOOK_FR, id="Outlook in French"),
        pytest.param(_OUTLOOK_EN, id="Outlook in English"),
        pytest.param(_GMAIL, id="Gmail"),
        pytest.param(_APPLE, id="Apple Mail"),
        pytest.param(_APPLE_BOLD, id="Apple Mail in bold"),
        pytest.param(_THUNDERBIRD, id="Thunderbird"),
    ],
)
def test_the_writer_is_found_in_what_the_mail_program_quotes(body: str) -> None:
    assert forwarded(body) == Forwarding(EMPLOYEE, PIET, "quoted")


@pytest.mark.parametrize("prefix", ["FW:", "Fwd:", "fwd :", "TR:", "DOORST:", "Doorgestuurd:", "[EXTERN] FW:"])
def test_a_forward_is_known_by_its_subject(prefix: str) -> None:
    assert forwarded(_OUTLOOK, subject=f"{prefix} Vraag") is not None


@pytest.mark.parametrize("subject", ["Vraag", "RE: Vraag", "RE: FW: Vraag", "Trein: vertraging", "Fwding"])
def test_an_answer_is_no_forward(subject: str) -> None:
    assert forwarded(_OUTLOOK, subject=subject) is None


def test_a_writer_without_an_address_is_known_by_name() -> None:
    body = _OUTLOOK.replace(" <piet.proefburger@burger.example.org>", "")

    found = forwarded(body)

    assert found is not None
    assert found.original == Sender(None, "Piet Proefburger")


def test_a_writer_without_a_name_is_known_by_address() -> None:
    found = forwarded(_OUTLOOK.replace("Piet Proefburger <piet.proefburger@burger.example.org>", CITIZEN))

    assert found is not None
    assert found.original == Sender(CITIZEN, None)


@pytest.mark.parametrize("body", ["", "Zie hieronder.", "Van: Piet\n\nDag", "Van:\nVerzonden: nu\nOnderwerp: Vraag"])
def test_a_forward_that_tells_no_writer_has_none(body: str) -> None:
    assert forwarded(body) is None


def test_the_writer_is_found_in_html() -> None:
    block = (
        "<div><b>Van:</b> Piet Proefburger &lt;piet.proefburger@burger.example.org&gt;<br>"
        "<b>Verzonden:</b> donderdag 19 november 2026 8:30<br><b>Onderwerp:</b> Vraag<br></div>"
    )
    read = mail("Content-Type: text/html", body=f"<p>Wie?</p>{block}", subject="FW: Vraag")

    found = original_sender(read)

    assert found is not None
    assert found.original == PIET


@pytest.mark.parametrize("kind", ["rfc822", "global"])
def test_the_writer_of_an_attached_mail_is_found(kind: str) -> None:
    attached = f"Content-Type: message/{kind}\n\nFrom: Piet Proefburger <{CITIZEN}>\nSubject: Vraag\n\nDag"

    found = original_sender(multipart("mixed", "\nTer info", attached))

    assert found is not None
    assert (found.original, found.how) == (PIET, "attached")


def test_attached_mails_of_several_writers_have_no_one_writer() -> None:
    attached = [f"Content-Type: message/rfc822\n\nFrom: {name}@example.org\n\nDag" for name in ("jan", "piet")]

    assert original_sender(multipart("mixed", "\nTer info", *attached)) is None


@pytest.mark.parametrize("kind", ["report", "digest"])
def test_a_report_or_digest_forwards_nothing(kind: str) -> None:
    attached = "Content-Type: message/rfc822\n\nFrom: piet@example.org\n\nDag"

    assert original_sender(multipart(kind, "Content-Type: text/plain\n\nMislukt", attached)) is None


def test_of_a_mail_sent_on_unchanged_the_sender_is_the_writer() -> None:
    raw = raw_mail("Resent-From: An Ambtenaar <an@voorbeeldegem.example.org>", sender=f"Piet Proefburger <{CITIZEN}>")

    assert original_sender(read_mail(raw)) == Forwarding(EMPLOYEE, PIET, "resent")


def test_the_sample_of_a_citizen_is_no_forward() -> None:
    assert original_sender(read_mail(sample("gedeelde_mailbox_post.eml"))) is None


def test_the_repr_of_a_forwarding_names_nobody() -> None:
    shown = repr(forwarded(_OUTLOOK)).lower()

    assert "piet" not in shown
    assert "ambtenaar" not in shown
