"""The list of things that shall go wrong, asked for through the control calls."""

import itertools
import re
import threading
from dataclasses import dataclass, field
from typing import Any

KINDS = {
    "status": {"status"},
    "rate_limit": {"problem"},
    "reset_before": set(),
    "reset_after": set(),
    "late": {"seconds"},
    "timeout": {"seconds"},
    "drip": {"seconds_per_byte"},
    "cut": {"bytes"},
    "garble": set(),
    "html": set(),
    "status_after": {"status"},
    "alter": {"json_path", "value"},
}
_COMMON = {"vendor", "method", "path", "times", "after", "kind"}


class BadFault(Exception):
    """A fault was asked for that cannot be played."""


@dataclass
class Fault:
    """One thing that shall go wrong, for requests that match, so many times."""

    number: int
    kind: str
    vendor: str | None
    method: str | None
    path: re.Pattern[str]
    times: int | None
    after: int
    params: dict[str, Any] = field(default_factory=dict)

    def matches(self, vendor: str, method: str, path: str) -> bool:
        """Whether the fault is meant for such a request."""
        return (
            self.vendor in (None, vendor)
            and self.method in (None, method)
            and self.path.search(path) is not None
        )

    def to_json(self) -> dict[str, Any]:
        """Return the fault as asked for, with what is left of `times` and `after`."""
        return {
            "number": self.number,
            "kind": self.kind,
            "vendor": self.vendor,
            "method": self.method,
            "path": self.path.pattern,
            "times": self.times,
            "after": self.after,
        } | self.params


_lock = threading.Lock()
_faults: list[Fault] = []
_numbers = itertools.count(1)


def add(wanted: dict[str, Any]) -> Fault:
    """
    Ask for a fault.

    :raises BadFault: unknown kind, a parameter missing, or a path that is no regular expression
    """
    kind = wanted.get("kind")
    if kind not in KINDS:
        raise BadFault(f"kind must be one of {', '.join(KINDS)}.")
    params = {name: value for name, value in wanted.items() if name not in _COMMON}
    if missing := KINDS[kind] - set(params):
        raise BadFault(f"{kind} needs {', '.join(sorted(missing))}.")
    try:
        pattern = re.compile(wanted.get("path") or "", re.IGNORECASE)
    except re.error as exc:
        raise BadFault(f"path is no regular expression: {exc}") from exc
    method = wanted.get("method")
    fault = Fault(
        number=next(_numbers),
        kind=kind,
        vendor=wanted.get("vendor"),
        method=method.upper() if method else None,
        path=pattern,
        times=wanted.get("times", 1),
        after=wanted.get("after", 0),
        params=params,
    )
    with _lock:
        _faults.append(fault)
    return fault


def take(vendor: str, method: str, path: str) -> Fault | None:
    """Return the first fault due for this request and count it as played, or None."""
    with _lock:
        for fault in _faults:
            if not fault.matches(vendor, method, path):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    _faults.remove(fault)
            return fault
    return None


def list_all() -> list[Fault]:
    """Return the faults still to come."""
    with _lock:
        return list(_faults)


def clear() -> None:
    """Forget every fault."""
    with _lock:
        _faults.clear()
