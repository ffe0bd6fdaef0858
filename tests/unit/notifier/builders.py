"""A filed letter, a parked message and a notifier on fakes: valid unless the test says otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from services.notifier.channels.base import Card
from services.notifier.domain import FiledLetter, Routes
from services.notifier.handlers import Notifier, router
from services.notifier.store import Notices, metadata
from shared.clock import FixedClock
from shared.events import (
    AbsenceHeld,
    AbsenceRulesRefused,
    AbsenceSourceFailing,
    AbsenceSourceRestored,
    Attempt,
    DeliveryRefused,
    Event,
    MailFiled,
    MailMoved,
    MailWithdrawn,
    MessageParked,
    NoticeRequested,
    ProjectReported,
    ReplyDue,
    SourceHeard,
    SourceSilent,
    SubscriptionFailing,
    SubscriptionRestored,
    TeamDay,
)
from shared.events.absences import RuleFault, TeamEntry
from shared.persistence.database import Database

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
FILED = MailFiled(kenmerk="2026/IN/001234", version=1, project="A40201", drive_id="b!1", item_id="i1")
LETTER = FiledLetter(
    project="A40201",
    project_folder="A40201 - Moderne digitale werkplaats",
    confidentiality="intern",
    subject="Offerte headsets",
    received_on=date(2026, 11, 18),
    case_handler="Tuur Testman",
    reply_by=date(2026, 12, 8),
    web_url="https://example.sharepoint.com/sites/projecten/brief.pdf",
)
IN_TRAY = replace(FILED, project=None, unclassified=True, reason="unknown_project", suggestions=["A40201", "A40203"])
MOVED = MailMoved(kenmerk="2026/IN/001234", version=1, before="A40201", project="A40203")
WITHDRAWN = MailWithdrawn(kenmerk="2026/IN/001234", version=2, project="A40201", reason="confidential")
DUE = ReplyDue(kenmerk="2026/IN/001234", due=date(2026, 12, 8), days=5, project="A40201", drive_id="b!1", item_id="i1")
PARKED = MessageParked(
    service="mailroom",
    message_id="m-1",
    message_type="mail.arrived.v1",
    message_correlation_id="c-1",
    reason="same_name_other_content",
    first_seen=datetime(2026, 11, 18, 8, 5, tzinfo=UTC),
    parked_at=NOW,
    attempts=[Attempt(at=NOW, reason="same_name_other_content", error="item i9 has the name")],
)
REQUESTED = NoticeRequested(
    source="notulen",
    rule="besluit-goedgekeurd",
    notice_id="besluit-118",
    privacy="intern",
    title="Besluit 2026/118 goedgekeurd",
    text="College van 18 november 2026",
    link="https://notulen.example.org/118",
    channel="college",
    project="A40201",
)
PROJECT = ProjectReported(
    source="planopvolging",
    rule="status",
    code="A40201",
    status="in uitvoering",
    title="Moderne digitale werkplaats",
    link="https://plan.example.org/A40201",
)
SILENT = SourceSilent(source="protime", since=datetime(2026, 11, 18, 6, 0, tzinfo=UTC))
HEARD = SourceHeard(source="protime", since=SILENT.since, at=NOW)
FAILING = SubscriptionFailing(kind="graph", subscription="people", reason="graph_403", since=SILENT.since)
RESTORED = SubscriptionRestored(kind="graph", subscription="people", since=SILENT.since, at=NOW)
REFUSED = DeliveryRefused(
    source="notulen", delivery_id="d-7", reason="rule_not_applicable", places=["besluit-goedgekeurd.id"]
)

UNREAD = AbsenceSourceFailing(source="export", reason="source_missing", since=datetime(2026, 11, 18, 5, 40, tzinfo=UTC))
READ = AbsenceSourceRestored(source="export", at=datetime(2026, 11, 18, 8, 15, tzinfo=UTC))
DOUBTED = AbsenceHeld(source="export", place="export", reason="mass_deletion_blocked")
RULES_REFUSED = AbsenceRulesRefused(
    file="hub.toml", faults=[RuleFault(file="hub.toml", line=41, expected="Must be one of: afwezig, telewerk.")]
)
TEAM = TeamDay(
    service="ICT",
    day=date(2026, 11, 18),
    entries=[TeamEntry(employee="000101", user_id="user-1", part="whole", kind="away", delegate="user-3")],
)


def words_of(card: Card) -> str:
    """Return everything that a reader of *card* sees."""
    return " ".join(_strings({name: card[name] for name in ("fallbackText", "body", "actions")}))


def _strings(part: Any) -> list[str]:
    if isinstance(part, str):
        return [part]
    parts = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    return [found for inner in parts for found in _strings(inner)]


class FakeChannel:
    """Keeps the cards that it takes; *failure* is raised instead, or after the card was taken."""

    def __init__(self) -> None:
        self.cards: list[Card] = []
        self.failure: Exception | None = None

    def send(self, card: Card) -> None:
        if self.failure:
            raise self.failure
        self.cards.append(card)


class FakePeople:
    """Knows some accounts by name; *failure* is raised instead."""

    def __init__(self) -> None:
        self.names = {"user-1": "An Voorbeeld", "user-2": "Tuur Testman", "user-3": "Fien Verzonnen"}
        self.failure: Exception | None = None
        self.asked: list[set[str]] = []

    def names_of(self, user_ids: Iterable[str]) -> dict[str, str]:
        if self.failure:
            raise self.failure
        self.asked.append(set(user_ids))
        return {user_id: self.names[user_id] for user_id in self.asked[-1] if user_id in self.names}


class FakeLetters:
    """Has one letter in the tray or a project, or none."""

    def __init__(self) -> None:
        self.letter: FiledLetter | None = LETTER
        self.reads = 0

    def read(self, drive_id: str, item_id: str) -> FiledLetter | None:
        self.reads += 1
        return self.letter if (drive_id, item_id) == (FILED.drive_id, FILED.item_id) else None


@dataclass
class FakeNotifier:
    """A notifier with five channels and a memory of its own; the service ICT has a channel, others have none."""

    channels: dict[str, FakeChannel]
    letters: FakeLetters
    people: FakePeople
    notices: Notices
    database: Database
    clock: FixedClock
    tell_nobody_absent: bool = False

    @classmethod
    def at(cls, path: Path) -> FakeNotifier:
        database = Database(f"sqlite:///{path}/notifier.db", "notifier")
        metadata.create_all(database.engine)
        channels = {name: FakeChannel() for name in ("werkplaats", "college", "post", "ict", "team-ict")}
        return cls(channels, FakeLetters(), FakePeople(), Notices(database), database, FixedClock(NOW))

    def hear(self, event: Event) -> list[Event]:
        """Return what the handlers say of *event*."""
        routes = Routes({"A40201": "werkplaats"}, "post", "ict", {"ICT": "team-ict"}, self.tell_nobody_absent)
        world = Notifier(self.channels, routes, self.letters, self.people, self.notices, self.clock)
        return list(router.handle(event, world))

    def told(self) -> dict[str, int]:
        """Return how many cards each channel took."""
        return {name: len(channel.cards) for name, channel in self.channels.items() if channel.cards}
