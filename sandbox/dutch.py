"""Moments and periods as a Fleming writes them, in Brussels time."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_BRUSSELS = ZoneInfo("Europe/Brussels")
_DAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
_MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni",
    "juli", "augustus", "september", "oktober", "november", "december",
)  # fmt: skip


def day(moment: date) -> str:
    """`maandag 23 november 2026`"""
    return f"{_DAYS[moment.weekday()]} {moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def instant(moment: datetime) -> str:
    """`maandag 23 november 2026, 14.05 uur`"""
    local = moment.astimezone(_BRUSSELS)
    return f"{day(local)}, {local:%H.%M} uur"


def period(start: datetime, end: datetime) -> str:
    """Say when something is, leaving out midnights: whole days as days, *end* exclusive.

    `maandag 23 november 2026`, `vrijdag 20 november 2026 tot en met maandag 23 november 2026`,
    `dinsdag 24 november 2026, 12.30 tot 16.36 uur`.
    """
    first, last = start.astimezone(_BRUSSELS), end.astimezone(_BRUSSELS)
    if first.time() == last.time() == time.min:
        final = last.date() - timedelta(days=1)
        return day(first) if final <= first.date() else f"{day(first)} tot en met {day(final)}"
    if first.date() == last.date():
        return f"{day(first)}, {first:%H.%M} tot {last:%H.%M} uur"
    return f"{instant(first)} tot {instant(last)}"
