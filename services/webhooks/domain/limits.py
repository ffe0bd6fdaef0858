"""How many deliveries a source may send: a bucket of tokens that fills with time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)


@dataclass
class Bucket:
    """Lets *per_minute* through, that many at once after a quiet minute. One thread at a time."""

    per_minute: int
    tokens: float | None = None
    filled_at: datetime | None = None

    def wait(self, now: datetime) -> timedelta | None:
        """Take a token and return None, or return after how long there will be one. A clock set back fills nothing."""
        elapsed = max(now - self.filled_at, timedelta(0)) if self.filled_at else timedelta(0)
        held = self.per_minute if self.tokens is None else self.tokens
        self.tokens = min(self.per_minute, held + self.per_minute * (elapsed / MINUTE))
        self.filled_at = now
        if self.tokens >= 1:
            self.tokens -= 1
            return None
        return MINUTE * ((1 - self.tokens) / self.per_minute)
