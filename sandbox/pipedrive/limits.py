"""
Rate limits (fact sheet §5): requests per token in a rolling two seconds, and the company's day.

Counted in memory: a restart forgives everyone. The burst is real time, the day is the sandbox's.
"""

from __future__ import annotations

import math
import threading
import time
from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import date

from sandbox.core import clock, switches

WINDOW_SECONDS = 2.0
SEARCH_BURST = 10

_lock = threading.Lock()
_bursts: dict[str, deque[float]] = defaultdict(deque)
_spent: dict[tuple[int, date], int] = defaultdict(int)


@dataclass(frozen=True)
class Verdict:
    """Whether a request may pass, and the headers its answer carries."""

    is_allowed: bool
    headers: dict[str, str]


def count(*, token: str, company_id: int, cost: int, is_search: bool) -> Verdict:
    """Count one request against its token's burst and its company's day."""
    limit = SEARCH_BURST if is_search else switches.get("pipedrive_burst_limit")
    day_limit, today = switches.get("pipedrive_day_limit"), clock.today()
    with _lock:
        burst = _bursts[f"search {token}" if is_search else token]
        now = time.monotonic()
        while burst and burst[0] <= now - WINDOW_SECONDS:
            burst.popleft()
        day_left = day_limit - _spent[company_id, today]
        is_allowed = not switches.get("limits_enabled") or (len(burst) < limit and day_left >= cost)
        if is_allowed:
            burst.append(now)
            _spent[company_id, today] += cost
            day_left -= cost
        reset = math.ceil(burst[0] + WINDOW_SECONDS - now) if burst else 0
        return Verdict(is_allowed, _headers(limit, limit - len(burst), reset, day_limit, day_left))


def _headers(limit: int, left: int, reset: int, day_limit: int, day_left: int) -> dict[str, str]:
    return {
        "x-ratelimit-limit": str(limit),
        "x-ratelimit-remaining": str(max(left, 0)),
        "x-ratelimit-reset": str(reset),
        "x-daily-ratelimit-token-limit": str(day_limit),
        "x-daily-ratelimit-token-remaining": str(max(day_left, 0)),
    }


def forget() -> None:
    """Start counting anew."""
    with _lock:
        _bursts.clear()
        _spent.clear()
