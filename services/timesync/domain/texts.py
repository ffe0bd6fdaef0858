"""The Dutch texts of the automatic replies. They say when and whom to ask, never why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from html import escape

_DAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
_MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni",
    "juli", "augustus", "september", "oktober", "november", "december",
)  # fmt: skip


@dataclass(frozen=True)
class Contact:
    """Where a service can be reached: shared addresses, never a colleague's own."""

    mail: str
    phone: str


@dataclass(frozen=True)
class Office:
    """The organisation and its services; *general* answers for services without a contact of their own."""

    organisation: str
    general: Contact
    post_mail: str = ""
    services: Mapping[str, Contact] = field(default_factory=dict)

    def contact(self, service: str) -> tuple[str, str]:
        """Return the name to show and how to reach it, as text fit for HTML."""
        name = service if service in self.services else self.organisation
        contact = self.services.get(service, self.general)
        ways = [way for way in (contact.mail, contact.phone) if way]
        return escape(name), escape(" of ".join(ways))


def in_full(day: date) -> str:
    """Write a day as people say it: `maandag 23 november 2026`."""
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def internal_text(office: Office, service: str, dates: tuple[date, date] | None) -> str:
    """Return the text for colleagues. *dates* are the last day away and the day of return, None when not to be told."""
    name, ways = office.contact(service)
    if dates is None:
        return _html(f"Ik ben momenteel niet bereikbaar. Dringend? Neem contact op met {name}: {ways}.")
    last, back = dates
    return _html(
        f"Ik ben er niet tot en met {in_full(last)} en ben terug op {in_full(back)}. "
        f"Dringend? Neem contact op met {name}: {ways}."
    )


def external_text(office: Office, service: str, sender: str, dates: tuple[date, date] | None) -> str:
    """Return the text for everybody else; citizens are addressed with *u*."""
    name, ways = office.contact(service)
    if dates is None:
        absence = "Ik ben momenteel niet bereikbaar en lees mijn e-mails niet."
    else:
        last, back = dates
        absence = (
            f"Ik ben afwezig tot en met {in_full(last)} en lees mijn e-mails intussen niet. "
            f"Vanaf {in_full(back)} kunt u opnieuw bij mij terecht."
        )
    post = ""
    if office.post_mail:
        post = f" Een document dat geregistreerd moet worden, stuurt u het best naar {escape(office.post_mail)}."
    return _html(
        "Beste",
        f"Bedankt voor uw bericht. {absence}",
        f"Kan uw vraag niet wachten? Contacteer dan {name}: {ways}.{post}",
        "Uw bericht wordt niet automatisch doorgestuurd.",
        "<br>".join(["Met vriendelijke groeten", *(escape(part) for part in (sender, office.organisation) if part)]),
        "<em>Dit is een automatisch antwoord.</em>",
    )


def _html(*paragraphs: str) -> str:
    return '<html lang="nl"><body>' + "".join(f"<p>{text}</p>" for text in paragraphs) + "</body></html>"
