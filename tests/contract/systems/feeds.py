"""iCalendar feeds for the tests: written line by line, in a file or on a server that knows validators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from services.timesync.domain.records import AbsenceRecord
from services.timesync.systems.base import Codes, Parts, Reading, System
from services.timesync.systems.icalendar import ICALENDAR
from shared.clock import FixedClock
from shared.errors import Unavailable
from shared.http import Document

from .recorded import CODES, SAMPLES
from .recorded_http import RecordedHttp

ADDRESS = "https://tijd.example.org/feed/geheim-7f3a.ics"
CLOCK = datetime.fromisoformat("2026-11-12T07:05:00+01:00")
FIEN = "ATTENDEE:mailto:fien.verzonnen@example.org"
DAY = "DTSTART;VALUE=DATE:20261116"


def sample() -> bytes:
    return (SAMPLES / "afwezigheden_feed.ics").read_bytes()


def event(*lines: str, uid: str = "abs-1", who: str = FIEN, code: str = "CATEGORIES:JV") -> str:
    """Return a VEVENT with what every test wants, and *lines*."""
    told = [f"UID:{uid}", "DTSTAMP:20261101T090000Z", who, code, *lines]
    return "\r\n".join(["BEGIN:VEVENT", *filter(None, told), "END:VEVENT"])


def feed(*components: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//NL", *components, "END:VCALENDAR", ""]).encode()


@dataclass
class FeedServer(RecordedHttp):
    """Serves *content* under an ETag; 304 to who has it. `sent` are the validators it was asked with."""

    content: bytes = b""
    etag: str = '"1"'
    sent: list[str] = field(default_factory=list)

    def fetch(
        self, url: str, *, headers: Mapping[str, str] | None = None, auth: tuple[str, str] | None = None
    ) -> Document:
        assert url == ADDRESS
        if self.throttled:
            raise Unavailable("http_429", "GET https://tijd.example.org answered 429", timedelta(seconds=17))
        self.sent.append((headers or {}).get("If-None-Match", ""))
        if self.etag and self.sent[-1] == self.etag:
            return Document(304, {}, b"")
        return Document(200, {"ETag": self.etag} if self.etag else {}, self.content)


def system(
    http: FeedServer,
    clock: FixedClock | None = None,
    codes: Mapping[str, str] = CODES,
    address: str = ADDRESS,
    **table: object,
) -> System:
    parts = Parts(http, clock or FixedClock(CLOCK), Codes(codes), Path(), lambda _: address)
    return ICALENDAR.build("icalendar", ICALENDAR.options.load({"feed": "HUB_TIMESYNC_FEED"} | table), parts)


def file_system(folder: Path, content: bytes | None) -> System:
    if content is not None:
        (folder / "afwezigheden.ics").write_bytes(content)
    parts = Parts(FeedServer(), FixedClock(CLOCK), Codes(CODES), folder, lambda name: name)
    return ICALENDAR.build("icalendar", ICALENDAR.options.load({"feed": "afwezigheden.ics"}), parts)


def read(*components: str, **table: object) -> Reading:
    return system(FeedServer(content=feed(*components)), **table).read(None)  # type: ignore[arg-type]  # options of hub.toml


def only(*components: str, **table: object) -> AbsenceRecord:
    """Return the one absence that *components* hold."""
    reading = read(*components, **table)
    assert not reading.held
    (record,) = reading.records
    return record


def by_id(reading: Reading) -> dict[str, AbsenceRecord]:
    return {record.source_id: record for record in reading.records}


def held(reading: Reading) -> set[tuple[str, str]]:
    return {(each.source_id, each.reason) for each in reading.held}
