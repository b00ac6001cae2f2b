"""The settings that support may change at run time, read in one go."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from constance.codecs import loads
from django.conf import settings
from django.db import connection


@dataclass(frozen=True, slots=True)
class Runtime:
    """One reading of the admin's settings. Durations are seconds."""

    closed_to_new_installs: bool
    sending_paused: bool
    void_paid_invoices: bool
    poll_seconds: int
    poll_quiet_seconds: int
    poll_batch: int
    poll_overlap_seconds: int
    webhook_gap_seconds: int
    sweep_open_seconds: int
    lease_seconds: int
    last_resend_seconds: int
    look_pause_seconds: int
    look_behind_seconds: int
    resend_waits: str
    max_generations: int
    renew_before_seconds: int
    xero_calls_in_flight: int
    xero_day_reserve_percent: int
    xero_day_calls: int
    reference_seconds: int
    gates_seconds: int
    api_call_days: int
    webhook_days: int


def snapshot() -> Runtime:
    """
    Read all settings by one query; call it once a request or task and pass it on.

    The admin's table is read whole: django-constance asks it for each setting's name, which
    costs more than all else that a poll or a creation reads (docs/performance.md, goal 6).
    """
    values: dict[str, Any] = {name: option[0] for name, option in settings.CONSTANCE_CONFIG.items()}
    with connection.cursor() as cursor:
        cursor.execute("SELECT key, value FROM constance_constance")
        values |= {key: loads(value) for key, value in cursor.fetchall()}
    return Runtime(**{field.name: values[field.name.upper()] for field in fields(Runtime)})
