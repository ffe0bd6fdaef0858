"""What the tests hold in hand: the clock, and the receiver of what the sandbox sends."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MONDAY_NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = MONDAY_NOON

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by


@dataclass
class Sent:
    """Takes what the sandbox sends out, and answers 202."""

    url: str = ""
    body: bytes = b""
    headers: dict[str, str] | None = None

    def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        self.url, self.body, self.headers = url, body, headers
        return 202
