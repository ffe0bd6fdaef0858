"""What belongs to a person: the account's properties, the mailbox and what colleagues see of their presence."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sandbox.calendars import Event
from sandbox.mail import Mail
from sandbox.replies import Replies

# https://learn.microsoft.com/en-us/graph/api/user-list - without $select Graph returns these only
DEFAULT_PROPERTIES = (
    "businessPhones", "displayName", "givenName", "id", "jobTitle", "mail", "mobilePhone", "officeLocation",
    "preferredLanguage", "surname", "userPrincipalName",
)  # fmt: skip
DIRECTORY_DEFAULTS: dict[str, Any] = {
    "accountEnabled": True,
    "businessPhones": [],
    "city": None,
    "companyName": None,
    "createdDateTime": None,
    "department": None,
    "displayName": None,
    "employeeHireDate": None,
    "employeeId": None,
    "employeeType": None,
    "givenName": None,
    "id": None,
    "jobTitle": None,
    "mail": None,
    "mailNickname": None,
    "mobilePhone": None,
    "officeLocation": None,
    "preferredLanguage": None,
    "proxyAddresses": [],
    "surname": None,
    "usageLocation": None,
    "userPrincipalName": None,
    "userType": "Member",
}


@dataclass(frozen=True)
class Group:
    """A security group: *members* are ids of accounts and of other groups. That of a team has a *visibility*."""

    id: str
    name: str
    members: list[str] = field(default_factory=list)
    visibility: str | None = None  # Private, Public, HiddenMembership


@dataclass(frozen=True)
class Session:
    """The presence that somebody or an application set, until it expires."""

    id: str  # of the application; nothing for a preference
    availability: str
    activity: str
    until: datetime


@dataclass(frozen=True)
class Status:
    """A status message in Teams; *until* None: until it is replaced."""

    text: str
    until: datetime | None


@dataclass
class Mailbox:
    """A person's (or a shared) mailbox: calendar, mail, automatic reply, and what Teams knows of them."""

    purpose: str = "user"
    time_zone: str = "Romance Standard Time"
    events: dict[str, Event] = field(default_factory=dict)
    # every transactionId ever used: deleting the event does not free it
    transactions: set[str] = field(default_factory=set)
    replies: Replies = field(default_factory=Replies)
    status: Status | None = None
    session: Session | None = None
    preference: Session | None = None
    has_teams_open: bool = True

    @cached_property
    def mail(self) -> Mail:
        """The folders, made when somebody looks: of ten thousand mailboxes few are read."""
        return Mail()
