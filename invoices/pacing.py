"""How soon an organisation is asked again. Pure (performance goal 12, reliability P-15)."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

from connections.runtime import Runtime

DAY_SECONDS = 86_400
# With too few calls left, one check in this time finds out that Xero counts a new day.
STARVED_SECONDS = 4 * 3_600
_JITTER = 0.1

_dice = random.SystemRandom()


def next_poll_in(
    *, is_busy: bool, quiet_polls: int, day_calls_left: int | None, runtime: Runtime
) -> timedelta:
    """
    Return the time to the next check, spread by a tenth so that organisations drift apart.

    :param is_busy: it has open invoices, or operations that are not finished
    :param quiet_polls: checks in a row that brought no news
    :param day_calls_left: Xero's count, None while it is not known
    """
    calm = runtime.poll_seconds * 2 ** min(quiet_polls, 16)
    seconds = runtime.poll_seconds if is_busy else min(calm, runtime.poll_quiet_seconds)
    seconds = max(seconds, least_seconds(day_calls_left, runtime=runtime))
    return timedelta(seconds=seconds * _dice.uniform(1 - _JITTER, 1 + _JITTER))


def for_plan(day_calls_limit: int | None, *, runtime: Runtime) -> Runtime:
    """Return the settings with what this organisation's plan allows in a day, where it is known."""
    if day_calls_limit is None:
        return runtime
    return replace(runtime, xero_day_calls=min(day_calls_limit, runtime.xero_day_calls))


def least_seconds(day_calls_left: int | None, *, runtime: Runtime) -> float:
    """Return the shortest time between checks that leaves people their share of the day."""
    if day_calls_left is None:
        return 0
    reserve = runtime.xero_day_calls * runtime.xero_day_reserve_percent / 100
    spare = day_calls_left - reserve
    return STARVED_SECONDS if spare < 1 else min(DAY_SECONDS / spare, STARVED_SECONDS)


def least_after_notice(day_calls_left: int | None, *, runtime: Runtime) -> float:
    """
    Return the shortest time between checks that the vendor's notices bring about.

    A burst of changes is followed at once while more than half of what checks may use of the day
    is left; after that notices keep to the even pace of all checks.
    """
    reserve = runtime.xero_day_calls * runtime.xero_day_reserve_percent / 100
    is_ample = day_calls_left is None or (
        day_calls_left - reserve > (runtime.xero_day_calls - reserve) / 2
    )
    least = 0 if is_ample else least_seconds(day_calls_left, runtime=runtime)
    return max(runtime.webhook_gap_seconds, least)


def after_failure(age: timedelta, *, runtime: Runtime) -> timedelta:
    """
    Return the time to the next check after one without an answer: half as long again as there
    has been no news, between half a minute and the quiet pace.

    :param age: since the last check that was answered
    """
    seconds = max(30.0, min(age.total_seconds() / 2, runtime.poll_quiet_seconds))
    return timedelta(seconds=seconds * _dice.uniform(1 - _JITTER, 1 + _JITTER))
