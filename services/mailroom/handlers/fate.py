"""Carries out what was decided about a letter, and says what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from services.mailroom.domain.columns import STATUS
from services.mailroom.domain.letter import Letter
from services.mailroom.domain.routing import SECRET, Decision, Facts, Goal
from services.mailroom.filing.library import NoShelf
from services.mailroom.handlers.shelving import protected_shelf, put, tray_shelf, withdraw
from services.mailroom.handlers.world import Mailroom
from services.mailroom.intakes.base import Delivery
from services.mailroom.store.letters import CANCELLED, FILED, KEPT, PROTECTED, STARTED, TRAY, Filing
from shared.crashpoints import crashpoint
from shared.events import Event, MailFiled, MailKept, MailMoved, MailWithdrawn

ANSWERED = "beantwoord"


def file_letter(delivery: Delivery, known: Filing | None, room: Mailroom) -> None:
    """File a version that is newer than what is *known*, wherever the rules say. Safe to repeat."""
    letter = delivery.letter
    decision = _decided(letter, known, room)
    filing = _begun(letter, decision, known, room)
    note_decision(filing, decision, room)
    if decision.goal is Goal.REGISTER:
        settle(withdraw(filing, known, KEPT, room), room)
    elif decision.goal is Goal.PROTECTED:
        _protect(delivery, filing, known, room)
    else:
        settle(_in_folder(delivery, filing, known, decision, room), room)


def outcome(filing: Filing) -> Iterator[Event]:
    """Yield what is to be said of a letter that is as *filing* says, however often."""
    if filing.pieces and filing.state in (FILED, TRAY, PROTECTED):
        yield _filed(filing)
    elif filing.before is None:
        yield MailKept(
            kenmerk=filing.kenmerk,
            version=filing.version,
            reason=filing.reason or CANCELLED,
            department=filing.department,
        )
    if filing.before is None:
        return
    before = None if filing.before == TRAY else filing.before
    if filing.is_visible:
        yield MailMoved(kenmerk=filing.kenmerk, version=filing.version, before=before, project=filing.project)
    else:
        reason = filing.reason or CANCELLED
        yield MailWithdrawn(kenmerk=filing.kenmerk, version=filing.version, project=before, reason=reason)


def settle(filing: Filing, room: Mailroom, occasion: str = "") -> Filing:
    """Remember what became of a letter: in its trail, where another attempt says the same, and then in the books."""
    room.store.trail.note(
        filing.kenmerk,
        filing.version,
        filing.state,
        occasion,
        reason=filing.reason,
        project=filing.project,
        drive=filing.drive_id,
        folder=filing.folder,
        files=[{"item": piece.item_id, "sha256": piece.sha256, "quickxor": piece.hash} for piece in filing.pieces],
    )
    room.store.letters.save(filing)
    crashpoint("mailroom.after_remember")
    return filing


def answer_by(letter: Letter, room: Mailroom) -> None:
    """Mark the letters to which *letter*, one that we sent, is the answer: nobody need be reminded of them."""
    if letter.direction != "uitgaand":
        return
    for kenmerk in letter.in_reply_to:
        answered = room.store.letters.answer(kenmerk)
        if answered is not None:
            _mark_answered(answered, room)
            room.store.trail.note(kenmerk, answered.version, "answered", by=letter.kenmerk)


def note_decision(filing: Filing, decision: Decision, room: Mailroom, occasion: str = "") -> None:
    code = decision.project.code if decision.project else None
    room.store.trail.note(
        filing.kenmerk,
        filing.version,
        "decided",
        occasion,
        goal=decision.goal,
        rule=decision.rule,
        project=code,
        reason=decision.reason,
    )


def _decided(letter: Letter, known: Filing | None, room: Mailroom) -> Decision:
    """Return what the rules say; what was said to be secret stays so until a newer version says otherwise."""
    decision = room.decide(Facts.of(letter), known.chosen if known else None)
    is_secret = known is not None and known.version == letter.version and known.state == PROTECTED
    if is_secret and decision.goal is not Goal.PROTECTED:
        return Decision(Goal.PROTECTED, SECRET, reason="confidential", steps=decision.steps)
    return decision


def _begun(letter: Letter, decision: Decision, known: Filing | None, room: Mailroom) -> Filing:
    due = room.rules.terms.due(letter)
    return Filing(
        kenmerk=letter.kenmerk,
        version=letter.version,
        state=STARTED,
        at=room.clock.now(),
        sha256=letter.files[0].sha256,
        facts=Facts.of(letter),
        rule=decision.rule,
        reason=decision.reason,
        suggestions=decision.suggestions,
        chosen=known.chosen if known else None,
        due=due.day if due else None,
        needs_reply=due is not None,
        handler=_account(letter, room),
        department=letter.department_code or letter.department,
    )


def _account(letter: Letter, room: Mailroom) -> str | None:
    user = room.accounts.user(letter.handler) if letter.handler else None
    return user.id if user else None


def _protect(delivery: Delivery, filing: Filing, known: Filing | None, room: Mailroom) -> None:
    """Take a letter out of sight at once, before anything else can fail; then file what came where few may look."""
    taken = withdraw(filing, known, PROTECTED, room)
    shelf = protected_shelf(delivery.letter.day.year, room)
    if shelf is None:
        settle(taken, room)
        return
    room.store.letters.save(replace(taken, sha256=None))  # its content is still to come
    settle(put(delivery, taken, taken, shelf, room), room)


def _in_folder(delivery: Delivery, filing: Filing, known: Filing | None, decision: Decision, room: Mailroom) -> Filing:
    """File it in the folder of its project, or in the tray when that folder cannot take it."""
    letter = delivery.letter
    if decision.project is not None:
        shelf = room.folders.of(decision.project, letter.confidentiality)
        if not isinstance(shelf, NoShelf):
            return put(delivery, replace(filing, state=FILED, project=decision.project.code), known, shelf, room)
        filing = replace(filing, reason=shelf.reason)
    return put(delivery, replace(filing, state=TRAY), known, tray_shelf(room), room)


def _filed(filing: Filing) -> MailFiled:
    return MailFiled(
        kenmerk=filing.kenmerk,
        version=filing.version,
        project=filing.project,
        drive_id=filing.drive_id or "",
        item_id=filing.pieces[0].item_id,
        unclassified=filing.state == TRAY,
        reason=filing.reason,
        suggestions=list(filing.suggestions),
        same_as=list(filing.same_as),
        protected=filing.state == PROTECTED,
        rule=filing.rule,
    )


def _mark_answered(filing: Filing, room: Mailroom) -> None:
    if filing.drive_id and filing.pieces and filing.pieces[0].item_id:
        room.libraries.of(filing.drive_id).set_fields(filing.pieces[0].item_id, {STATUS: ANSWERED})
