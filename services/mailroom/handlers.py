"""What mailroom does when something happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from services.mailroom.domain.places import Project, destination
from services.mailroom.filing import Library, place
from services.mailroom.intakes.base import Delivery, Intake
from services.mailroom.store import Filing
from shared.clock import Clock
from shared.crashpoints import crashpoint
from shared.errors import Invalid, Permanent
from shared.events import ClockStruck, Event, LetterReported, MailArrived, MailFiled, MailHeld
from shared.messaging.router import Router

NOT_READ = "register_not_read"  # no intake fetches from the register that told of the letter


class Memory(Protocol):
    """What the handlers ask of the store."""

    def hear(self, intake: str, reference: str, at: datetime) -> None: ...
    def has_heard(self, intake: str, reference: str) -> bool: ...
    def report(self, source: str, kenmerk: str, version: int, at: datetime) -> None: ...
    def is_reported(self, source: str, kenmerk: str, version: int) -> bool: ...
    def newest(self, kenmerk: str) -> Filing | None: ...
    def save(self, filing: Filing) -> None: ...


@dataclass(frozen=True)
class Mailroom:
    """The outside world of the handlers. *library* is found at its first use: the service starts without Graph."""

    intakes: Mapping[str, Intake]
    library: Callable[[], Library]
    filings: Memory
    projects: Mapping[str, Project]
    unclassified: str
    clock: Clock


router: Router[Mailroom] = Router("mailroom")


@router.on(ClockStruck)
def collect_mail(event: ClockStruck, room: Mailroom) -> Iterator[Event]:
    """Announce every claimed set that nobody heard of: new ones, and those whose announcement a crash swallowed."""
    if event.period != "tick":
        return
    for name, intake in room.intakes.items():
        for reference in intake.scan():
            if not room.filings.has_heard(name, reference):
                yield _announced(name, intake, reference)


def _announced(name: str, intake: Intake, reference: str) -> Event:
    try:
        letter = intake.read(reference)
    except Invalid as refusal:
        return MailHeld(intake=name, reference=reference, reason=refusal.reason)
    return MailArrived(intake=name, reference=reference, kenmerk=letter.kenmerk, version=letter.version)


@router.on(MailArrived)
def file_mail(event: MailArrived, room: Mailroom) -> Iterator[Event]:
    """File a letter in its folder, prove it, and settle the set.

    Safe to repeat: what stands there already is adopted, and the outcome is the same. An older version than the one
    filed changes nothing.
    Raises: Permanent when a person must choose between two contents.
    """
    room.filings.hear(event.intake, event.reference, room.clock.now())
    intake = _intake(room, event.intake)
    try:
        delivery = intake.open(event.reference)
    except Invalid as refusal:
        yield MailHeld(intake=event.intake, reference=event.reference, reason=refusal.reason)
        return
    if delivery is not None and delivery.letter.is_confidential:
        yield MailHeld(intake=event.intake, reference=event.reference, reason="confidential")
        return
    filing = _filed(event, delivery, room)
    intake.settle(event.reference)
    crashpoint("mailroom.after_settle")
    yield _outcome(filing)


@router.on(LetterReported)
def hold_reported(event: LetterReported, room: Mailroom) -> Iterator[Event]:
    """Hold a letter of which a register told, once per version: no intake fetches it, so a person must.

    What an intake brought in already is not held.
    """
    known = room.filings.is_reported(event.source, event.kenmerk, event.version)
    if known or _brings(room.filings.newest(event.kenmerk), event):
        return
    yield MailHeld(intake=event.source, reference=event.kenmerk, reason=NOT_READ)
    room.filings.report(event.source, event.kenmerk, event.version, room.clock.now())


@router.on(MailHeld)
def set_aside(event: MailHeld, room: Mailroom) -> None:
    """Move a refused set to where its sender finds it, with the reason. Safe to repeat."""
    if event.reason == NOT_READ:
        return  # there is no set, and a kenmerk from outside is no place of an intake
    _intake(room, event.intake).refuse(event.reference, event.reason)
    crashpoint("mailroom.after_refuse")


def _brings(filed: Filing | None, event: LetterReported) -> bool:
    """Tell whether an intake brought what the register tells; none brings that a letter is secret or withdrawn."""
    if filed is None or event.change in ("made_confidential", "cancelled"):
        return False
    return event.change == "registered" or filed.version >= event.version


def _filed(event: MailArrived, delivery: Delivery | None, room: Mailroom) -> Filing:
    """Return where the letter stands, filed now or before."""
    newest = room.filings.newest(event.kenmerk)
    if delivery is None:
        if newest is None:
            raise Permanent("set_gone", f"{event.kenmerk}: set {event.reference} left the intake before it was filed")
        return newest
    if newest is None or newest.version < event.version:
        return _file(delivery, newest, room)
    if newest.version == event.version and newest.sha256 != delivery.letter.files[0].sha256:
        raise Permanent(
            "same_version_other_content", f"{event.kenmerk} version {event.version} is filed with another content"
        )
    return newest


def _file(delivery: Delivery, previous: Filing | None, room: Mailroom) -> Filing:
    """Write the main document and its attachments side by side; an earlier version's items are used again."""
    letter, library = delivery.letter, room.library()
    goal = destination(letter, room.projects, room.unclassified)
    folder = library.ensure_folder(goal.folder)
    crashpoint("mailroom.after_folder")
    started = Filing(
        kenmerk=letter.kenmerk,
        version=letter.version,
        state="started",
        sha256=letter.files[0].sha256,
        project=goal.project,
        unclassified=goal.is_unclassified,
        folder=goal.folder,
        drive_id=library.id,
        item_ids=(),
        at=room.clock.now(),
    )
    room.filings.save(started)
    known = dict(enumerate(previous.item_ids if previous else ()))
    items = [place(library, folder, delivery, position, known.get(position)) for position in range(len(delivery.files))]
    filing = replace(started, state="done", item_ids=tuple(items), at=room.clock.now())
    room.filings.save(filing)
    crashpoint("mailroom.after_remember")
    return filing


def _intake(room: Mailroom, name: str) -> Intake:
    try:
        return room.intakes[name]
    except KeyError as error:
        raise Permanent(
            "unknown_intake", f"no intake {name!r}: give it back in [mailroom.intakes] of hub.toml, then retry"
        ) from error


def _outcome(filing: Filing) -> MailFiled:
    return MailFiled(
        kenmerk=filing.kenmerk,
        version=filing.version,
        project=filing.project,
        drive_id=filing.drive_id,
        item_id=filing.item_ids[0],
        unclassified=filing.unclassified,
    )
