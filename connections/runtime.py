"""The settings that support may change at run time, read in one go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from constance.codecs import loads
from django.conf import settings

from connections import statements

STORED = statements.Statement("SELECT key, value FROM constance_constance")


# Every process reads this at its start: methods that nobody calls would cost it milliseconds.
@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Runtime:
    """One reading of the admin's settings. Durations are seconds."""

    closed_to_new_installs: bool
    sending_paused: bool
    void_paid_invoices: bool
    poll_seconds: int
    poll_quiet_seconds: int
    poll_batch: int
    poll_lease_seconds: int
    poll_overlap_seconds: int
    webhook_gap_seconds: int
    sweep_open_seconds: int
    news_seconds: int
    lease_seconds: int
    last_resend_seconds: int
    look_pause_seconds: int
    look_behind_seconds: int
    resend_waits: str
    retry_percent: int
    retries_at_least: int
    breaker_failures: int
    breaker_seconds: int
    breaker_waits: str
    max_generations: int
    renew_before_seconds: int
    renew_idle_days: int
    grant_days: int
    warn_days: int
    warn_unrenewed_seconds: int
    warn_ended_seconds: int
    xero_calls_in_flight: int
    xero_minute_calls: int
    xero_app_minute_calls: int
    xero_day_reserve_percent: int
    xero_day_calls: int
    invoice_noted_from: int
    invoice_ceiling: int
    invoices_hour_person: int
    invoices_hour_company: int
    reference_seconds: int
    gates_seconds: int
    native_email_action: str
    native_link_action: str
    api_call_days: int
    webhook_days: int
    form_days: int
    erase_days: int


def snapshot() -> Runtime:
    """
    Read all settings by one query; call it once a request or task and pass it on.

    The admin's table is read whole: django-constance asks it for each setting's name, which
    costs more than all else that a poll or a creation reads (docs/performance.md, goal 6).
    """
    (rows,) = statements.read(STORED)
    return of(rows)


def of(rows: Iterable[Sequence[Any]]) -> Runtime:
    """Return the settings by what `STORED` found, for whoever reads it with something else."""
    values: dict[str, Any] = {name: option[0] for name, option in settings.CONSTANCE_CONFIG.items()}
    values |= {key: loads(value) for key, value in rows}
    return Runtime(**{name: values[name.upper()] for name in Runtime.__slots__})
