"""How Xero writes instants and calendar dates in JSON, and how it reads them."""

import re
from datetime import UTC, date, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1)
_MS_DATE = re.compile(r"^/Date\((-?\d+)([+-]\d{4})?\)/$")


def to_ms(instant: datetime) -> int:
    """Return an aware instant as whole milliseconds since 1970 UTC."""
    return (instant - _EPOCH) // timedelta(milliseconds=1)


def from_ms(milliseconds: int) -> datetime:
    """Return the aware UTC instant of so many milliseconds since 1970."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def write_ms(milliseconds: int) -> str:
    """Return `/Date(ms+0000)/`."""
    return f"/Date({milliseconds}+0000)/"


def write_instant(milliseconds: int) -> str:
    """Return the twin text of an instant: UTC without a zone, milliseconds when there are any."""
    whole = from_ms(milliseconds).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{milliseconds % 1000:03d}" if milliseconds % 1000 else whole


def write_date(day: date) -> str:
    """Return a calendar date as Xero carries it: midnight UTC as `/Date(ms+0000)/`."""
    return write_ms((day - _EPOCH_DAY).days * 86_400_000)


def write_date_text(day: date) -> str:
    """Return the twin text of a calendar date."""
    return f"{day.isoformat()}T00:00:00"


def read_date(value: object) -> date:
    """
    Read a calendar date as clients send it: `2026-11-23`, with a time after it, or `/Date(ms)/`.

    :raises ValueError: it is none of these
    """
    text = str(value)
    if match := _MS_DATE.match(text):
        return from_ms(int(match[1])).date()
    return date.fromisoformat(text[:10])


def read_instant(value: str) -> datetime:
    """
    Read an instant such as an If-Modified-Since header, to the second; no zone means UTC.

    :raises ValueError: it is neither ISO nor an HTTP date
    """
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        instant = datetime.strptime(value, "%a, %d %b %Y %H:%M:%S GMT")
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return instant.astimezone(UTC).replace(microsecond=0)
