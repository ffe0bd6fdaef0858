"""One fake of everything at Microsoft that timesync talks to: accounts, calendars and automatic replies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.errors import HubError
from shared.graph.calendar import Appointment, Change, Creation, Found, Removal, Reshaping
from shared.graph.directory import Accounts, User
from shared.graph.errors import Conflict, NotFound, Stale, Unreachable
from shared.graph.mailbox import AutomaticReply

OFF = AutomaticReply("disabled", datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2026-01-02"), "", "")


@dataclass
class Outlook:
    """Mailboxes by user id. `calls` lists every change and `asked` every question, in order.

    `fail_next` is raised by the next change, what stands in `trouble` by every change of that mailbox.
    """

    users: list[User] = field(default_factory=list)
    events: dict[str, dict[str, Found]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    transactions: set[str] = field(default_factory=set)
    replies: dict[str, AutomaticReply] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    fail_next: Exception | None = None
    die_after_next: bool = False
    added: int = 0
    changed: list[str] = field(default_factory=list)  # accounts that the next delta tells of
    groups: dict[str, list[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    trouble: dict[str, HubError] = field(default_factory=dict)
    page_size: int = 1000  # accounts
    forgets_link: bool = False  # the next link that it gets was too old
    breaks_at: str | None = "never"  # the link at which the directory does not answer, once

    def add(self, employee: str, *, mailbox: bool = True, upn: str | None = None, numbered: bool = True) -> str:
        """Add an account and return its id."""
        self.added += 1
        user_id = f"user-{self.added}"
        name = upn or f"{employee}@example.org"
        self.users.append(User(user_id, name, employee if numbered else None, name if mailbox else None))
        if mailbox:
            self.events[user_id] = {}
        return user_id

    def change(self, user_id: str, **changes: object) -> None:
        """Let somebody change an account; the next delta tells that there was a change."""
        users = [replace(user, **changes) if user.id == user_id else user for user in self.users]  # type: ignore[arg-type]  # the test says which
        self.users = users
        self.changed.append(user_id)

    def retire(self, user_id: str) -> None:
        """Delete an account; its mailbox stays for a while."""
        self.changed.append(user_id)
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
        self.asked.append(f"user {id_or_upn}")
        return next((user for user in self.users if id_or_upn in (user.id, user.upn)), None)

    def delta(self, link: str | None) -> Accounts:
        """Return everybody the first time, page by page, and later which accounts were `changed` since."""
        self.asked.append(f"delta {link}")
        if link == self.breaks_at:
            self.breaks_at = "never"
            raise Unreachable("graph_unreachable", "no answer")
        forgotten, self.forgets_link = self.forgets_link, False
        if link == "changes" and not forgotten:
            return self._changes()
        at = 0 if link is None or forgotten else int(link)
        following = at + self.page_size
        is_over = following >= len(self.users)
        page, next_link = self.users[at:following], "changes" if is_over else str(following)
        return Accounts(page, [], next_link, is_over=is_over, is_start=at == 0)

    def _changes(self) -> Accounts:
        """Tell no more of a change than Graph must: the id."""
        changed, self.changed = self.changed, []
        there = {user.id for user in self.users}
        users = [User(user_id, "") for user_id in changed if user_id in there]
        return Accounts(users, [each for each in changed if each not in there], "changes", is_over=True, is_start=False)

    def members(self, group_id: str) -> Iterator[str]:
        self.asked.append(f"members {group_id}")
        if group_id not in self.groups:
            raise NotFound("graph_404", "no such group", "Request_ResourceNotFound")
        yield from self.groups[group_id]

    # --- calendars

    def apply(self, changes: Sequence[Change]) -> list[Found | HubError | None]:
        return [self._applied(change) for change in changes]

    def _applied(self, change: Change) -> Found | HubError | None:
        try:
            match change:
                case Creation(user_id, shape, key, transaction):
                    return self._create(user_id, shape, key=key, transaction=transaction)
                case Reshaping(user_id, event_id, shape, etag):
                    return self._reshape(user_id, event_id, shape, etag=etag)
                case Removal(user_id, event_id):
                    self._change("remove", user_id)
                    if self._calendar(user_id).pop(event_id, None) is None:
                        raise NotFound("graph_404", "gone", "ErrorItemNotFound")
                    return None
        except HubError as error:
            return error

    def _create(self, user_id: str, appointment: Appointment, *, key: str, transaction: str) -> Found:
        calendar = self._calendar(user_id)
        self._change("create", user_id)
        if transaction in self.transactions:
            raise Conflict("graph_409", "duplicate", "ErrorDuplicateTransactionId")
        self.transactions.add(transaction)
        event = Found(f"event-{len(self.transactions)}", "v1", appointment)
        calendar[event.id] = event
        self.keys[event.id] = key
        self._maybe_die()
        return event

    def find(self, user_id: str, key: str) -> Found | None:
        self.asked.append(f"find {user_id}")
        return next((event for event in self._calendar(user_id).values() if self.keys.get(event.id) == key), None)

    def own_events_many(
        self, user_ids: Sequence[str], since: datetime, until: datetime
    ) -> list[list[tuple[str, Found]] | HubError]:
        self.asked.append(f"own events of {len(user_ids)}")
        return [self._own_events(user_id, since, until) for user_id in user_ids]

    def _own_events(self, user_id: str, since: datetime, until: datetime) -> list[tuple[str, Found]] | HubError:
        if user_id in self.trouble:
            return self.trouble[user_id]
        if user_id not in self.events:
            return NotFound("graph_404", "no mailbox", "MailboxNotEnabledForRESTAPI")
        return [
            (self.keys[event.id], event)
            for event in self.events[user_id].values()
            if event.id in self.keys and event.shown.start < until and event.shown.end > since
        ]

    def put(self, user_id: str, key: str | None, shown: Appointment) -> str:
        """Let an event stand there that the hub did not make just now; with a *key* it is one of the hub's."""
        event = Found(f"put-{len(self.events[user_id])}", "v1", shown)
        self.events[user_id][event.id] = event
        if key is not None:
            self.keys[event.id] = key
        return event.id

    def read(self, user_id: str, event_id: str) -> Found | None:
        self.asked.append(f"read {user_id}")
        return self._calendar(user_id).get(event_id)

    def _reshape(self, user_id: str, event_id: str, appointment: Appointment, *, etag: str) -> Found:
        calendar = self._calendar(user_id)
        self._change("change", user_id)
        if event_id not in calendar:
            raise NotFound("graph_404", "gone", "ErrorItemNotFound")
        if calendar[event_id].etag != etag:
            raise Stale("graph_412", "changed meanwhile")
        calendar[event_id] = Found(event_id, f"v{len(self.calls) + 1}", appointment)
        self._maybe_die()
        return calendar[event_id]

    # --- automatic replies

    def reply(self, user_id: str) -> AutomaticReply:
        self.asked.append(f"reply {user_id}")
        self._calendar(user_id)
        return self.replies.get(user_id, OFF)

    def set_reply(self, user_id: str, reply: AutomaticReply) -> AutomaticReply:
        self._change("reply", user_id)
        # Exchange wraps the HTML it is given
        tidied = replace(reply, internal=f"<!-- tidy -->{reply.internal}") if reply.internal else reply
        self.replies[user_id] = tidied
        self._maybe_die()
        return tidied

    def _calendar(self, user_id: str) -> dict[str, Found]:
        if user_id not in self.events:
            raise NotFound("graph_404", "no mailbox", "MailboxNotEnabledForRESTAPI")
        return self.events[user_id]

    def _change(self, name: str, user_id: str) -> None:
        if user_id in self.trouble:
            raise self.trouble[user_id]
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
