"""What shall happen in a storm, and when: all of it follows from the seed (T-6)."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from connections import crash

# A story of ten minutes, told in seconds (T-2): what is late still arrives before a look counts,
# and Xero remembers a key for longer than we send it again.
DEADLINE_SECONDS: Final = 2
LOOK_PAUSE_SECONDS: Final = 6
LAST_RESEND_SECONDS: Final = 10
DURATIONS: Final[dict[str, int | str]] = {
    "LEASE_SECONDS": 6,
    "LAST_RESEND_SECONDS": LAST_RESEND_SECONDS,
    "LOOK_PAUSE_SECONDS": LOOK_PAUSE_SECONDS,
    "RESEND_WAITS": "1,1,2,3",
    "RENEW_BEFORE_SECONDS": 5,
    "POLL_SECONDS": 3,
    "POLL_QUIET_SECONDS": 6,
    "POLL_LEASE_SECONDS": 8,
    # One organisation stands for many here, so that a storm need not last for hours.
    "XERO_MINUTE_CALLS": 3000,
    "RETRIES_AT_LEAST": 200,
    "BREAKER_SECONDS": 6,
    "BREAKER_WAITS": "1,2,3",
}
SWITCHES: Final = {
    "xero_idempotency_seconds": 15,
    "xero_access_ttl": 25,
    "webhooks_paused": True,
    "xero_minute_limit": 100_000,
    "xero_day_limit": 1_000_000,
}
# By fault of reliability §4. A late one comes within the pause before a look.
FAULTS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("F-1", {"kind": "reset_after"}),
    ("F-1", {"kind": "reset_before"}),
    ("F-3", {"kind": "late", "seconds": 3.5}),
    ("F-4", {"kind": "timeout", "seconds": 3, "commit": True}),
    ("F-4", {"kind": "timeout", "seconds": 3, "commit": False}),
    ("F-5", {"kind": "rate_limit", "problem": "minute", "retry_after": 2}),
    ("F-6", {"kind": "rate_limit", "problem": "day", "retry_after": 3}),
    ("F-7", {"kind": "rate_limit", "problem": "appminute", "retry_after": 1}),
    ("F-7", {"kind": "rate_limit", "problem": "concurrent"}),
    ("F-8", {"kind": "status", "status": 500}),
    ("F-8", {"kind": "status_after", "status": 500}),
    ("F-9", {"kind": "status", "status": 503}),
    ("F-9", {"kind": "html"}),
    ("F-10", {"kind": "drip", "seconds_per_byte": 0.05}),
    ("F-11", {"kind": "cut", "bytes": 40}),
    ("F-11", {"kind": "garble"}),
    ("F-11", {"kind": "alter", "json_path": "Invoices.0.InvoiceID", "value": ""}),
)
# Whoever presses dies there; the workers die everywhere else.
PRESSERS_POINT: Final = "after_press_commit_before_doorbell"
WORKERS_POINTS: Final = tuple(name for name in crash.POINTS if name != PRESSERS_POINT)


@dataclass(frozen=True)
class Size:
    """How much happens."""

    presses: int
    seconds: float
    kills: int
    # At each crash point so many processes die, whichever come there first.
    crashes: int
    wipes: int
    stops: int
    faulty_percent: int = 20
    patience_seconds: float = 90


SIZES: Final = {
    "small": Size(presses=50, seconds=40, kills=3, crashes=1, wipes=1, stops=1),
    "full": Size(
        presses=500,
        seconds=240,
        kills=20,
        crashes=3,
        wipes=3,
        stops=2,
        patience_seconds=420,
    ),
}


@dataclass(frozen=True, order=True)
class Event:
    """Something that happens at a time, in seconds from the start."""

    at: float
    kind: str
    what: str = ""


class Plan:
    """One storm."""

    def __init__(self, size: Size, seed: int) -> None:
        self.size = size
        self.seed = seed
        self._dice = random.Random(seed)
        self.keys = [str(uuid.UUID(int=self._dice.getrandbits(128))) for _ in range(size.presses)]
        # Two presses that cannot end as they should, without which a storm does not come to every
        # point: Xero refuses what one asks for, and holds two invoices for the other.
        self.refused, self.twice = (str(uuid.UUID(int=self._dice.getrandbits(128))) for _ in "12")
        self.events = sorted(self._events())

    @property
    def crash_at(self) -> str:
        """Where the workers die, and how often."""
        return ",".join(f"{name}*{self.size.crashes}" for name in WORKERS_POINTS)

    def quantity(self, key: str) -> int:
        """Return how many desks a press is about, so that amounts differ."""
        return 1 + self.keys.index(key) % 97

    def faults(self) -> Iterator[dict[str, Any]]:
        """Yield what shall go wrong with writes, each at the write that it is counted for."""
        for write in range(self.size.presses * 2):
            if self._dice.random() * 100 < self.size.faulty_percent:
                _name, fault = self._dice.choice(FAULTS)
                yield {
                    "vendor": "xero",
                    "method": "PUT",
                    "path": "/Invoices",
                    "after": write,
                    **fault,
                }

    def _events(self) -> Iterator[Event]:
        size, dice = self.size, self._dice
        for key in self.keys:
            yield Event(dice.uniform(0, size.seconds), "press", key)
        for _ in range(size.kills):
            at = dice.uniform(0.1, 1) * size.seconds
            yield Event(at, "kill", dice.choice(("child", "child", "worker")))
        for _ in range(size.crashes):
            yield Event(dice.uniform(0, 0.85) * size.seconds, "crash", PRESSERS_POINT)
        for _ in range(size.wipes):
            yield Event(dice.uniform(0.1, 0.9) * size.seconds, dice.choice(("wipe", "restart")))
        for _ in range(size.stops):
            yield Event(dice.uniform(0.2, 0.9) * size.seconds, "stop")
        for _ in range(size.presses // 5):
            yield Event(dice.uniform(0.3, 1) * size.seconds, "act", dice.choice(("approve", "pay")))
