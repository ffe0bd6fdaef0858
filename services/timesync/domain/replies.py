"""Which automatic reply a mailbox should have: there is one slot, for the present or else the next absence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby

from services.timesync.domain.delegates import Delegate
from services.timesync.domain.profiles import SHOWN
from services.timesync.domain.roster import Person
from services.timesync.domain.rules import Rules
from services.timesync.domain.spans import Span, days
from services.timesync.domain.texts import Dates, as_html, filled, values
from services.timesync.domain.timeline import Segment

LONG = timedelta(days=30)  # longer absences tell no date: it would tell their kind
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Reply:
    """An automatic reply for *span*; the texts are HTML. *audience* outside the organisation is Graph's word for it."""

    span: Span
    internal: str
    external: str
    audience: str


def reply_for(
    segments: Sequence[Segment], person: Person, rules: Rules, now: datetime, delegate: Delegate | None = None
) -> Reply | None:
    """Return the reply of the first absence that is not over and takes a whole working day, None if there is none.

    What follows without a reply of its own (a strike, a suspension) is not answered for, yet counts in the dates: they
    must be true.
    """
    for absence in absences(segments, person):
        for answers, parts in groupby(absence, key=lambda each: SHOWN[each.profile].reply):
            run = list(parts)
            span = as_one(run).span
            if answers and span.end > now and any(each.wants_reply for each in run):
                return _reply(span, dates_of(as_one(absence), person), person, rules, delegate)
    return None


def absences(segments: Iterable[Segment], person: Person) -> list[list[Segment]]:
    """Return what shows as out of office, in runs without working time in between: a half day before leave joins it."""
    runs: list[list[Segment]] = []
    for each in segments:
        if SHOWN[each.profile].show_as != "oof":
            continue
        if runs and not _works(person, Span(as_one(runs[-1]).span.end, each.span.start)):
            runs[-1].append(each)
        else:
            runs.append([each])
    return runs


def as_one(run: Sequence[Segment]) -> Segment:
    """Return the whole of a run, under the profile of its first part."""
    span = Span(run[0].span.start, max(each.span.end for each in run))
    return replace(run[0], span=span, open_ended=any(each.open_ended for each in run))


def dates_of(absence: Segment, person: Person) -> Dates | None:
    """Return the last day away and the day of return, None when they are not to be told."""
    back = return_day(absence, person)
    if back is None:
        return None
    last = (absence.span.end - _MOMENT).date()
    return Dates(min(last, back - timedelta(days=1)), back)


def return_day(absence: Segment, person: Person) -> date | None:
    """Return the day of the first working time after the absence (R8).

    None when it has no known end or is long (R11, R18): by its length only, so that leave and illness read the same.
    """
    end = absence.span.end
    if absence.open_ended or end - absence.span.start > LONG:
        return None
    if any(worked.end > end for worked in person.hours(end.date())):
        return end.date()
    return person.next_working_day(end.date() + timedelta(days=1))


def _works(person: Person, gap: Span) -> bool:
    return any(worked.overlap(gap) for day in days(gap.start.date(), gap.end.date()) for worked in person.hours(day))


def _reply(span: Span, dates: Dates | None, person: Person, rules: Rules, delegate: Delegate | None) -> Reply:
    if delegate is not None and not delegate.is_there(span.start.date()):
        delegate = None
    kind = "" if dates else "_undated"
    internal, external = [], []
    for language in rules.replies.languages_of(person):
        known = values(rules.office, person, language, dates, delegate)
        internal.append((language, filled(rules.replies.text(language, f"internal{kind}"), known)))
        external.append((language, filled(rules.replies.text(language, f"external{kind}"), known)))
    return Reply(span, as_html(internal), as_html(external), rules.replies.audience_of(person.service))
