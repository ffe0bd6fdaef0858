"""How moments, durations and numbers look to a reader of the pages."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import cast

from flask import Flask, current_app
from markupsafe import Markup

from services.console.texts import Texts
from shared.clock import BRUSSELS

_MINUTE, _HOUR, _DAY = 60, 3600, 86400  # seconds


def teach(app: Flask, texts: Texts) -> None:
    """Give the templates the words of *texts* and the formats that go with them."""
    app.extensions["texts"] = texts
    app.jinja_env.globals.update(t=texts, language=texts.language)
    app.jinja_env.filters.update(moment=moment, day=day, left=left, duration=duration, number=number, rate=rate)


def texts() -> Texts:
    """Return the texts of the current app."""
    return cast("Texts", current_app.extensions["texts"])


def moment(at: datetime | None) -> Markup | str:
    """Return "23 nov 2026 15:02:11" in Brussels time, as a <time> element."""
    if at is None:
        return texts()("unit.none")
    local = at.astimezone(BRUSSELS)
    month = texts()("language.months").split()[local.month - 1]
    shown = f"{local.day} {month} {local.year} {local:%H:%M:%S}"
    return Markup('<time datetime="{}">{}</time>').format(local.isoformat(timespec="seconds"), shown)


def day(value: date) -> Markup:
    """Return "8 dec 2026", as a <time> element."""
    month = texts()("language.months").split()[value.month - 1]
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), f"{value.day} {month} {value.year}")


def left(days: int) -> str:
    """Return "2 dagen", "Vandaag", "1 dag te laat"."""
    if days == 0:
        return texts()("unit.today")
    table = "unit.days" if days > 0 else "unit.late"
    return texts()(f"{table}_one" if abs(days) == 1 else f"{table}_many", n=abs(days))


def duration(span: timedelta | None) -> str:
    """Return the span in its largest whole unit: "45 s", "12 min", "3 u", "2 dagen"."""
    if span is None:
        return texts()("unit.none")
    seconds = max(0, int(span.total_seconds()))
    if seconds < _MINUTE:
        return texts()("unit.seconds", n=seconds)
    if seconds < _HOUR:
        return texts()("unit.minutes", n=seconds // _MINUTE)
    if seconds < _DAY:
        return texts()("unit.hours", n=seconds // _HOUR)
    days = seconds // _DAY
    return texts()("unit.days_one" if days == 1 else "unit.days_many", n=days)


def number(value: int) -> str:
    """Return 12345 as "12.345"."""
    return f"{value:,}".replace(",", ".")


def rate(value: float) -> str:
    """Return 0.25 as "0,3"."""
    return f"{value:.1f}".replace(".", ",")
