"""
Load on the running product: `python -m tests.chaos.load creations` or `… outage`, with `--presses`.

`creations`: presses at an even rate; how long each takes from press to final, and that each made
one write. `outage`: Xero refuses everything for a while in which people press; how many calls that
costs, and how long after Xero's return the last press is final.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

from tests.chaos.world import World, running
from tests.live import wait_until

_TIMES = """
    SELECT extract(epoch FROM finished_at - created_at)::float FROM invoices_operation
    WHERE state = 'done' ORDER BY 1
"""
_OPEN = "SELECT count(*) FROM invoices_operation WHERE state NOT IN ('done', 'refused')"


def creations(world: World, presses: int, per_second: float) -> None:
    """Press at an even rate and tell the times."""
    keys = press_evenly(world, presses, per_second)
    wait_until(lambda: world.cluster.ask(_OPEN)[0][0] == 0, seconds=300)
    times = [row[0] for row in world.cluster.ask(_TIMES)]
    cuts = statistics.quantiles(times, n=100)
    writes = Counter(count_writes(world).values())
    print(f"{len(keys)} presses at {per_second:g} a second, {len(times)} done")
    print(f"press to final: p50 {cuts[49]:.2f} s, p95 {cuts[94]:.2f} s, worst {times[-1]:.2f} s")
    print(f"writes for one press: {dict(writes)}")


def outage(world: World, presses: int, seconds: float) -> None:
    """Let Xero fail while people press, and tell calls and the time until all is final."""
    fault = {"vendor": "xero", "kind": "status", "status": 503, "times": 1_000_000}
    world.sandbox.call("faults", fault)
    before = len(world.sandbox.call("traffic?vendor=xero"))
    began = time.monotonic()
    pages: list[float] = []
    press_evenly(world, presses, presses / (seconds * 0.8), pages=pages)
    time.sleep(max(0.0, seconds - (time.monotonic() - began)))
    calls = world.sandbox.call("traffic?vendor=xero")[before:]
    kinds = Counter(each["method"] for each in calls)
    world.clear_faults()
    back = time.monotonic()
    wait_until(lambda: world.cluster.ask(_OPEN)[0][0] == 0, seconds=600)
    print(f"{presses} presses while Xero failed for {seconds:g} s: {sum(kinds.values())} calls")
    print(f"of these: {dict(kinds)}")
    cuts = statistics.quantiles(pages, n=100)
    print(f"a deal's page meanwhile: p50 {cuts[49] * 1000:.0f} ms, p95 {cuts[94] * 1000:.0f} ms")
    print(f"all final {time.monotonic() - back:.1f} s after Xero's return")
    print(f"writes for one press: {dict(Counter(count_writes(world).values()))}")


def press_evenly(
    world: World, presses: int, per_second: float, *, pages: list[float] | None = None
) -> list[str]:
    """
    Press so often, and return the keys.

    :param pages: after each press a deal's page is opened; takes how long that took
    """
    keys = [str(uuid.uuid4()) for _ in range(presses)]
    began = time.monotonic()
    for number, key in enumerate(keys):
        time.sleep(max(0.0, number / per_second - (time.monotonic() - began)))
        form: dict[str, Any] = {
            "key": key,
            "deal": 9000 + number,
            "quantity": 2,
            "contact": world.sandbox_contact,
            "tenant": world.tenant,
        }
        assert world.presser.press(form)
        if pages is not None:
            assert world.browser is not None
            opened = time.monotonic()
            world.browser.open(f"{world.site.url}/deals/1/")
            pages.append(time.monotonic() - opened)
    return keys


def count_writes(world: World) -> Counter[str]:
    """Count the writes that Xero saw for each press."""
    found: Counter[str] = Counter()
    for each in world.sandbox.call("traffic?vendor=xero&method=PUT"):
        found.update(invoice["Url"] for invoice in each["body"].get("Invoices", []))
    return found


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.load", description=__doc__)
    parser.add_argument("story", choices=["creations", "outage"])
    parser.add_argument("--presses", type=int, default=200)
    parser.add_argument("--per-second", type=float, default=5)
    parser.add_argument("--seconds", type=float, default=60, help="how long Xero fails")
    options = parser.parse_args()
    print(f"load of this machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as directory, running(Path(directory)) as world:
        if options.story == "creations":
            creations(world, options.presses, options.per_second)
        else:
            outage(world, options.presses, options.seconds)
    print(f"load of this machine after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
