"""Looks in the intakes, and sets aside what they refuse."""

from __future__ import annotations

from collections.abc import Iterator

from services.mailroom.domain.plan import PLAN
from services.mailroom.handlers.world import Mailroom, router
from services.mailroom.intakes.base import Intake
from shared.crashpoints import crashpoint
from shared.errors import HubError, Invalid
from shared.events import ClockStruck, CollectionDue, Event, MailArrived, MailHeld, MessageUnparked

DISCARDED = "discarded"
ONLY_TOLD = frozenset({"register_not_read"})  # of these there is no set to set aside


@router.on(ClockStruck)
def say_when(event: ClockStruck, room: Mailroom) -> Iterator[Event]:
    """Have every intake looked in with each tick, each by itself."""
    if event.period == "tick":
        yield from (CollectionDue(intake=name) for name in room.intakes)


@router.on(CollectionDue)
def collect_mail(event: CollectionDue, room: Mailroom) -> Iterator[Event]:
    """Announce every claimed set that nobody heard of: new ones, and those whose announcement a crash swallowed."""
    intake = room.intakes.get(event.intake)
    if intake is None:
        return  # hub.toml lost it since
    trouble: HubError | None = None
    announced = 0
    for reference in room.store.arrivals.unheard(event.intake, intake.scan()):
        try:
            yield _announced(event.intake, intake, reference)
        except HubError as error:
            trouble = error  # one file is locked, one record sealed with a lost key: the others go on
        else:
            announced += 1
    if trouble is not None and not announced:
        raise trouble


@router.on(MailHeld)
def refuse_set(event: MailHeld, room: Mailroom) -> None:
    """Move a refused set to where its sender finds it, with the reason. Safe to repeat."""
    if event.reason in ONLY_TOLD or event.intake == PLAN:
        return  # a kenmerk from outside is no place of an intake, nor is a row of the plan
    room.intake(event.intake).refuse(event.reference, event.reason)
    crashpoint("mailroom.after_refuse")


@router.on(MessageUnparked)
def give_back(event: MessageUnparked, room: Mailroom) -> None:
    """Put a set aside that a person decided not to have filed: nobody takes it up again. Safe to repeat."""
    if event.service != router.name or event.outcome != "discarded":
        return
    came = room.came(event.message_id)
    if came is None or came.type != MailArrived.TYPE:
        return
    arrived = came.open()
    if isinstance(arrived, MailArrived) and arrived.intake in room.intakes:
        room.intake(arrived.intake).refuse(arrived.reference, DISCARDED)
        where = {"intake": arrived.intake, "reference": arrived.reference}
        room.store.trail.note(arrived.kenmerk, arrived.version, DISCARDED, by=event.by, **where)


def _announced(name: str, intake: Intake, reference: str) -> Event:
    try:
        letter = intake.read(reference)
    except Invalid as refusal:
        return MailHeld(intake=name, reference=reference, reason=refusal.reason)
    return MailArrived(intake=name, reference=reference, kenmerk=letter.kenmerk, version=letter.version)
