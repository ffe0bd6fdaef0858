"""One fake of everything at Microsoft that timesync talks to: accounts, calendars and automatic replies."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.graph.calendar import Appointment, Found
from shared.graph.directory import User
from shared.graph.errors import Conflict, NotFound, Stale
from shared.graph.mailbox import AutomaticReply

OFF = AutomaticReply("disabled", datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2026-01-02"), "", "")


@dataclass
class Outlook:
    """Mailboxes by user id. `calls` lists every change, in order; `fail_next` is raised by the next of them."""

    users: list[User] = field(default_factory=list)
    events: dict[str, dict[str, Found]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    transactions: set[str] = field(default_factory=set)
    replies: dict[str, AutomaticReply] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    fail_next: Exception | None = None
    die_after_next: bool = False
    added: int = 0

    def add(self, employee: str, *, mailbox: bool = True, upn: str | None = None, numbered: bool = True) -> str:
        """Add an account and return its id."""
        self.added += 1
        user_id = f"user-{self.added}"
        name = upn or f"{employee}@example.org"
        self.users.append(User(user_id, name, employee if numbered else None, name if mailbox else None))
        if mailbox:
            self.events[user_id] = {}
        return user_id

    def retire(self, user_id: str) -> None:
        """Delete an account; its mailbox stays for a while."""
        self.users = [user for user in self.users if user.id != user_id]

    def shown(self, user_id: str) -> list[tuple[str, str, str]]:
        """Return what stands in a calendar: start, end and show-as, by start."""
        found = sorted(self.events[user_id].values(), key=lambda each: each.shown.start)
        return [
            (
                each.shown.start.isoformat(timespec="minutes"),
                each.shown.end.isoformat(timespec="minutes"),
                each.shown.show_as,
            )
            for each in found
        ]

    def only(self, user_id: str) -> Found:
        (event,) = self.events[user_id].values()
        return event

    def touch(self, user_id: str, **changes: object) -> None:
        """Let the owner change the only event."""
        event = self.only(user_id)
        shown = replace(event.shown, **changes)  # type: ignore[arg-type]  # the test says which
        self.events[user_id][event.id] = Found(event.id, event.etag + "'", shown)

    # --- accounts

    def user(self, id_or_upn: str) -> User | None:
        return next((user for user in self.users if id_or_upn in (user.id, user.upn)), None)

    def with_employee_id(self, employee: str) -> list[User]:
        return [user for user in self.users if user.employee == employee]

    # --- calendars

    def create(self, user_id: str, appointment: Appointment, *, key: str, transaction: str) -> Found:
        calendar = self._calendar(user_id)
        self._change("create")
        if transaction in self.transactions:
            raise Conflict("graph_409", "duplicate", "ErrorDuplicateTransactionId")
        self.transactions.add(transaction)
        event = Found(f"event-{len(self.transactions)}", "v1", appointment)
        calendar[event.id] = event
        self.keys[event.id] = key
        self._maybe_die()
        return event

    def find(self, user_id: str, key: str) -> Found | None:
        return next((event for event in self._calendar(user_id).values() if self.keys[event.id] == key), None)

    def read(self, user_id: str, event_id: str) -> Found | None:
        return self._calendar(user_id).get(event_id)

    def change(self, user_id: str, event_id: str, appointment: Appointment, *, etag: str) -> Found:
        calendar = self._calendar(user_id)
        self._change("change")
        if event_id not in calendar:
            raise NotFound("graph_404", "gone", "ErrorItemNotFound")
        if calendar[event_id].etag != etag:
            raise Stale("graph_412", "changed meanwhile")
        calendar[event_id] = Found(event_id, f"v{len(self.calls) + 1}", appointment)
        self._maybe_die()
        return calendar[event_id]

    def remove(self, user_id: str, event_id: str) -> None:
        self._change("remove")
        self._calendar(user_id).pop(event_id, None)

    # --- automatic replies

    def reply(self, user_id: str) -> AutomaticReply:
        self._calendar(user_id)
        return self.replies.get(user_id, OFF)

    def set_reply(self, user_id: str, reply: AutomaticReply) -> AutomaticReply:
        self._change("reply")
        # Exchange wraps the HTML it is given
        tidied = replace(reply, internal=f"<!-- tidy -->{reply.internal}") if reply.internal else reply
        self.replies[user_id] = tidied
        self._maybe_die()
        return tidied

    def _calendar(self, user_id: str) -> dict[str, Found]:
        if user_id not in self.events:
            raise NotFound("graph_404", "no mailbox", "MailboxNotEnabledForRESTAPI")
        return self.events[user_id]

    def _change(self, name: str) -> None:
        if self.fail_next is not None:
            failure, self.fail_next = self.fail_next, None
            raise failure
        self.calls.append(name)

    def _maybe_die(self) -> None:
        if self.die_after_next:
            self.die_after_next = False
            raise Killed


class Killed(BaseException):
    """The process died right after an effect."""
