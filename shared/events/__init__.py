"""The contracts between the services: every event there is."""

from __future__ import annotations

from shared.events.absences import AbsenceHeld, AbsenceReleased, AbsencesChanged, AbsencesHinted, AbsencesShown
from shared.events.clock import ClockStruck
from shared.events.contract import Event
from shared.events.graph import GraphResourceChanged, LifecycleSignalled
from shared.events.mail import MailArrived, MailFiled, MailHeld
from shared.events.messages import (
    Attempt,
    MessageDiscardRequested,
    MessageParked,
    MessageRetryRequested,
    MessageUnparked,
    ReplayRequested,
)
from shared.events.notices import NoticeSent

# Adding an optional field keeps vN; removing or re-meaning one makes vN+1 beside it.
CATALOGUE: tuple[type[Event], ...] = (
    ClockStruck,
    GraphResourceChanged,
    LifecycleSignalled,
    AbsencesHinted,
    AbsencesChanged,
    AbsencesShown,
    AbsenceHeld,
    AbsenceReleased,
    MailArrived,
    MailFiled,
    MailHeld,
    NoticeSent,
    MessageParked,
    MessageRetryRequested,
    MessageDiscardRequested,
    MessageUnparked,
    ReplayRequested,
)

BY_TYPE: dict[str, type[Event]] = {contract.TYPE: contract for contract in CATALOGUE}

__all__ = [
    "BY_TYPE",
    "CATALOGUE",
    "AbsenceHeld",
    "AbsenceReleased",
    "AbsencesChanged",
    "AbsencesHinted",
    "AbsencesShown",
    "Attempt",
    "ClockStruck",
    "Event",
    "GraphResourceChanged",
    "LifecycleSignalled",
    "MailArrived",
    "MailFiled",
    "MailHeld",
    "MessageDiscardRequested",
    "MessageParked",
    "MessageRetryRequested",
    "MessageUnparked",
    "NoticeSent",
    "ReplayRequested",
]
