"""What an employee would see in Outlook, Teams and SharePoint, on pages that a visitor of the demo can read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, render_template
from markupsafe import Markup

from sandbox import dutch
from sandbox.calendars import Event
from sandbox.columns import Column
from sandbox.directory import Mailbox
from sandbox.graph.presence import presence
from sandbox.library import Item, Library
from sandbox.state import Json, Tenant
from sandbox.workflows import CHANNELS, cards_of

_COMING_WEEKS = timedelta(weeks=8)
_SHOWN_AS = {
    "oof": "Afwezig",
    "busy": "Bezet",
    "workingElsewhere": "Werkt elders",
    "tentative": "Onder voorbehoud",
    "free": "Vrij",
}
# Teams' availability: what people read, and the class of its colour
_AVAILABILITY = {
    "Available": ("Beschikbaar", "available"),
    "Busy": ("Bezet", "busy"),
    "DoNotDisturb": ("Niet storen", "busy"),
    "Away": ("Afwezig", "away"),
    "BeRightBack": ("Zo terug", "away"),
    "Offline": ("Offline", "none"),
}
_OUT_OF_OFFICE = "Niet op kantoor"
_KILOBYTE = 1000


@dataclass(frozen=True)
class Presence:
    """The mark beside a name in Teams: what it says, and the class of its colour."""

    text: str
    colour: str


@dataclass(frozen=True)
class Appointment:
    when: str
    subject: str
    shown_as: str
    kind: str  # Graph's showAs, class of its colour
    place: str
    is_private: bool


@dataclass(frozen=True)
class AutomaticReply:
    when: str
    is_active: bool
    text: str


@dataclass(frozen=True)
class Person:
    name: str
    address: str
    service: str
    presence: Presence | None  # None: no mailbox
    reply: AutomaticReply | None
    status: str
    appointments: list[Appointment]


@dataclass(frozen=True)
class Folder:
    path: str
    columns: list[str]
    rows: list[list[str]]


def blueprint(tenant: Tenant) -> Blueprint:
    """Return the pages `/`, `/mappen` and `/kanalen` over the state of *tenant*."""
    pages = Blueprint(
        "pages", __name__, template_folder="templates", static_folder="static", static_url_path="/_sandbox/static"
    )

    @pages.context_processor
    def moment() -> dict[str, str]:
        return {"rendered_at": dutch.instant(tenant.now())}

    @pages.get("/")
    def people() -> str:
        with tenant.lock:
            return render_template("people.html", people=list(_people(tenant, tenant.now())))

    @pages.get("/mappen")
    def folders() -> str:
        with tenant.lock:
            libraries = [(_title(library), list(_folders(library))) for library in tenant.drives.values()]
        return render_template("folders.html", libraries=libraries)

    @pages.get("/kanalen")
    def channels() -> str:
        with tenant.lock:
            newest_first = [(dutch.instant(card.received_at), card) for card in reversed(cards_of(tenant))]
        posted = {
            name: [(when, card.content) for when, card in newest_first if card.channel == channel]
            for channel, name in CHANNELS.items()
        }
        return render_template("channels.html", channels=posted)

    return pages


def _presence(tenant: Tenant, user: Json) -> Presence:
    """Say what Teams shows; out of office hides that somebody is available, but nothing busier than that."""
    seen = presence(tenant, user["id"])
    away = seen["outOfOfficeSettings"]["isOutOfOffice"]
    text, colour = _AVAILABILITY.get(seen["availability"], (seen["availability"], "none"))
    if away and seen["availability"] == "Available":
        return Presence(_OUT_OF_OFFICE, "oof")
    return Presence(f"{text}, {_OUT_OF_OFFICE.lower()}" if away else text, colour)


def _people(tenant: Tenant, now: datetime) -> Iterator[Person]:
    for user in sorted(tenant.users.values(), key=lambda user: str(user["displayName"])):
        mailbox = tenant.mailboxes.get(user["id"])
        if mailbox is None or mailbox.purpose == "user":
            yield _person(tenant, user, mailbox, now)


def _person(tenant: Tenant, user: Json, mailbox: Mailbox | None, now: datetime) -> Person:
    who = (user["displayName"], user["userPrincipalName"], user["department"] or "")
    if mailbox is None:
        return Person(*who, presence=None, reply=None, status="", appointments=[])
    coming = [event for event in mailbox.events.values() if event.end > now and event.start < now + _COMING_WEEKS]
    return Person(
        *who,
        presence=_presence(tenant, user),
        reply=_reply(mailbox, now),
        status=_status(tenant, user),
        appointments=[_appointment(event) for event in sorted(coming, key=lambda event: event.start)],
    )


def _appointment(event: Event) -> Appointment:
    content, kind = event.content, str(event.content["showAs"])
    return Appointment(
        when=dutch.period(event.start, event.end),
        subject=content["subject"] or "(geen onderwerp)",
        shown_as=_SHOWN_AS.get(kind, kind),
        kind=kind,
        place=content["location"].get("displayName", ""),
        is_private=content["sensitivity"] == "private",
    )


def _reply(mailbox: Mailbox, now: datetime) -> AutomaticReply | None:
    replies = mailbox.replies
    if replies.status == "disabled":
        return None
    always = replies.status == "alwaysEnabled"
    when = "zonder einddatum" if always else dutch.period(replies.start, replies.end)
    return AutomaticReply(when, replies.active(now), _plain(replies.internal))


def _status(tenant: Tenant, user: Json) -> str:
    message = (presence(tenant, user["id"])["statusMessage"] or {}).get("message", {})
    return _plain(str(message.get("content", "")))


def _plain(html: str) -> str:
    """Return the words of *html*, a line per paragraph; striptags of Markup would run the lines together."""
    lines = re.split(r"<br\s*/?>|</p>|</div>|\n", html)
    return "\n".join(filter(None, (Markup(line).striptags() for line in lines)))  # noqa: S704 - its tags are removed


def _title(library: Library) -> str:
    return f"{library.site.get('displayName', library.site['webUrl'])}: {library.name}"


def _folders(library: Library) -> Iterator[Folder]:
    """Return every folder that has files, or nothing in it at all."""
    for folder in sorted((item for item in library.items.values() if item.is_folder), key=library.path):
        children = library.children(folder)
        files = sorted((item for item in children if not item.is_folder), key=lambda item: item.name)
        if files or not children:
            filled = [column for column in library.columns if any(column.name in file.fields for file in files)]
            rows = [_row(file, filled) for file in files]
            yield Folder(library.path(folder) or "(hoofdmap)", [column.name for column in filled], rows)


def _row(file: Item, columns: list[Column]) -> list[str]:
    size = f"{max(1, round(len(file.content) / _KILOBYTE))} kB"
    return [file.name, size, dutch.instant(file.modified), *(_cell(file, column) for column in columns)]


def _cell(file: Item, column: Column) -> str:
    value = file.fields.get(column.name)
    if value is None:
        return ""
    if column.kind == "dateTime":
        return dutch.day(datetime.fromisoformat(value))
    return str(value)
