"""The sandbox's own clock: real time plus an offset that tests move."""

import threading
from datetime import UTC, date, datetime, timedelta

from sandbox.core.models import StoredValue

_KEY = "clock_offset_seconds"
_lock = threading.Lock()
_offset: timedelta | None = None


def now() -> datetime:
    """Return the sandbox's present instant, aware UTC."""
    return datetime.now(UTC) + _get_offset()


def today() -> date:
    """Return the sandbox's present calendar date in UTC."""
    return now().date()


def advance(seconds: float) -> datetime:
    """Move the clock by so many seconds (negative: back) and return the new instant."""
    global _offset
    with _lock:
        offset = (_offset or _load()) + timedelta(seconds=seconds)
        StoredValue.objects.update_or_create(key=_KEY, defaults={"value": offset.total_seconds()})
        _offset = offset
    return now()


def forget() -> None:
    """Read the offset anew at the next call, for example after a reset."""
    global _offset
    with _lock:
        _offset = None


def _get_offset() -> timedelta:
    global _offset
    if _offset is None:
        with _lock:
            _offset = _load()
    return _offset


def _load() -> timedelta:
    stored = StoredValue.objects.filter(key=_KEY).values_list("value", flat=True).first()
    return timedelta(seconds=stored or 0)
