"""Time zones as Outlook names them: Windows names, and the IANA names that Graph documents."""

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.errors import bad_request

# Unicode CLDR windowsZones, the zones a Belgian mailbox meets
WINDOWS = {
    "UTC": "Etc/UTC",
    "GMT Standard Time": "Europe/London",
    "Greenwich Standard Time": "Atlantic/Reykjavik",
    "Romance Standard Time": "Europe/Brussels",
    "W. Europe Standard Time": "Europe/Berlin",
    "Central Europe Standard Time": "Europe/Budapest",
    "Central European Standard Time": "Europe/Warsaw",
    "E. Europe Standard Time": "Europe/Chisinau",
    "FLE Standard Time": "Europe/Kyiv",
    "GTB Standard Time": "Europe/Bucharest",
    "Turkey Standard Time": "Europe/Istanbul",
    "Morocco Standard Time": "Africa/Casablanca",
    "Eastern Standard Time": "America/New_York",
    "Pacific Standard Time": "America/Los_Angeles",
    "Tokyo Standard Time": "Asia/Tokyo",
}
# https://learn.microsoft.com/en-us/graph/api/resources/datetimetimezone - Europe/Brussels is not in the list
IANA = {
    "Etc/GMT", "Etc/UTC", "Europe/London", "Europe/Berlin", "Europe/Budapest", "Europe/Paris", "Europe/Warsaw",
    "Europe/Bucharest", "Europe/Kiev", "Europe/Istanbul", "Atlantic/Reykjavik", "Africa/Casablanca",
    "America/New_York", "America/Los_Angeles", "Asia/Tokyo",
}  # fmt: skip
_WALL = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,7}))?(Z?)$")


def zone(name: object) -> ZoneInfo:
    """Return the zone that Graph knows as *name*. Raises: GraphError 400 for any other."""
    if isinstance(name, str) and (name in WINDOWS or name in IANA):
        return ZoneInfo(WINDOWS.get(name, name))
    raise bad_request(f"The time zone '{name}' is not supported.", "TimeZoneNotSupportedException")


def instant(value: Any) -> datetime:
    """Read a dateTimeTimeZone, `{"dateTime": "2027-05-04T00:00:00", "timeZone": "Romance Standard Time"}`."""
    if not isinstance(value, dict) or not isinstance(value.get("dateTime"), str):
        raise bad_request("A dateTimeTimeZone needs 'dateTime' and 'timeZone'.", "ErrorInvalidRequest")
    wall = wall_clock(value["dateTime"])
    return wall.replace(tzinfo=zone(value.get("timeZone"))).astimezone(UTC)


def wall_clock(text: str) -> datetime:
    """Read a date and time without offset, of up to seven fractional digits."""
    match = _WALL.match(text)
    if match is None:
        raise bad_request(f"The value '{text}' is not a date and time.", "ErrorInvalidRequest")
    whole, fraction, _ = match.groups()
    try:
        return datetime.fromisoformat(f"{whole}.{(fraction or '')[:6]:0<6}")
    except ValueError as error:
        raise bad_request(f"The value '{text}' is not a date and time.", "ErrorInvalidRequest") from error


def in_zone(moment: datetime, name: str) -> dict[str, str]:
    """Write *moment* as the dateTimeTimeZone of zone *name*, with Exchange's seven digits."""
    return {"dateTime": f"{moment.astimezone(zone(name)):%Y-%m-%dT%H:%M:%S.%f}0", "timeZone": name}


def offset_time(text: str | None, name: str) -> datetime:
    """Read an ISO 8601 time from *text*; *name* says what it means when it lacks. Naive is UTC."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError as error:
        raise bad_request(f"'{name}' is not a valid date and time: {text!r}.", "ErrorInvalidParameter") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def utc(moment: datetime) -> str:
    """Write *moment* as an Edm.DateTimeOffset in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
