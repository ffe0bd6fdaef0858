"""Absences, without their reason. Hinted by webhooks, the rest said by timesync."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from marshmallow import fields, validate

from shared.contracts import Contract, nested
from shared.events.contract import Event, event

_EMPLOYEE = validate.Length(1, 64)


@event("absences.hinted.v1", key="source", hint=True)
@dataclass(frozen=True, kw_only=True)
class AbsencesHinted(Event):
    """A source says that absences changed: read it."""

    source: Annotated[str, fields.String(validate=validate.Length(1, 64))]


@event("absences.reread_wanted.v1", key="source", hint=True)
@dataclass(frozen=True, kw_only=True)
class RereadWanted(Event):
    """What a source told may have gaps: read all of it, whatever was read before.

    Not a field of the hint: a hint is superseded by the next one, which would know nothing of it.
    """

    source: Annotated[str, fields.String(validate=validate.Length(1, 64))]


@event("absences.changed.v1", key="employee", hint=True)
@dataclass(frozen=True, kw_only=True)
class AbsencesChanged(Event):
    """What is known of an employee's absences changed: compare with what Outlook shows."""

    employee: Annotated[str, fields.String(validate=_EMPLOYEE)]


@event("absences.shown.v1", key="employee")
@dataclass(frozen=True, kw_only=True)
class AbsencesShown(Event):
    """Outlook now shows what the source wants; *calls* is how many changes that took."""

    employee: Annotated[str, fields.String(validate=_EMPLOYEE)]
    events: Annotated[int, fields.Integer(validate=validate.Range(min=0))]
    calls: Annotated[int, fields.Integer(validate=validate.Range(min=0))]
    at: Annotated[datetime, fields.AwareDateTime()]


@event("absence.released.v1", key="place")
@dataclass(frozen=True, kw_only=True)
class AbsenceReleased(Event):
    """What was held at *place* for *reason* was mended."""

    source: Annotated[str, fields.String(validate=validate.Length(1, 64))]
    place: Annotated[str, fields.String(validate=validate.Length(1, 200))]
    reason: Annotated[str, fields.String(validate=validate.Length(1, 64))]


@event("absence.held.v1", key="place")
@dataclass(frozen=True, kw_only=True)
class AbsenceHeld(Event):
    """A record of a source was held or refused. *place* finds it there (`export.csv:10 A-3008`), *reason* is a slug.

    The absence's code stays in the source: whoever mends it looks it up at *place*.
    """

    source: Annotated[str, fields.String(validate=validate.Length(1, 64))]
    place: Annotated[str, fields.String(validate=validate.Length(1, 200))]
    reason: Annotated[str, fields.String(validate=validate.Length(1, 64))]
    employee: Annotated[str | None, fields.String(validate=_EMPLOYEE, allow_none=True)] = None


@event("absences.comparison_wanted.v1", key="run")
@dataclass(frozen=True, kw_only=True)
class ComparisonWanted(Event):
    """Compare everybody whose number comes after *after* with the books; one *run* goes page by page."""

    run: Annotated[str, fields.String(validate=validate.Length(1, 100))]
    after: Annotated[str, fields.String(validate=validate.Length(max=64))] = ""


@event("absences.check_wanted.v1", key="employee")
@dataclass(frozen=True, kw_only=True)
class MailboxCheckWanted(Event):
    """Look what stands of ours in the mailbox of an employee. *repair*: make again what its owner took away.

    No hint: the check of the night must not take the place of a repair that waits.
    """

    employee: Annotated[str, fields.String(validate=_EMPLOYEE)]
    repair: Annotated[bool, fields.Boolean()] = False


@event("absences.reading_confirmed.v1", key="source")
@dataclass(frozen=True, kw_only=True)
class ReadingConfirmed(Event):
    """A person says that the next reading of *source* is to be believed, however small it is."""

    source: Annotated[str, fields.String(validate=validate.Length(1, 64))]
    by: Annotated[str, fields.String(validate=validate.Length(1, 100))]


@event("absences.source_failing.v1", key="source")
@dataclass(frozen=True, kw_only=True)
class AbsenceSourceFailing(Event):
    """A source could not be read for two of its turns. What it told before stays in the calendars."""

    source: Annotated[str, fields.String(validate=validate.Length(1, 64))]
    reason: Annotated[str, fields.String(validate=validate.Length(1, 64))]
    since: Annotated[datetime, fields.AwareDateTime()]


@event("absences.source_restored.v1", key="source")
@dataclass(frozen=True, kw_only=True)
class AbsenceSourceRestored(Event):
    """A source that was failing was read again."""

    source: Annotated[str, fields.String(validate=validate.Length(1, 64))]
    at: Annotated[datetime, fields.AwareDateTime()]


@dataclass(frozen=True, kw_only=True)
class RuleFault(Contract):
    """One line that cannot be used. *file* and *line* find it; *expected* says what may stand there."""

    file: Annotated[str, fields.String(validate=validate.Length(1, 200))]
    line: Annotated[int, fields.Integer(validate=validate.Range(min=0))]
    expected: Annotated[str, fields.String(validate=validate.Length(1, 500))]


@event("absences.rules_refused.v1", key="file")
@dataclass(frozen=True, kw_only=True)
class AbsenceRulesRefused(Event):
    """What was changed in *file* cannot be used; the rules of before stay in force."""

    file: Annotated[str, fields.String(validate=validate.Length(1, 200))]
    faults: Annotated[list[RuleFault], fields.List(nested(RuleFault))]


@event("absences.rules_taken.v1", key="file")
@dataclass(frozen=True, kw_only=True)
class AbsenceRulesTaken(Event):
    """What was changed in *file* holds from now on: everybody is compared with it."""

    file: Annotated[str, fields.String(validate=validate.Length(1, 200))]


@dataclass(frozen=True, kw_only=True)
class TeamEntry(Contract):
    """One colleague's day. *part*: whole, morning, afternoon or partly; *kind*: away, busy or elsewhere.

    *delegate* is the account of who stands in for a colleague that is away all day, and is there himself.
    """

    employee: Annotated[str, fields.String(validate=_EMPLOYEE)]
    user_id: Annotated[str | None, fields.String(allow_none=True, validate=validate.Length(max=64))] = None
    part: Annotated[str, fields.String(validate=validate.OneOf(("whole", "morning", "afternoon", "partly")))]
    kind: Annotated[str, fields.String(validate=validate.OneOf(("away", "busy", "elsewhere")))]
    delegate: Annotated[str | None, fields.String(allow_none=True, validate=validate.Length(max=64))] = None


@event("absences.team_day.v1", key="service")
@dataclass(frozen=True, kw_only=True)
class TeamDay(Event):
    """Who of a service is not at his desk on *day*, for the digest of its channel. Nobody: *entries* is empty."""

    service: Annotated[str, fields.String(validate=validate.Length(1, 100))]
    day: Annotated[date, fields.Date()]
    entries: Annotated[list[TeamEntry], fields.List(nested(TeamEntry))]
