"""The settings that support may change at run time, read in one go."""

from __future__ import annotations

from dataclasses import dataclass, fields

from constance.utils import get_values


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


def snapshot() -> Runtime:
    """Read all settings by one query; call it once a request or task and pass it on."""
    values = get_values()
    return Runtime(**{field.name: values[field.name.upper()] for field in fields(Runtime)})
