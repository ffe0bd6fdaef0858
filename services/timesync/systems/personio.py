"""Personio: absence periods of API v2, with the persons they belong to.

Version 2 and not 1, for v1 gives only absences that lie wholly in the window asked (so none that is going on), says no
open end, and its ids are not those of the webhooks; v2 says which half of both end days is meant.
https://community.personio.com/time-off-attendance-87/retrieval-of-absences-via-the-v1-0-endpoint-company-time-offs-4215

Employees are known by their address in lower case, or by a number if `number_attribute` says where it stands.
Codes are the ids of absence types: their names are not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urljoin, urlsplit

from marshmallow import RAISE, fields, validate

from services.timesync.domain.records import AbsenceRecord, State
from services.timesync.systems.base import LONGEST_ID, Codes, Held, Kind, Parts, Reading, SystemHttp
from services.timesync.systems.leave import (
    AHEAD,
    Piece,
    RefusedError,
    between,
    employee_key,
    in_records,
    interval,
    rows_of,
    whole_reading,
    window,
)
from shared.clock import BRUSSELS, Clock
from shared.contracts import Contract, nested
from shared.errors import Invalid, Permanent
from shared.http import USER_AGENT
from shared.oauth import Token

# Periods can be asked by their start, but not by "still going on": an open end has no end to filter by. What began
# longer ago and still goes on stays as it was last read.
_BACK = timedelta(days=366)
_STATES = {
    "APPROVED": State.APPROVED,
    "PENDING": State.REQUESTED,
    "REJECTED": State.REJECTED,
    "CANCELLED": State.CANCELLED,
    "CANCELED": State.CANCELLED,
}
_TEXT = validate.Length(min=1)


@dataclass(frozen=True, kw_only=True)
class PersonioOptions(Contract):
    """`[timesync.systems.<name>]` of Personio. *client_secret* is the name of the setting that holds it."""

    UNKNOWN = RAISE
    client_id: Annotated[str, fields.String(validate=_TEXT)]
    client_secret: Annotated[str, fields.String(validate=_TEXT)] = "HUB_TIMESYNC_PERSONIO_SECRET"  # noqa: S105 - the name of a setting
    number_attribute: Annotated[str, fields.String()] = ""
    base_url: Annotated[str, fields.String(validate=validate.URL(schemes={"https", "http"}, require_tld=False))] = (
        "https://api.personio.de"
    )


@dataclass(frozen=True, kw_only=True)
class _Moment(Contract):
    """Wall clock, beside a `timezone_id` that is the organisation's own."""

    date_time: Annotated[datetime, fields.DateTime()]
    type: Annotated[str | None, fields.String(allow_none=True)] = None

    @property
    def local(self) -> datetime:
        return self.date_time.astimezone(BRUSSELS).replace(tzinfo=None) if self.date_time.tzinfo else self.date_time

    @property
    def is_day(self) -> bool:
        return self.type is not None or self.local.time() == time.min


@dataclass(frozen=True, kw_only=True)
class _Ref(Contract):
    id: Annotated[str, fields.String()]


@dataclass(frozen=True, kw_only=True)
class _Approval(Contract):
    status: Annotated[str, fields.String()]


@dataclass(frozen=True, kw_only=True)
class _Period(Contract):
    """What is read of a period; the comment is not looked at.

    Source: https://developer.personio.de/reference/get_v2-absence-periods
    """

    id: Annotated[str, fields.String(validate=validate.Length(1, LONGEST_ID - len("/first")))]
    person: Annotated[_Ref, nested(_Ref)]
    starts_from: Annotated[_Moment, nested(_Moment)]
    ends_at: Annotated[_Moment | None, nested(_Moment, allow_none=True)] = None
    absence_type: Annotated[_Ref, nested(_Ref)]
    approval: Annotated[_Approval, nested(_Approval)]
    updated_at: Annotated[str, fields.String(validate=validate.Length(max=64))]


@dataclass(frozen=True)
class Personio:
    """Reads one account of Personio, whole every time."""

    name: str
    options: PersonioOptions
    http: SystemHttp
    token: Token
    clock: Clock
    codes: Codes

    def read(self, cursor: str | None) -> Reading:  # noqa: ARG002 - there is no delta to go on from
        first, last = window(self.clock, _BACK, AHEAD)
        people = {str(row["id"]): self._employee(row) for row in self._walk("/v2/persons?limit=50")}
        rows = list(self._walk(f"/v2/absence-periods?{_query(first, last)}"))
        return whole_reading((each for row in rows for each in self._understood(row, people)), first, last)

    def _employee(self, person: Mapping[str, Any]) -> str | None:
        """Return how *person* is known. https://developer.personio.de/reference/get_v2-persons"""
        wanted = self.options.number_attribute
        if not wanted:
            return employee_key(person.get("email"))
        attributes = person.get("custom_attributes") or []
        return employee_key(*(each.get("value") for each in attributes if each.get("id") == wanted))

    def _understood(self, row: Mapping[str, Any], people: Mapping[str, str | None]) -> Iterator[AbsenceRecord | Held]:
        source_id = str(row["id"])[:LONGEST_ID]
        place, employee = f"absence-periods/{source_id}", None
        try:
            period = _parsed(row)
            employee = people.get(period.person.id)
            yield from in_records(self._request(period, employee, place), _pieces(period))
        except RefusedError as refused:
            yield Held(place, refused.reason, employee, source_id)

    def _request(self, period: _Period, employee: str | None, place: str) -> AbsenceRecord:
        state = _STATES.get(period.approval.status)
        profile = self.codes.profile_of(period.absence_type.id, state)
        if employee is None or profile is None:
            raise RefusedError("unknown_person" if employee is None else "unknown_code")
        if state is None:
            raise RefusedError("unknown_status")
        return AbsenceRecord(
            source=self.name,
            source_id=period.id,
            employee=employee,
            first=period.starts_from.local.date(),
            last=None,
            state=state,
            profile=profile,
            version=period.updated_at,
            place=place,
        )

    def _walk(self, path: str) -> Iterator[Mapping[str, Any]]:
        """Yield the rows of all pages; a link may be complete or begin at the host."""
        link: str | None = path
        seen = set[str]()
        while link:
            if link in seen:
                raise Invalid("unexpected_answer", f"{self.name}: {urlsplit(link).path} came a second time")
            seen.add(link)
            page = self._get(self._on_our_host(link))
            yield from rows_of(page, "_data", self.name)
            link = _next(page)

    def _on_our_host(self, link: str) -> str:
        """Return the full address of *link*: it never takes our token elsewhere."""
        url = urljoin(self.options.base_url, link)
        ours, theirs = urlsplit(self.options.base_url), urlsplit(url)
        if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
            raise Permanent(
                "foreign_link", f"{self.name}: expected a link to {ours.netloc}, got one to {theirs.netloc}"
            )
        return url

    def _get(self, url: str) -> Any:
        return self.token.used(lambda headers: self.http.get_json(url, headers=headers))


def _query(first: date, last: date) -> str:
    """Ask a day more at both ends, for midnight here is the day before in UTC."""
    day = timedelta(days=1)
    wanted = f"starts_from.date_time.gte={first - day}T00:00:00Z&starts_from.date_time.lte={last + day}T23:59:59Z"
    return f"limit=100&{wanted}"


def _next(page: Mapping[str, Any]) -> str | None:
    try:
        return str(page["_meta"]["links"]["next"]["href"])
    except (KeyError, TypeError):  # the last page has no next, or none with an address
        return None


def _parsed(row: Mapping[str, Any]) -> _Period:
    try:
        return _Period.load(row)
    except Invalid as error:
        of_time = any(name.startswith(("starts_from", "ends_at")) for name in error.fields)
        raise RefusedError("impossible_date" if of_time else "incomplete_row") from error


def _pieces(period: _Period) -> list[Piece]:
    """Return the days, or the hours: those have a clock and no half of the day."""
    starts, ends = period.starts_from, period.ends_at
    if starts.is_day and (ends is None or ends.is_day):
        last = None if ends is None else ends.local.date()
        early = ends is not None and ends.type == "FIRST_HALF"
        return between(starts.local.date(), last, late=starts.type == "SECOND_HALF", early=early)
    if ends is None:
        raise RefusedError("impossible_date")
    return interval(starts.local, ends.local)


def _build(name: str, options: PersonioOptions, parts: Parts) -> Personio:
    token = Token(  # https://developer.personio.de/reference/post_v2-auth-token
        url=f"{options.base_url}/v2/auth/token",
        client_id=options.client_id,
        client_secret=parts.secret(options.client_secret),
        user_agent=USER_AGENT,
        http=parts.http,
        clock=parts.clock,
    )
    return Personio(name, options, parts.http, token, parts.clock, parts.codes)


PERSONIO = Kind("personio", PersonioOptions, _build)
