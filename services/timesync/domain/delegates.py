"""Who answers for somebody who is away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.timesync.domain.profiles import SHOWN
from services.timesync.domain.spans import whole_day
from services.timesync.domain.timeline import Segment


@dataclass(frozen=True)
class Delegate:
    """The colleague whom an automatic reply names. *segments* are his own."""

    name: str
    mail: str
    segments: tuple[Segment, ...] = ()

    def is_there(self, day: date) -> bool:
        """Tell whether he is not away for the whole of *day*."""
        away = [each.span for each in self.segments if each.whole and SHOWN[each.profile].show_as == "oof"]
        return not any(span.overlap(whole_day(day)) for span in away)
