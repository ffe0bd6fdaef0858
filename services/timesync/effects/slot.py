"""The one automatic reply that a mailbox has: what the book says of it, what it should hold, and whose it is."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from html import unescape

from services.timesync.domain.replies import Reply
from services.timesync.domain.spans import Span
from services.timesync.effects.base import Picture
from services.timesync.store.replies import ReplyRow, ReplyState
from shared.graph.mailbox import AutomaticReply

_UNSEEN = re.compile(r"<(head|style|script)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Slot:
    """One mailbox now: its *row* in the book, and the reply that is *wanted* from *lead* before it counts."""

    picture: Picture
    row: ReplyRow | None
    wanted: Reply | None
    lead: timedelta

    @property
    def is_due(self) -> bool:
        return self.wanted is not None and self.wanted.span.start - self.lead <= self.picture.now

    @property
    def is_elsewhere(self) -> bool:
        """Tell whether the book speaks of another account than the one he has now."""
        return self.row is not None and self.row.user_id != self.picture.user_id

    @property
    def is_settled(self) -> bool:
        """Tell whether nothing is to be done, by the book."""
        row, wanted, now = self.row, self.wanted, self.picture.now
        if row is None or wanted is None:
            return row is None and wanted is None
        if self.is_elsewhere or row.state is ReplyState.STARTED or row.wanted != _plan(wanted):
            return False
        # Once the absence is going on, its first day says nothing any more: old days are forgotten.
        same_start = row.span.start == wanted.span.start or max(row.span.start, wanted.span.start) <= now
        if row.state is ReplyState.RELEASED:
            return same_start and now < row.span.end
        return same_start and (row.state is ReplyState.DONE) is self.is_due

    @property
    def takes_calls(self) -> bool:
        """Tell whether the mailbox must be asked, when the slot is not settled; else a line in the book will do."""
        return self.is_due or (self.row is not None and self.row.before is not None)

    @property
    def was_ours(self) -> bool:
        """Tell whether the mailbox held the hub's reply of this very absence."""
        row = self.row
        if row is None or self.wanted is None or not row.span.overlap(self.wanted.span):
            return False
        return bool(row.previous if row.state is ReplyState.STARTED else row.written)

    def planned(self) -> ReplyRow | None:
        """Return what to remember until the reply is due."""
        return row_of(self.picture, self.wanted, ReplyState.PLANNED) if self.wanted else None

    def next_look(self, row: ReplyRow | None) -> datetime | None:
        """Return when to look again, given what the book says by now."""
        if row is None:
            return None
        return row.span.start - self.lead if row.state is ReplyState.PLANNED else row.span.end


def row_of(picture: Picture, wanted: Reply, state: ReplyState) -> ReplyRow:
    return ReplyRow(picture.user_id, state, wanted.span, _plan(wanted))


def setting_of(wanted: Reply, now: datetime) -> AutomaticReply:
    # "for a future date range": https://learn.microsoft.com/en-us/graph/api/user-update-mailboxsettings
    start = max(wanted.span.start, now.replace(second=0, microsecond=0))
    return AutomaticReply("scheduled", start, wanted.span.end, wanted.internal, wanted.external, wanted.audience)


def free_from(own: AutomaticReply, wanted: Reply) -> datetime:
    """Return when the owner's reply leaves the slot to *wanted*; its end when it never does."""
    return wanted.span.end if own.status == "alwaysEnabled" else min(own.end, wanted.span.end)


def released(picture: Picture, wanted: Reply, until: datetime, written: str = "") -> ReplyRow:
    """Return the row of a slot that is its owner's. *written*: he let go of the hub's reply."""
    row = row_of(picture, wanted, ReplyState.RELEASED)
    return replace(row, span=Span(wanted.span.start, until), written=written)


def holds_ours(current: AutomaticReply, row: ReplyRow | None, now: datetime) -> bool:
    """Tell whether the slot holds what the hub put there; after a crash, also what it was about to replace."""
    if row is None or row.before is None:
        return False
    marks = {mark_of(current)}
    if current.status == "disabled" and current.end <= now:  # a schedule that ran out, however Exchange shows it
        marks.add(mark_of(replace(current, status="scheduled")))
    return row.written in marks or (row.state is ReplyState.STARTED and row.previous in marks)


def put_back(before: AutomaticReply, now: datetime) -> AutomaticReply:
    """Return *before* as it can be restored: a schedule in the past is refused."""
    if before.status != "scheduled":
        return before
    if before.end <= now:
        return replace(before, status="disabled")
    return replace(before, start=max(before.start, now.replace(second=0, microsecond=0)))


def mark_of(reply: AutomaticReply) -> str:
    """Return what changes when the owner changes the reply, and not when Exchange tidies its HTML."""
    period = [moment.replace(second=0, microsecond=0) for moment in (reply.start, reply.end)]
    return _hash(repr((reply.status, period, reply.audience, _plain(reply.internal), _plain(reply.external))))


def dumped(reply: AutomaticReply) -> str:
    return json.dumps(reply.as_json(), sort_keys=True)


def loaded(text: str) -> AutomaticReply:
    return AutomaticReply.from_json(json.loads(text))


def _plan(wanted: Reply) -> str:
    return _hash(repr((wanted.span.end, wanted.internal, wanted.external, wanted.audience)))


def _plain(html: str) -> str:
    return " ".join(unescape(_UNSEEN.sub(" ", html)).split())


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
