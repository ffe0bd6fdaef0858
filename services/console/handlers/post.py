"""Remembers which letters and e-mails wait for a person, what was chosen for them, and which answers are due."""

from __future__ import annotations

from services.console.domain.post import Choice, InTray, Offered, Term
from services.console.handlers.world import Console, router
from shared.clock import BRUSSELS
from shared.events import (
    ClassificationChosen,
    MailFiled,
    MailKept,
    MailMoved,
    MailOffered,
    MailRegistered,
    MailWithdrawn,
    RegistrationChosen,
    ReplyDue,
)

UNTOLD = "no_project"  # a letter in the tray without a reason


@router.on(MailFiled)
def list_unclassified(event: MailFiled, console: Console) -> None:
    """Show a letter that no rule files, until one does. Safe to repeat."""
    if not event.unclassified:
        console.memory.tray.leave(event.kenmerk, event.version)
        return
    reason, suggestions = event.reason or UNTOLD, tuple(event.suggestions)
    console.memory.tray.enter(InTray(event.kenmerk, event.version, reason, suggestions, console.clock.now()))


@router.on(MailMoved)
def close_moved(event: MailMoved, console: Console) -> None:
    """A letter that a project has waits no more; of one that came into the tray mail.filed tells why."""
    if event.project is not None:
        console.memory.tray.leave(event.kenmerk, event.version)


@router.on(MailWithdrawn)
def close_withdrawn(event: MailWithdrawn, console: Console) -> None:
    """A letter that was taken out of sight waits for nobody, and nobody is reminded of it here."""
    console.memory.tray.leave(event.kenmerk, event.version)
    console.memory.terms.forget(event.kenmerk)


@router.on(MailKept)
def close_kept(event: MailKept, console: Console) -> None:
    """A letter that stays in the register is dealt with there."""
    console.memory.tray.leave(event.kenmerk, event.version)
    console.memory.terms.forget(event.kenmerk)


@router.on(ClassificationChosen)
def note_classification(event: ClassificationChosen, console: Console) -> None:
    """Show what somebody chose for a letter, whoever it was: a page or the command line."""
    console.memory.tray.choose(event.kenmerk, Choice(event.project, event.by, console.clock.now()))


@router.on(MailOffered)
def list_offered(event: MailOffered, console: Console) -> None:
    """Show an e-mail that nobody registered. Safe to repeat, also after it was dealt with."""
    hints = tuple(event.references), tuple(event.projects)
    console.memory.mails.offer(Offered(event.message, event.intake, event.received_at, *hints))


@router.on(RegistrationChosen)
def note_registration(event: RegistrationChosen, console: Console) -> None:
    """Show under which kenmerk an e-mail is being registered, whoever said so."""
    console.memory.mails.choose(event.message, Choice(event.kenmerk, event.by, console.clock.now()))


@router.on(MailRegistered)
def close_registered(event: MailRegistered, console: Console) -> None:
    """An e-mail that was registered or passed over waits no more."""
    console.memory.mails.close(event.message)


@router.on(ReplyDue)
def list_term(event: ReplyDue, console: Console) -> None:
    """Show that an answer is due. Who is to give it is not remembered, only whether that person is there."""
    today = console.clock.now().astimezone(BRUSSELS).date()
    console.memory.terms.remind(Term(event.kenmerk, event.due, event.project, event.department, event.is_away), today)
