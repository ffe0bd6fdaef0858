"""The days the sample world hangs on: working days around any day, and the dates that two systems agree on."""

from datetime import date, timedelta

_SATURDAY = 5
_WEDNESDAY = 2


def monday(today: date, weeks: int) -> date:
    """Return the Monday of the week that lies *weeks* after that of *today*."""
    return today - timedelta(days=today.weekday()) + timedelta(weeks=weeks)


def workday(start: date, n: int, day_off: int | None = None) -> date:
    """Return the n-th working day from *start* on (0 is the first); -1 is the last one before *start*."""
    step = timedelta(days=-1 if n < 0 else 1)
    day = start if n >= 0 else start + step
    for _ in range(n if n >= 0 else -n - 1):
        day = _roll(day, step, day_off) + step
    return _roll(day, step, day_off)


def next_workday(today: date) -> date:
    return workday(today + timedelta(days=1), 0)


def joris_telework(today: date) -> date:
    return workday(today, 0, day_off=_WEDNESDAY)


def joris_half_day(today: date) -> date:
    """Return his working day after the telework, so that the two never share a day."""
    return workday(joris_telework(today), 1, day_off=_WEDNESDAY)


def noor_telework(today: date) -> date:
    return monday(today, weeks=2) + timedelta(days=1)


def noor_asked(today: date) -> date:
    return monday(today, weeks=5) + timedelta(days=3)


def _roll(day: date, step: timedelta, day_off: int | None) -> date:
    while day.weekday() >= _SATURDAY or day.weekday() == day_off:
        day += step
    return day
