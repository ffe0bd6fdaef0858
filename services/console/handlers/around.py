"""Remembers what is wrong around the hub: silent sources, what no longer tells or is read, and refused settings."""

from __future__ import annotations

from services.console.domain.waiting import ABSENCES, Failing
from services.console.handlers.world import Console, router
from shared.clock import BRUSSELS
from shared.events import (
    AbsenceRulesRefused,
    AbsenceRulesTaken,
    AbsenceSourceFailing,
    AbsenceSourceRestored,
    DeliveryRefused,
    SourceHeard,
    SourceSilent,
    SubscriptionFailing,
    SubscriptionRestored,
)


@router.on(SourceSilent)
def note_silence(event: SourceSilent, console: Console) -> None:
    """Show that a system no longer knocks, until it is heard. Safe to repeat, also after it was."""
    console.memory.sources.fall_silent(event.source, event.since)


@router.on(SourceHeard)
def note_return(event: SourceHeard, console: Console) -> None:
    """A system that knocks again is silent no more."""
    console.memory.sources.be_heard(event.source, event.since, event.at)


@router.on(SubscriptionFailing)
def note_failing(event: SubscriptionFailing, console: Console) -> None:
    """Show that changes are no longer told, until that is mended. Safe to repeat, also after it was."""
    console.memory.sources.fail(Failing(event.kind, event.subscription, event.reason, event.since))


@router.on(SubscriptionRestored)
def note_restored(event: SubscriptionRestored, console: Console) -> None:
    """What is mended, or no longer wanted, is no problem any more."""
    console.memory.sources.restore(event.kind, event.subscription, event.since, event.at)


@router.on(AbsenceSourceFailing)
def note_unread(event: AbsenceSourceFailing, console: Console) -> None:
    """Show that a source of absences cannot be read, until it is. Safe to repeat, also after it was."""
    console.memory.sources.fail(Failing(ABSENCES, event.source, event.reason, event.since))


@router.on(AbsenceSourceRestored)
def note_read(event: AbsenceSourceRestored, console: Console) -> None:
    """Whatever kept a source of absences from being read before *at* is over."""
    console.memory.sources.restore(ABSENCES, event.source, event.at, event.at)


@router.on(AbsenceRulesRefused)
def note_refused_rules(event: AbsenceRulesRefused, console: Console) -> None:
    """Show which lines of a changed file cannot be used."""
    console.memory.rules.refuse(event.file, event.faults, console.clock.now())


@router.on(AbsenceRulesTaken)
def note_taken_rules(event: AbsenceRulesTaken, console: Console) -> None:
    """A file whose changes hold is no problem any more."""
    console.memory.rules.take(event.file)


@router.on(DeliveryRefused)
def count_refusal(event: DeliveryRefused, console: Console) -> None:
    """Show what a system delivers in vain."""
    day = console.clock.now().astimezone(BRUSSELS).date()
    console.memory.sources.refuse(event.source, event.reason, event.places, day)
