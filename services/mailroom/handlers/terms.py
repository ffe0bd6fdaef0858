"""Reminds people of letters that wait for an answer, and tells who stands in for a handler that is away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta

from services.mailroom.handlers.world import Mailroom, router
from services.mailroom.store.deadlines import Reminder
from services.mailroom.store.letters import FILED, VISIBLE, Filing
from shared.clock import BRUSSELS
from shared.events import ClockStruck, Event, ReplyDue, TeamDay

MORNING, EVENING = time(8), time(18)  # local: people hear of terms in between, on working days
TOGETHER = 200  # letters that one message tells of; the others follow with the next
REMEMBERED = timedelta(days=30)  # that it is known who was away


@router.on(ClockStruck)
def remind(event: ClockStruck, room: Mailroom) -> Iterator[Event]:
    """Say each reminder that stands today and was not said: the first hour of a working day that people are there.

    Of what was missed only the last is said. Each is said once for a term, whatever becomes of it later.
    """
    if event.period != "hour" or not _is_time(room):
        return
    due = _due(room)
    said = room.store.deadlines.said([filing.kenmerk for filing, _ in due])
    waiting = [(filing, reminder) for filing, reminder in due if reminder not in said][:TOGETHER]
    yield from _said(waiting, room.store.away.on(_local(room).date()), room)


@router.on(ClockStruck)
def forget_absences(event: ClockStruck, room: Mailroom) -> None:
    """Forget, with each new day, who was away long ago."""
    if event.period == "day":
        room.store.away.forget(_local(room).date() - REMEMBERED)


@router.on(TeamDay)
def hear_who_is_away(event: TeamDay, room: Mailroom) -> Iterator[Event]:
    """Remember who is away, and say again what a handler was told who turns out not to be there. Safe to repeat.

    Said again once: not of who was known to be away when it was said before.
    """
    whole = [entry for entry in event.entries if (entry.part, entry.kind) == ("whole", "away")]
    people = {entry.user_id: entry.delegate for entry in whole if entry.user_id}
    today = _local(room).date()
    if event.day == today and room.rules.terms.is_working_day(today):
        yield from _said(list(_unheard(people, room))[:TOGETHER], people, room)
    room.store.away.keep(event.day, people)


def _is_time(room: Mailroom) -> bool:
    now = _local(room)
    return room.rules.terms.is_working_day(now.date()) and MORNING <= now.time() < EVENING


def _local(room: Mailroom) -> datetime:
    return room.clock.now().astimezone(BRUSSELS)


def _due(room: Mailroom) -> list[tuple[Filing, Reminder]]:
    """Return the open letters with the reminder that stands today, the most urgent first."""
    terms, today = room.rules.terms, _local(room).date()
    found: list[tuple[Filing, Reminder]] = []
    for filing in room.store.letters.due_until(terms.horizon(today)):
        step = terms.step(filing.due, today) if filing.due else None
        if filing.due and step is not None:
            found.append((filing, Reminder(filing.kenmerk, filing.due, step)))
    return sorted(found, key=lambda each: (each[1].due, each[1].kenmerk))


def _unheard(people: Mapping[str, str | None], room: Mailroom) -> Iterator[tuple[Filing, Reminder]]:
    """Yield the letters of *people*, who are away, whose reminder only they heard, or that is being said just now."""
    theirs = [(filing, reminder) for filing, reminder in _due(room) if filing.handler in people]
    said = room.store.deadlines.said([filing.kenmerk for filing, _ in theirs])
    absences: dict[date, Mapping[str, str | None]] = {}
    for filing, reminder in theirs:
        if reminder not in said:
            if _is_time(room):
                yield filing, reminder
            continue
        day = said[reminder].astimezone(BRUSSELS).date()
        if day not in absences:
            absences[day] = room.store.away.on(day)
        if filing.handler not in absences[day]:
            yield filing, reminder


def _said(waiting: list[tuple[Filing, Reminder]], away: Mapping[str, str | None], room: Mailroom) -> Iterator[Event]:
    today = _local(room).date()
    for filing, reminder in waiting:
        yield _reply_due(filing, reminder.due, away, today)
    room.store.deadlines.say([reminder for _, reminder in waiting], room.clock.now())


def _reply_due(filing: Filing, due: date, away: Mapping[str, str | None], today: date) -> ReplyDue:
    """Return what is said of *filing*; of what few may see no file is named, so that nobody shows what it says."""
    is_away = filing.handler is not None and filing.handler in away
    is_visible = filing.state in VISIBLE and bool(filing.pieces)
    return ReplyDue(
        kenmerk=filing.kenmerk,
        due=due,
        days=(due - today).days,
        project=filing.project if filing.state == FILED else None,
        department=filing.department,
        handler=filing.handler,
        is_away=is_away,
        substitute=away[filing.handler] if is_away and filing.handler else None,
        drive_id=filing.drive_id if is_visible else None,
        item_id=filing.pieces[0].item_id if is_visible else None,
    )
