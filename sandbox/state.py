"""The tenant: everything the stand-in remembers, in memory, behind one lock."""

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.calendars import Event
from sandbox.codes import Code
from sandbox.courier import Courier
from sandbox.directory import DIRECTORY_DEFAULTS, Group, Mailbox
from sandbox.errors import GraphError, not_found
from sandbox.faults import Faults
from sandbox.journal import Call, Effect, Kind
from sandbox.library import Library
from sandbox.limits import Limits
from sandbox.mail import Folder, Message
from sandbox.replies import Replies
from sandbox.rich import Signer
from sandbox.rounds import Rounds
from sandbox.subscriptions import Change, Subscriptions
from sandbox.teams import Team
from sandbox.uploads import Upload
from sandbox.zones import utc

Json = dict[str, Any]  # JSON as it goes over the wire: the whole sandbox is an edge


@dataclass
class Tenant:
    """A whole Microsoft 365 tenant. Take *lock* to read or change more than one thing at a time."""

    tenant_id: str
    client_id: str
    client_secret: str
    trusted_certificates: list[str] = field(default_factory=list)  # PEM
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    users: dict[str, Json] = field(default_factory=dict)
    deleted_users: dict[str, Json] = field(default_factory=dict)  # restorable
    ids: dict[str, str] = field(default_factory=dict)  # of users, by user principal name in lower case
    emptied: set[tuple[str, str]] = field(default_factory=set)  # (id of a user, property that was set to nothing)
    mailboxes: dict[str, Mailbox] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    sites: dict[str, Json] = field(default_factory=dict)
    drives: dict[str, Library] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    ledger: list[Effect] = field(default_factory=list)
    requests: list[Call] = field(default_factory=list)
    counts: Counter[Kind] = field(default_factory=Counter)
    latency_seconds: float = 0.0
    tokens: dict[str, datetime] = field(default_factory=dict)  # token -> when it ends
    seen_assertions: set[str] = field(default_factory=set)
    codes: dict[str, Code] = field(default_factory=dict)  # of people who sign in
    app_roles: dict[str, list[str]] = field(default_factory=dict)  # id of a user -> roles in the hub's application
    extra: dict[str, object] = field(default_factory=dict)  # of the systems around Microsoft 365
    faults: Faults = field(default_factory=Faults)
    signer: Signer = field(default_factory=Signer)
    subscriptions: Subscriptions = field(init=False)
    limits: Limits = field(init=False)
    courier: Courier = field(default_factory=Courier)
    rounds: Rounds = field(default_factory=Rounds)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def __post_init__(self) -> None:
        self.subscriptions = Subscriptions(self.tenant_id, self.client_id, self.now, self.signer)
        self.limits = Limits(self.now)

    @staticmethod
    def voorbeeldegem() -> "Tenant":
        """Return the sample municipality, fresh."""
        from sandbox.voorbeeldegem import voorbeeldegem  # noqa: PLC0415 - it is built from this module

        return voorbeeldegem()

    def now(self) -> datetime:
        return self.clock().astimezone(UTC)

    def record(self, kind: str, key: str, object_id: str, action: str, extra: Json | None = None) -> None:
        with self.lock:
            self.ledger.append(Effect(kind, key, object_id, action, self.now(), extra or {}))

    def effects(self, kind: str, key: str | None = None) -> list[Effect]:
        """Return what the ledger holds of *kind* (and *key*), oldest first."""
        with self.lock:
            return [effect for effect in self.ledger if effect.kind == kind and key in (None, effect.key)]

    def changed(self, change: Change) -> None:
        """Tell the subscribers, now or as soon as they answer."""
        with self.lock:
            notices = list(self.subscriptions.notices(change))
        self.courier.post(notices)

    # people

    def add_user(self, properties: Json, purpose: str | None = "user") -> Json:
        """Create an account, with a mailbox of *purpose* unless None; subscribers of `users` hear of it."""
        with self.lock:
            user: Json = DIRECTORY_DEFAULTS | {"id": str(uuid.uuid4()), "createdDateTime": utc(self.now())} | properties
            self.users[user["id"]] = user
            self.ids[user["userPrincipalName"].lower()] = user["id"]
            if purpose is not None:
                self.mailboxes[user["id"]] = Mailbox(purpose=purpose)
            self.user_changed(user, "created")
            return user

    def update_user(self, key: str, properties: Json) -> Json:
        with self.lock:
            user = self.user(key)
            self.ids.pop(user["userPrincipalName"].lower(), None)
            user.update(properties)
            self.ids[user["userPrincipalName"].lower()] = user["id"]
            self.emptied |= {(user["id"], name) for name, value in properties.items() if value is None}
            self.user_changed(user, "updated")
            return user

    def delete_user(self, key: str) -> None:
        """Delete an account and its mailbox; the account can be restored until it is purged."""
        with self.lock:
            user = self.users.pop(self.user(key)["id"])
            del self.ids[user["userPrincipalName"].lower()]
            self.deleted_users[user["id"]] = user
            self.mailboxes.pop(user["id"], None)
            self.user_changed(user, "deleted")

    def purge_user(self, user_id: str) -> None:
        """Delete for good what delete_user left. Raises: GraphError 404."""
        with self.lock:
            if user_id not in self.deleted_users:
                raise not_found(f"Resource '{user_id}' does not exist.", "Request_ResourceNotFound")
            self.user_changed(self.deleted_users.pop(user_id), "purged")

    def user_changed(self, user: Json, action: str) -> None:
        self.record("user", user["userPrincipalName"], user["id"], action)
        # a new account and a restorable one arrive as `updated` too
        # https://learn.microsoft.com/en-us/graph/change-notifications-overview
        kind = "deleted" if action == "purged" else "updated"
        for topic in ("users", f"users/{user['id']}"):
            self.changed(Change(topic, kind, "User", "Users", user["id"]))

    def user(self, key: str) -> Json:
        """Return the account with id or user principal name *key*. Raises: GraphError 404."""
        with self.lock:
            if id_ := self.id_of(key):
                return self.users[id_]
        raise not_found(f"Resource '{key}' does not exist.", "Request_ResourceNotFound")

    def id_of(self, key: str) -> str | None:
        """Return the id of the account with id or user principal name *key*, None when there is none."""
        return key if key in self.users else self.ids.get(key.lower())

    def add_group(
        self, name: str, members: Iterable[str], group_id: str | None = None, visibility: str | None = None
    ) -> Group:
        """Create a group of accounts and other groups, by id; one of a team says who finds it."""
        with self.lock:
            group = Group(group_id or str(uuid.uuid4()), name, list(members), visibility)
            self.groups[group.id] = group
            self.record("group", name, group.id, "created")
            return group

    def add_guest(self, team_id: str) -> str:
        """Invite somebody from outside to a team; return the id of the account that is made for them."""
        with self.lock:
            name = f"gast{len(self.users)}_example.net#EXT#@example.org"
            guest = self.add_user({"userPrincipalName": name, "displayName": "Gast", "userType": "Guest"}, purpose=None)
            self.groups[team_id].members.append(guest["id"])
            return str(guest["id"])

    def mailbox(self, key: str) -> Mailbox:
        """Return the mailbox of *key*. Raises: GraphError 404 when there is no such person or mailbox."""
        with self.lock:
            try:
                return self.mailboxes[self.user(key)["id"]]
            except GraphError as error:
                raise not_found(f"The requested user '{key}' is invalid.", "ErrorInvalidUser") from error
            except KeyError as error:
                message = "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
                raise not_found(message, "MailboxNotEnabledForRESTAPI") from error

    def events(self, key: str) -> list[Event]:
        """Return the events in the calendar of *key*, by start."""
        with self.lock:
            return sorted(self.mailbox(key).events.values(), key=lambda event: (event.start, event.id))

    def replies(self, key: str) -> Replies:
        with self.lock:
            return self.mailbox(key).replies

    # mail

    def deliver(self, key: str, raw: bytes) -> Message:
        """Put an .eml in the inbox of *key*. Raises: GraphError 404."""
        with self.lock:
            mail = self.mailbox(key).mail
            message = mail.add(raw, self.now())
            self.message_changed(key, message, mail.folder("inbox"), "created")
            return message

    def move_message(self, key: str, message: Message, folder: Folder) -> None:
        with self.lock:
            mail = self.mailbox(key).mail
            # one folder loses it and the other gains it, which is all that a subscriber hears of a move
            # https://learn.microsoft.com/en-us/graph/outlook-change-notifications-overview
            self._tell_of_message(key, message, mail.folder(message.folder), "deleted")
            mail.move(message, folder, self.now())
            self._tell_of_message(key, message, folder, "created")
            self._record_message(key, message, folder, "moved")

    def message_changed(self, key: str, message: Message, folder: Folder, action: str) -> None:
        with self.lock:
            self._record_message(key, message, folder, action)
            self._tell_of_message(key, message, folder, action)

    def _record_message(self, key: str, message: Message, folder: Folder, action: str) -> None:
        extra = {"user": self.user(key)["userPrincipalName"], "folder": folder.name}
        self.record("message", message.message_id, message.id, action, extra)

    def _tell_of_message(self, key: str, message: Message, folder: Folder, kind: str) -> None:
        user_id = self.user(key)["id"]
        places = [f"mailfolders/{name.lower()}/" for name in (folder.id, folder.well_known) if name]
        ids = (message.public_id(immutable=True), message.public_id(immutable=False), message.etag)
        for place in ("", *places):
            topic = f"users/{user_id}/{place}messages"
            thing = None if kind == "deleted" else lambda immutable: message.rendered(immutable=immutable)
            self.changed(Change(topic, kind, "Message", f"Users/{user_id}/Messages", *ids, thing=thing))
