"""Switches that tests and curious people may turn while the sandbox runs."""

import threading
from typing import Any

from sandbox.core.models import StoredValue

_KEY = "switches"

DEFAULTS: dict[str, Any] = {
    "limits_enabled": True,
    "log_requests": False,
    # Webhooks of both vendors
    "webhooks_paused": False,  # messages wait
    "webhooks_duplicate": False,  # each is sent twice
    "webhooks_shuffle": False,  # those that are due go in any order
    "webhooks_forge": False,  # each is preceded by one that nobody of theirs has sent
    "webhooks_gap_percent": 100,  # of the time between attempts: 1 tells a day in a quarter hour
    # Xero
    "xero_page_latency_ms": 0,
    "xero_access_ttl": 1800,
    "xero_code_ttl": 300,
    "xero_refresh_grace": 1800,
    "xero_refresh_ttl": 60 * 86400,
    "xero_idempotency_seconds": 360,
    "xero_minute_limit": 60,
    "xero_day_limit": 5000,
    "xero_app_minute_limit": 10000,
    "xero_concurrent_limit": 5,
    "xero_parallel_twin": "wait",  # or "conflict": answer 409 to a twin still under way
    # Pipedrive
    "pipedrive_page_latency_ms": 0,
    "pipedrive_rotate_refresh": True,
    "pipedrive_access_ttl": 3599,
    "pipedrive_code_ttl": 300,
    "pipedrive_refresh_ttl": 60 * 86400,
    "pipedrive_burst_limit": 80,
    "pipedrive_day_limit": 30000,
    "pipedrive_theme": "light",
    "pipedrive_panel_width": 280,
    "pipedrive_token": "good",  # what the addresses of frames carry, see pipedrive/frames.py
    "pipedrive_invoice_scope": True,  # Pipedrive grants the app the invoicing extension
    "pipedrive_invoice_data": True,  # what Pipedrive posts there is wrapped in `data`
}
# Where not every value of the right type makes sense.
CHOICES: dict[str, tuple[Any, ...]] = {
    "xero_parallel_twin": ("wait", "conflict"),
    "pipedrive_theme": ("light", "dark"),
    "pipedrive_panel_width": (280, 400),
    "pipedrive_token": (
        "good", "expired", "wrong_secret", "alg_none", "missing", "not_installed",
    ),
}  # fmt: skip

_lock = threading.Lock()
_changed: dict[str, Any] | None = None


class UnknownSwitch(Exception):
    """No switch has this name."""


def get(name: str) -> Any:
    """Return one switch as set, or its default."""
    return _load().get(name, DEFAULTS[name])


def list_all() -> dict[str, Any]:
    """Return every switch with its present value."""
    return DEFAULTS | _load()


def change(values: dict[str, Any]) -> dict[str, Any]:
    """
    Set some switches and return all of them.

    :raises UnknownSwitch: a name is not known, or a value is of the wrong type; nothing changed
    """
    global _changed
    for name, value in values.items():
        if name not in DEFAULTS:
            raise UnknownSwitch(f"There is no switch called {name!r}.")
        if type(value) is not type(DEFAULTS[name]):
            raise UnknownSwitch(f"{name} takes a {type(DEFAULTS[name]).__name__}.")
        if value not in CHOICES.get(name, (value,)):
            raise UnknownSwitch(f"{name} takes one of {', '.join(map(str, CHOICES[name]))}.")
    with _lock:
        changed = (_changed or {}) | values
        StoredValue.objects.update_or_create(key=_KEY, defaults={"value": changed})
        _changed = changed
    return list_all()


def forget() -> None:
    """Read the switches anew at the next call, for example after a reset."""
    global _changed
    with _lock:
        _changed = None


def _load() -> dict[str, Any]:
    global _changed
    if _changed is None:
        with _lock:
            stored = StoredValue.objects.filter(key=_KEY).values_list("value", flat=True).first()
            _changed = stored or {}
    return _changed
