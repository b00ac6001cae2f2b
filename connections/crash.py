"""
Named places at which a process can be made to die, to prove what is promised about that (T-4).

Off, a point costs one look at a setting. `IB_CRASH_AT=after_commit_before_send` kills whichever
process gets there, as kill -9 does: no handler runs, nothing is given back. With `*3` behind the
name only the first three are killed, whichever processes they are; a comma between names asks for
several. A process refuses to start with
it unless tests are switched on, which production cannot do, and `/ready` tells of it.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

# The arrows of reliability §2, in the order in which a creation passes them.
POINTS: Final = (
    "after_press_commit_before_doorbell",
    "after_lease_before_commit",
    "after_commit_before_send",
    "after_send_before_answer_stored",
    "before_storing_done",
    "after_answer_stored",
    "before_storing_unsure",
    "after_storing_unsure",
    "before_storing_looking",
    "after_storing_looking",
    "after_look_before_conclusion",
    "before_storing_ready",
    "after_storing_ready",
    "before_storing_waiting",
    "after_storing_waiting",
    "before_storing_refused",
    "after_storing_refused",
    "before_storing_needs_person",
    "after_storing_needs_person",
    # Renewing a token pair (P-8), and following what changes in Xero (P-7).
    "before_refresh",
    "during_refresh_before_store",
    "after_refresh_stored",
    "before_cursor_move",
    "after_cursor_move",
)


def point(name: str) -> None:
    """Die here, if this is the point that was asked for."""
    if is_armed(name):
        _die(name)


@contextmanager
def before_commit(name: str) -> Iterator[None]:
    """
    Die before what is written inside is committed, if this is the point that was asked for.

    What is written there may be a transaction by being one message; then it is left so.
    """
    if not is_armed(name):
        yield
        return
    with transaction.atomic():
        yield
        _die(name)


def is_armed(name: str) -> bool:
    """Whether this is one of the points that were asked for."""
    wanted = settings.CRASH_AT
    return bool(wanted) and name in _read(wanted)


def check(wanted: str, *, is_test_mode: bool) -> None:
    """
    Make sure that a process may start with this point.

    :raises ImproperlyConfigured: tests are not switched on, or there is no such point
    """
    if not wanted:
        return
    if not is_test_mode:
        raise ImproperlyConfigured("IB_CRASH_AT kills processes: it needs IB_TEST_MODE=true.")
    for name, times in _read(wanted).items():
        if name not in POINTS or not (times or "1").isdecimal():
            raise ImproperlyConfigured(f"IB_CRASH_AT must be some of {', '.join(POINTS)}.")


@lru_cache(maxsize=4)
def _read(wanted: str) -> dict[str, str]:
    """Return the names that are asked for, each with what stands behind its star."""
    pairs = [each.partition("*") for each in wanted.split(",")]
    return {name: times for name, _star, times in pairs}


def _die(name: str) -> None:
    times = _read(settings.CRASH_AT)[name]
    if times and not _take_turn(name, int(times)):
        return
    os.kill(os.getpid(), signal.SIGKILL)


def _take_turn(name: str, times: int) -> bool:
    """Whether fewer have died here: counted by files, because memory dies with a process."""
    directory = Path(settings.VAR_DIR) / "crashes"
    directory.mkdir(parents=True, exist_ok=True)
    for turn in range(times):
        try:
            (directory / f"{name}.{turn}").touch(exist_ok=False)
        except FileExistsError:
            continue
        return True
    return False
