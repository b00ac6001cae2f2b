"""Xero's rate limits: 5 at once, 60 a minute, 5,000 a day per tenant; 10,000 a minute per app."""

import math
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpResponse

from sandbox.core import switches

_APP = "app"


@dataclass
class _Window:
    started_at: datetime
    used: int = 0


_lock = threading.Lock()
_windows: dict[tuple[str, str], _Window] = {}
_in_flight: dict[str, int] = {}
_LENGTHS = {
    "minute": timedelta(minutes=1),
    "day": timedelta(days=1),
    "appminute": timedelta(minutes=1),
}


class Limited(Exception):
    """The request is over a limit; arguments: the problem's name, seconds to wait or None."""


def enter(tenant_id: str, *, now: datetime) -> None:
    """
    Count one request in; call leave() when it is answered.

    :raises Limited: one of the four limits is reached; the request is not counted
    """
    with _lock:
        if switches.get("limits_enabled"):
            if _in_flight.get(tenant_id, 0) >= switches.get("xero_concurrent_limit"):
                raise Limited("concurrent", None)
            for name in ("day", "minute", "appminute"):
                window = _window(name, tenant_id, now)
                if window.used >= _most(name):
                    rest = window.started_at + _LENGTHS[name] - now
                    raise Limited(name, max(1, math.ceil(rest.total_seconds())))
        for name in _LENGTHS:
            _window(name, tenant_id, now).used += 1
        _in_flight[tenant_id] = _in_flight.get(tenant_id, 0) + 1


def leave(tenant_id: str) -> None:
    """Say that a request counted in by enter() is answered."""
    with _lock:
        _in_flight[tenant_id] = max(0, _in_flight.get(tenant_id, 0) - 1)


def stamp(response: HttpResponse, tenant_id: str, *, now: datetime) -> HttpResponse:
    """Put what is left of the limits into the answer's headers."""
    headers = {
        "X-DayLimit-Remaining": "day",
        "X-MinLimit-Remaining": "minute",
        "X-AppMinLimit-Remaining": "appminute",
    }
    with _lock:
        for header, name in headers.items():
            response[header] = str(max(0, _most(name) - _window(name, tenant_id, now).used))
    return response


def refuse(problem: str, retry_after: int | None) -> HttpResponse:
    """Return Xero's 429: no body, no content type."""
    response = HttpResponse(status=429)
    del response["Content-Type"]
    response["X-Rate-Limit-Problem"] = problem
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def forget() -> None:
    """Start counting anew."""
    with _lock:
        _windows.clear()
        _in_flight.clear()


def _window(name: str, tenant_id: str, now: datetime) -> _Window:
    key = (name, _APP if name == "appminute" else tenant_id)
    window = _windows.get(key)
    if window is None or not timedelta(0) <= now - window.started_at < _LENGTHS[name]:
        window = _windows[key] = _Window(now)
    return window


def _most(name: str) -> int:
    switch = {
        "minute": "xero_minute_limit",
        "day": "xero_day_limit",
        "appminute": "xero_app_minute_limit",
    }
    return int(switches.get(switch[name]))
