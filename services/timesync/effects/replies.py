"""Schedules the automatic reply of an absence, in a slot that belongs to the owner of the mailbox."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from services.timesync.domain.replies import Reply
from services.timesync.store.replies import ReplyBook, ReplyRow, ReplyState
from shared.crashpoints import crashpoint
from shared.graph.mailbox import AutomaticReply


class Mailboxes(Protocol):
    """The automatic replies of the tenant; shared.graph.mailbox.Mailbox is one."""

    def reply(self, user_id: str) -> AutomaticReply: ...
    def set_reply(self, user_id: str, reply: AutomaticReply) -> AutomaticReply: ...


@dataclass(frozen=True)
class ReplyEffect:
    """Automatic replies for absences. What stood there before comes back afterwards."""

    mailboxes: Mailboxes
    book: ReplyBook

    def show(self, employee: str, user_id: str, wanted: Reply | None, now: datetime) -> int:
        """Bring the mailbox to *wanted* and return how many changes that took. *now* is local wall clock.

        A reply that its owner wrote, changed or switched off is left alone. Safe to repeat.
        """
        row = self.book.of(employee)
        if _is_settled(row, wanted, now):
            return 0
        current = self.mailboxes.reply(user_id)
        mine = row if row is not None and _is_ours(current, row) else None
        if wanted is None:
            return self._restore(employee, user_id, mine, now)
        if mine is None and (current.is_on(now) or _was_same_absence(row, wanted)):
            self.book.keep(employee, ReplyRow(ReplyState.RELEASED, wanted.span.start, _plan(wanted), "", None))
            return 0
        before, previous = mine.before if mine else _dump(current), _hash(_dump(current)) if mine else ""
        reply = _setting(wanted, now)
        started = ReplyRow(ReplyState.STARTED, wanted.span.start, _plan(wanted), _period(reply), before, previous)
        self.book.keep(employee, started)
        made = self.mailboxes.set_reply(user_id, reply)
        crashpoint("timesync.after_reply")
        self.book.made(employee, _hash(_dump(made)))
        return 1

    def _restore(self, employee: str, user_id: str, mine: ReplyRow | None, now: datetime) -> int:
        if mine is not None and mine.before is not None:
            before = _load(mine.before)
            if not before.is_on(now):  # a schedule in the past is refused
                before = replace(before, status="disabled")
            self.mailboxes.set_reply(user_id, before)
            crashpoint("timesync.after_restore")
        self.book.forget(employee)
        return int(mine is not None)


def _setting(wanted: Reply, now: datetime) -> AutomaticReply:
    # "for a future date range": https://learn.microsoft.com/en-us/graph/api/user-update-mailboxsettings
    start = max(wanted.span.start, now.replace(microsecond=0))
    return AutomaticReply("scheduled", start, wanted.span.end, wanted.internal, wanted.external)


def _is_settled(row: ReplyRow | None, wanted: Reply | None, now: datetime) -> bool:
    if row is None or wanted is None:
        return row is None and wanted is None
    if row.state is ReplyState.STARTED or row.wanted != _plan(wanted):
        return False
    # Once the absence is going on, its first day says nothing any more.
    return row.absence_start == wanted.span.start or max(row.absence_start, wanted.span.start) <= now


def _is_ours(current: AutomaticReply, row: ReplyRow) -> bool:
    if row.state is ReplyState.STARTED:  # a crash may have come between: the period tells
        return row.written == _period(current) or row.previous == _hash(_dump(current))
    return row.written == _hash(_dump(current))


def _was_same_absence(row: ReplyRow | None, wanted: Reply) -> bool:
    """Tell whether the owner let go of the hub's reply during this very absence."""
    return row is not None and row.state is ReplyState.DONE and row.absence_start == wanted.span.start


def _plan(wanted: Reply) -> str:
    return _hash(repr((wanted.span.end, wanted.internal, wanted.external)))


def _period(reply: AutomaticReply) -> str:
    return _hash(f"{reply.status}|{reply.start}|{reply.end}")


def _dump(reply: AutomaticReply) -> str:
    return json.dumps(reply.as_json(), sort_keys=True)


def _load(text: str) -> AutomaticReply:
    return AutomaticReply.from_json(json.loads(text))


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
