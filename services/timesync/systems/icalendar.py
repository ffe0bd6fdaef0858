"""A time registration that publishes its absences as an iCalendar feed, over HTTPS or in a file.

Source: https://www.rfc-editor.org/rfc/rfc5545
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

from marshmallow import RAISE, fields, validate

from services.timesync.domain.profiles import NAMES
from services.timesync.systems.base import Codes, Kind, Parts, Reading, SystemHttp
from services.timesync.systems.feed_events import FeedReader
from services.timesync.systems.feed_times import Window
from services.timesync.systems.feed_words import BUSY_WORDS, Words
from shared.clock import BRUSSELS, Clock
from shared.contracts import Contract
from shared.errors import Invalid, Transient

_LARGEST = 32 * 1024 * 1024  # bytes: a feed of 50 000 events is half of it
_FOLD = re.compile(rb"\r?\n[ \t]")  # in bytes, for a fold may stand inside a letter (RFC 5545 §3.1)
_SETTING = re.compile(r"HUB_[A-Z0-9_]+")  # the name of one, and of no file
_PROPERTY = validate.Regexp(r"[A-Za-z0-9-]{1,64}\Z", error="Expected the name of a property.")
_PERSON = validate.Regexp(r"(?i:attendee|organizer|x-[a-z0-9-]{1,60})\Z", error="Expected attendee, organizer or X-….")


@dataclass(frozen=True, kw_only=True)
class ICalendarOptions(Contract):
    """`[timesync.systems.<name>]` of a feed. *feed* is a file, or the name of the setting that holds the address."""

    UNKNOWN = RAISE
    feed: Annotated[str, fields.String(validate=validate.Length(min=1))]
    employee: Annotated[str, fields.String(validate=_PERSON)] = "attendee"
    codes_from: Annotated[str, fields.String(validate=_PROPERTY)] = "CATEGORIES"
    busy_status: Annotated[
        dict[str, str],
        fields.Dict(
            keys=fields.String(validate=validate.OneOf(BUSY_WORDS)),
            values=fields.String(validate=validate.OneOf(NAMES)),
        ),
    ] = field(default_factory=dict)
    window_past_days: Annotated[int, fields.Integer(validate=validate.Range(0, 366))] = 30
    window_ahead_days: Annotated[int, fields.Integer(validate=validate.Range(1, 366))] = 180


@dataclass(frozen=True)
class _Cursor:
    """Which feed was read, and *basis*: the day, the codes and the options that it was read with."""

    basis: str
    digest: str
    etag: str = ""

    def dump(self) -> str:
        return json.dumps({"basis": self.basis, "digest": self.digest, "etag": self.etag})

    @classmethod
    def load(cls, text: str | None, basis: str) -> _Cursor | None:
        """Return the cursor in *text*, None when there is none that is still good."""
        try:
            raw = json.loads(text or "")
            known = cls(raw["basis"], raw["digest"], raw["etag"])
        except (ValueError, KeyError, TypeError):
            return None
        return known if known.basis == basis else None


@dataclass(frozen=True)
class ICalendar:
    """Reads one feed, always as a whole; the window of days moves, so that an unchanged feed is read daily too."""

    name: str
    options: ICalendarOptions
    place: str | Path = field(repr=False)  # an address or a file; whoever has the address can read the feed
    http: SystemHttp
    clock: Clock
    codes: Codes

    def read(self, cursor: str | None) -> Reading:
        today = self.clock.now().astimezone(BRUSSELS).date()
        basis = self._basis(today)
        known = _Cursor.load(cursor, basis)
        answer = self._fetch(known.etag if known else "")
        if answer is None:
            return Reading(cursor=cursor)
        content, etag = answer
        text = calendar_text(self.name, content)
        digest = _digest(text)
        if known and known.digest == digest:
            return Reading(cursor=cursor)
        return self._read(text, today, _Cursor(basis, digest, etag))

    def _read(self, text: str, today: date, reached: _Cursor) -> Reading:
        options = self.options
        window = Window(
            today - timedelta(days=options.window_past_days), today + timedelta(days=options.window_ahead_days)
        )
        words = Words(options.employee, options.codes_from, self.codes, options.busy_status)
        found = FeedReader(self.name, words, window).understand(_events(self.name, text))
        return Reading(
            found.records,
            held=found.held,
            complete=found.whole,
            cursor=reached.dump(),
            first=window.first,
            last=window.last,
        )

    def _basis(self, today: date) -> str:
        chosen = sha256(repr(self.options).encode()).hexdigest()[:12]
        return f"{today}|{self.codes.fingerprint}|{chosen}"

    def _fetch(self, etag: str) -> tuple[bytes, str] | None:
        """Return the feed and its validator, None when it is as it was when *etag* was given."""
        if isinstance(self.place, Path):
            return _content(self.name, self.place), ""
        headers = {"Accept": "text/calendar"} | ({"If-None-Match": etag} if etag else {})
        answer = self.http.fetch(self.place, headers=headers)
        return None if answer.status == 304 else (answer.content, answer.headers.get("ETag", ""))


def _content(name: str, file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:  # not there yet, or a share that is away
        raise Transient("source_unreadable", f"{name}: expected a feed at {file} ({type(error).__name__})") from error


def calendar_text(name: str, content: bytes) -> str:
    """Return the feed as text with its folded lines made whole.

    Raises: Invalid when it is no calendar, or not all of one: what is not in a part of a feed is not gone.
    """
    if len(content) > _LARGEST:
        raise Invalid("feed_too_large", f"{name}: expected a feed of at most {_LARGEST // 1024 // 1024} MB")
    unfolded = _FOLD.sub(b"", content)
    try:
        text = unfolded.decode("utf-8-sig").strip()
    except UnicodeDecodeError:  # what RFC 5545 forbids and Windows writes
        text = unfolded.decode("cp1252", errors="replace").strip()
    if not text.upper().startswith("BEGIN:VCALENDAR"):
        raise Invalid("unexpected_content", f"{name}: expected a feed that starts with BEGIN:VCALENDAR")
    if not text.upper().endswith("END:VCALENDAR") or _count(text, "BEGIN") != _count(text, "END"):
        raise Invalid(
            "feed_cut_off", f"{name}: expected a feed that ends with END:VCALENDAR, each event with END:VEVENT"
        )
    return text


def _count(text: str, word: str) -> int:
    return len(re.findall(rf"^{word}:VEVENT\s*$", text, re.MULTILINE | re.IGNORECASE))


def _digest(text: str) -> str:
    """Return what changes when the feed does: DTSTAMP is, for many, only the time at which we asked."""
    lines = (line for line in text.splitlines() if not line.upper().startswith("DTSTAMP"))
    return sha256("\n".join(lines).encode()).hexdigest()


def _events(name: str, text: str) -> list[Any]:
    import icalendar  # noqa: PLC0415 - heavy, and only a hub with such a feed needs it

    try:
        calendars = icalendar.Calendar.from_ical(text, multiple=True)
    except (ValueError, IndexError, KeyError):
        # Not `from` the library's error: that quotes the line, which may tell why somebody is away.
        raise Invalid("unexpected_content", f"{name}: expected a calendar as RFC 5545 describes it") from None
    events = [event for calendar in calendars for event in calendar.walk("VEVENT")]
    if len(events) != _count(text, "BEGIN"):
        raise Invalid("feed_cut_off", f"{name}: expected each event inside its calendar, closed by END:VEVENT")
    return events


def _build(name: str, options: ICalendarOptions, parts: Parts) -> ICalendar:
    is_setting = _SETTING.fullmatch(options.feed)
    place = _address(name, options.feed, parts.secret(options.feed)) if is_setting else parts.folder / options.feed
    return ICalendar(name, options, place, parts.http, parts.clock, parts.codes)


def _address(name: str, setting: str, url: str) -> str:
    address = re.sub(r"^webcals?://", "https://", url.strip(), flags=re.IGNORECASE)  # the same, to calendar programs
    if not re.match(r"https?://[^/\s]", address, re.IGNORECASE):
        raise Invalid("invalid_address", f"{name}: expected an address that starts with https:// in {setting}")
    return address


ICALENDAR = Kind("icalendar", ICalendarOptions, _build)
