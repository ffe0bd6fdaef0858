"""Puts the automatic reply of an absence in its slot shortly before it counts, and gives the slot back after."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from services.timesync.domain.replies import Reply, reply_for
from services.timesync.domain.rules import Rules
from services.timesync.effects.base import Action, Outcome, Picture, Step, one_by_one
from services.timesync.effects.slot import (
    Slot,
    dumped,
    free_from,
    holds_ours,
    loaded,
    mark_of,
    put_back,
    released,
    row_of,
    setting_of,
)
from services.timesync.store.replies import ReplyBook, ReplyRow, ReplyState
from shared.crashpoints import crashpoint
from shared.errors import HubError
from shared.graph.errors import NotFound
from shared.graph.mailbox import AutomaticReply


class Mailboxes(Protocol):
    """The automatic replies of the tenant; shared.graph.mailbox.Mailbox is one."""

    def reply(self, user_id: str) -> AutomaticReply: ...
    def set_reply(self, user_id: str, reply: AutomaticReply) -> AutomaticReply: ...


@dataclass(frozen=True)
class ReplyEffect:
    """Automatic replies for absences, in a slot that belongs to the owner of the mailbox.

    A reply of his own that answers during the absence is left alone, and looked at again when it ends. One that only
    answers later makes room, and comes back. Who changes or switches off the hub's, hears no more of it this absence.
    """

    mailboxes: Mailboxes
    book: ReplyBook
    rules: Callable[[], Rules]
    name: str = "reply"

    def steps(self, pictures: Sequence[Picture]) -> Mapping[str, Sequence[Step]]:
        found = {slot.picture.employee: self._steps(slot) for slot in self._slots(pictures)}
        return {employee: steps for employee, steps in found.items() if steps}

    def show(self, pictures: Sequence[Picture]) -> Mapping[str, Outcome | HubError]:
        slots = {slot.picture.employee: slot for slot in self._slots(pictures)}
        outcomes = {employee: Outcome(next_at=slot.next_look(slot.row)) for employee, slot in slots.items()}
        open_ = {employee: slot for employee, slot in slots.items() if not slot.is_settled}
        noted = {employee: slot.planned() for employee, slot in open_.items() if not slot.takes_calls}
        self.book.keep_many(noted)
        outcomes |= {employee: Outcome(next_at=slots[employee].next_look(row)) for employee, row in noted.items()}
        asked = [slot.picture for employee, slot in open_.items() if employee not in noted]
        return outcomes | one_by_one(asked, lambda picture: self._show(slots[picture.employee]))

    def abandon(self, employee: str) -> None:
        row = self.book.of(employee)
        if row is not None and row.before is None:  # else what his mailbox holds is still to be given back
            self.book.forget(employee)

    def _slots(self, pictures: Sequence[Picture]) -> list[Slot]:
        rules, rows = self.rules(), self.book.of_many([each.employee for each in pictures])
        return [
            Slot(
                each,
                rows.get(each.employee),
                reply_for(each.segments, each.person, rules, each.now, each.delegate),
                rules.replies.lead,
            )
            for each in pictures
        ]

    def _steps(self, slot: Slot) -> list[Step]:
        row, wanted = slot.row, slot.wanted
        if slot.is_settled:
            return []
        removed = [Step(self.name, Action.REMOVE, "", row.span)] if row is not None and row.before is not None else []
        if wanted is None:
            return removed
        if removed and not slot.is_elsewhere:
            return [Step(self.name, Action.CHANGE, "", wanted.span)]
        return [*removed, Step(self.name, Action.CREATE, "", wanted.span)]

    def _show(self, slot: Slot) -> Outcome:
        row, calls = slot.row, 0
        if row is not None and (slot.is_elsewhere or not slot.is_due):
            calls, row = self._give_back(slot.picture, row), None
        if slot.wanted is not None and slot.is_due:
            row, written = self._write(replace(slot, row=row), slot.wanted)
            return Outcome(calls + written, slot.next_look(row))
        planned = slot.planned()
        self.book.keep_many({slot.picture.employee: planned})
        return Outcome(calls, slot.next_look(planned))

    def _give_back(self, picture: Picture, row: ReplyRow) -> int:
        """Restore what stood in the slot, if it still holds what the hub put there; return the calls."""
        calls = 0
        try:
            if row.before is not None and holds_ours(self.mailboxes.reply(row.user_id), row, picture.now):
                self.mailboxes.set_reply(row.user_id, put_back(loaded(row.before), picture.now))
                crashpoint("timesync.after_restore")
                calls = 1
        except NotFound:  # of a mailbox that is gone, nothing is left to give back
            self.book.forget(picture.employee)
            if row.user_id == picture.user_id:
                raise
        return calls

    def _write(self, slot: Slot, wanted: Reply) -> tuple[ReplyRow, int]:
        """Give the mailbox its reply, unless the slot is its owner's; return what is now true, and the calls."""
        picture, row = slot.picture, slot.row
        current = self.mailboxes.reply(picture.user_id)
        is_ours = holds_ours(current, row, picture.now)
        if row is not None and slot.was_ours and not is_ours:
            return self._release(picture, released(picture, wanted, wanted.span.end, mark_of(current))), 0
        own = loaded(row.before) if is_ours and row is not None and row.before else current
        if own.answers(picture.now, wanted.span.end):
            if is_ours:  # the absence grew into the period of what was to be put back
                self.mailboxes.set_reply(picture.user_id, put_back(own, picture.now))
            return self._release(picture, released(picture, wanted, free_from(own, wanted))), int(is_ours)
        return self._start(picture, wanted, own, mark_of(current) if is_ours else ""), 1

    def _release(self, picture: Picture, row: ReplyRow) -> ReplyRow:
        self.book.keep(picture.employee, row)
        return row

    def _start(self, picture: Picture, wanted: Reply, own: AutomaticReply, previous: str) -> ReplyRow:
        setting = setting_of(wanted, picture.now)
        row = row_of(picture, wanted, ReplyState.STARTED)
        row = replace(row, written=mark_of(setting), before=dumped(own), previous=previous)
        self.book.keep(picture.employee, row)
        made = self.mailboxes.set_reply(picture.user_id, setting)
        crashpoint("timesync.after_reply")
        self.book.made(picture.employee, mark_of(made))
        return row
