"""Carries out what was decided about a letter."""

from __future__ import annotations

from dataclasses import replace

from services.mailroom.domain.letter import TEXT_LENGTH, Letter
from services.mailroom.domain.routing import SECRET, Decision, Facts, Goal
from services.mailroom.filing.library import NoShelf
from services.mailroom.handlers.shelves import protected_shelf, tray_shelf
from services.mailroom.handlers.shelving import put
from services.mailroom.handlers.withdrawal import withdraw
from services.mailroom.handlers.world import Mailroom
from services.mailroom.intakes.base import Delivery
from services.mailroom.store.letters import FILED, KEPT, PROTECTED, STARTED, TRAY, Filing
from shared.crashpoints import crashpoint


def file_letter(delivery: Delivery, known: Filing | None, room: Mailroom) -> None:
    """File a version that is newer than what is *known*, wherever the rules say. Safe to repeat."""
    delivery = _as_registered(delivery, known)
    letter = delivery.letter
    decision = _decided(letter, known, room)
    filing = _begun(letter, decision, known, room)
    note_decision(filing, decision, room)
    _note_term(letter, room)
    if decision.goal is Goal.REGISTER:
        settle(withdraw(filing, known, KEPT, room), room)
    elif decision.goal is Goal.PROTECTED:
        _protect(delivery, filing, known, room)
    else:
        settle(_in_folder(delivery, filing, known, decision, room), room)


def take_out(kenmerk: str, version: int, state: str, reason: str, room: Mailroom) -> Filing | None:
    """Take a letter out of sight, also one that is not there yet: what comes late is older than this.

    Safe to repeat. Return what is known of it then, None when that is newer.
    """
    known = room.store.letters.newest(kenmerk)
    if known is not None and known.version > version:
        return None
    if known is not None and known.version == version and known.state == state:
        return known
    filing = Filing(kenmerk, version, state, room.clock.now(), reason=reason)
    if known is not None:
        filing = replace(
            filing,
            facts=known.facts,
            department=known.department,
            chosen=known.chosen,
            registered_at=known.registered_at,
            due=known.due,
            needs_reply=known.needs_reply,
            handler=known.handler,
        )
    return settle(withdraw(filing, known, state, room), room)


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
    room.store.begun.forget(filing.kenmerk)
    crashpoint("mailroom.after_remember")
    return filing


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
        needs_reply=due is not None and not room.store.arrivals.is_answered(letter.kenmerk),
        handler=_account(letter, room),
        department=(letter.department_code or letter.department or "")[:TEXT_LENGTH] or None,
        registered_at=letter.registered_at,
    )


def _as_registered(delivery: Delivery, known: Filing | None) -> Delivery:
    """Return *delivery* with the moment of registration that its first version told: no later one changes it."""
    if known is None or known.registered_at is None:
        return delivery
    return replace(delivery, letter=replace(delivery.letter, registered_at=known.registered_at))


def _note_term(letter: Letter, room: Mailroom) -> None:
    due = room.rules.terms.due(letter)
    if due is not None:
        room.store.trail.note(letter.kenmerk, letter.version, "term", day=due.day, rule=due.rule, latest=due.latest)


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
        filing = replace(filing, reason=shelf.reason, suggestions=(decision.project.code,))
    return put(delivery, replace(filing, state=TRAY), known, tray_shelf(room), room)
