"""The contracts between the services: every event there is."""

from __future__ import annotations

from shared.events.absences import (
    AbsenceHeld,
    AbsenceReleased,
    AbsencesChanged,
    AbsencesHinted,
    AbsencesShown,
    RereadWanted,
)
from shared.events.clock import ClockStruck
from shared.events.contract import Event
from shared.events.graph import GraphResourceChanged, LifecycleSignalled, RepairWanted
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
from shared.events.reported import AbsenceReported, DeliveryRefused, LetterReported, NoticeRequested, ProjectReported
from shared.events.sources import (
    HookCheckWanted,
    SourceHeard,
    SourceSilent,
    SubscriptionFailing,
    SubscriptionRestored,
)

# Adding an optional field keeps vN; removing or re-meaning one makes vN+1 beside it.
CATALOGUE: tuple[type[Event], ...] = (
    ClockStruck,
    GraphResourceChanged,
    LifecycleSignalled,
    RepairWanted,
    SourceSilent,
    SourceHeard,
    SubscriptionFailing,
    SubscriptionRestored,
    HookCheckWanted,
    DeliveryRefused,
    AbsencesHinted,
    RereadWanted,
    AbsenceReported,
    AbsencesChanged,
    AbsencesShown,
    AbsenceHeld,
    AbsenceReleased,
    LetterReported,
    MailArrived,
    MailFiled,
    MailHeld,
    ProjectReported,
    NoticeRequested,
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
    "AbsenceReported",
    "AbsencesChanged",
    "AbsencesHinted",
    "AbsencesShown",
    "Attempt",
    "ClockStruck",
    "DeliveryRefused",
    "Event",
    "GraphResourceChanged",
    "HookCheckWanted",
    "LetterReported",
    "LifecycleSignalled",
    "MailArrived",
    "MailFiled",
    "MailHeld",
    "MessageDiscardRequested",
    "MessageParked",
    "MessageRetryRequested",
    "MessageUnparked",
    "NoticeRequested",
    "NoticeSent",
    "ProjectReported",
    "RepairWanted",
    "ReplayRequested",
    "RereadWanted",
    "SourceHeard",
    "SourceSilent",
    "SubscriptionFailing",
    "SubscriptionRestored",
]
