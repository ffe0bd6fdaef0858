"""A value of a delivery as the word that an event holds, and a rule's text with such words in their places."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from services.webhooks.domain.paths import kind_of
from shared.errors import Invalid

_LOCAL = ZoneInfo("Europe/Brussels")
_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_EXACT = 2**53  # https://www.rfc-editor.org/rfc/rfc8259#section-6
_DIGITS = 20  # more than any counter has
LARGEST_RECORD = 100_000  # bytes; a letter has a few thousand


def word(value: Any) -> str:
    """Return *value* in one line, without what is no character; "" when nothing of it is left.

    Raises: Invalid when it is neither text, number nor true/false.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return _whole(value)
    if not isinstance(value, str | int | float):
        raise Invalid("unusable", f"expected text or a number, found {kind_of(value)}")
    return " ".join("".join(sign if sign.isprintable() else " " for sign in str(value)).split())


def _whole(value: float) -> str:
    """Return a whole number. Of a larger one digits were lost: two of them would be one id."""
    if abs(value) > _EXACT:
        raise Invalid("unusable", "expected a number that JSON keeps exactly, or text")
    return str(int(value))


def record(value: Any) -> str:
    """Return an object, whole, as JSON.

    Raises: Invalid when it is none, or too large.
    """
    if not isinstance(value, dict):
        raise Invalid("unusable", f"expected an object, found {kind_of(value)}")
    try:
        text = orjson.dumps(value)
    except orjson.JSONEncodeError as error:  # more levels can be read than written
        raise Invalid("unusable", "expected an object of fewer levels") from error
    if len(text) > LARGEST_RECORD:
        raise Invalid("unusable", f"expected at most {LARGEST_RECORD} bytes")
    return text.decode()


def day(text: str) -> str:
    """Return the day of a date, or of a moment: in Brussels when it names its zone, else as it stands.

    Raises: Invalid.
    """
    try:
        moment = datetime.fromisoformat(text)
        return (moment.astimezone(_LOCAL) if moment.tzinfo else moment).date().isoformat()
    except (ValueError, OverflowError) as error:
        raise Invalid("unusable", "expected a date such as 2026-11-18") from error


def clock(text: str) -> str:
    """Return the clock of a time, or of a moment: in Brussels when it names its zone, else as it stands.

    Raises: Invalid.
    """
    try:
        return _moment(text).strftime("%H:%M")
    except (ValueError, OverflowError) as error:
        raise Invalid("unusable", "expected a clock such as 08:30, or a moment") from error


def _moment(text: str) -> datetime | time:
    if ":" not in text:  # a day alone would be its midnight
        raise ValueError
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return time.fromisoformat(text)
    return moment.astimezone(_LOCAL) if moment.tzinfo else moment


def comparable(text: str) -> str:
    """Return a version as text that is later in the alphabet when it is later: 9 comes before 10."""
    return text.zfill(_DIGITS) if text.isdecimal() else text


def places(template: str) -> Sequence[str]:
    """Return the fields that *template* shows, `{field}` each.

    Raises: Invalid when a brace does not belong to one.
    """
    if re.search(r"[{}]", _PLACE.sub("", template)):
        raise Invalid("invalid_text", "expected each brace around the name of a field: {nummer}")
    return _PLACE.findall(template)


def filled(template: str, words: Mapping[str, str], longest: int) -> str:
    """Return *template* with each place filled, with nothing where there is no word, cut at *longest* characters."""
    text = _PLACE.sub(lambda place: words.get(place[1], ""), template)
    return text if len(text) <= longest else text[: longest - 1] + "…"
