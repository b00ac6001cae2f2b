"""
Measure all goals, or some: `python -m bench pulling lists`; the parts are PARTS.

Ends with 1 when a goal is missed. Each part runs in processes of its own, on SQLite and, where a
server answers at TEST_POSTGRES_URL or its usual place, on PostgreSQL too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench.results import Result
from tests.needs import NEEDS, POSTGRES_URL

PARTS = (
    "pulling",
    "memory",
    "creating",
    "polls",
    "dialog",
    "start",
    "webhooks",
    "news",
    "presses",
    "first_paint",
    "lists",
)
ON_POSTGRESQL = ("pulling", "creating", "polls", "presses", "lists")
# A million invoices belong to a server; the embedded database serves one company.
ON_POSTGRESQL_ONLY = ("presses", "lists")


@contextmanager
def stand_in() -> Iterator[str]:
    """Run the stand-in for a while and give its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.loopback"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def run(arguments: list[str], database_url: str | None) -> list[str]:
    """Run one part with a stand-in of its own and return what it printed."""
    with stand_in() as address:
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "bench.settings",
            "IB_PROFILE": "demo",
            "XERO_API_URL": address,
        }
        environment.pop("DATABASE_URL", None)
        if database_url is not None:
            environment["DATABASE_URL"] = database_url
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    return done.stdout.splitlines()


def measure(part: str, database_url: str | None) -> list[Result]:
    """Return the results of one part."""
    if part != "memory":
        return [Result(**json.loads(line)) for line in run(["bench.run", part], database_url)]
    reference, ours, large = (
        float(run(["bench.memory", how, str(count)], database_url)[-1])
        for how, count in (("reference", 10_000), ("ours", 10_000), ("ours", 100_000))
    )
    return [
        Result(
            "3 small",
            "peak memory of 10,000 changes / reference",
            ours / reference,
            1.15,
            detail=f"{ours:.0f} MB against {reference:.0f} MB",
        ),
        Result(
            "3 large",
            "peak memory of 100,000 changes / of 10,000",
            large / ours,
            1.1,
            detail=f"{large:.0f} MB against {ours:.0f} MB",
        ),
    ]


def show(result: Result, database: str) -> None:
    """Print one line of the table."""
    sign = "at least" if result.is_floor else "at most"
    mark = "ok    " if result.is_met else "MISSED"
    print(
        f"{mark} {result.goal:<13} {result.what:<62} {result.value:9.2f}  {sign} {result.limit:g}"
        f"  [{database}] {result.detail}",
        flush=True,
    )


def main(parts: tuple[str, ...]) -> int:
    """Measure and print; 1 when a goal is missed, 2 when a part is not one of PARTS."""
    if unknown := [part for part in parts if part not in PARTS]:
        print(f"Not a part: {', '.join(unknown)}. The parts: {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    is_postgres_there = NEEDS["services"]["PostgreSQL"]()
    missed = 0
    for part in parts:
        databases: list[tuple[str, str | None]] = []
        if part not in ON_POSTGRESQL_ONLY:
            databases.append(("SQLite", None))
        if part in ON_POSTGRESQL and is_postgres_there:
            databases.append(("PostgreSQL", POSTGRES_URL))
        for name, url in databases:
            for result in measure(part, url):
                show(result, name)
                missed += not result.is_met
    if not is_postgres_there:
        print("LEFT OUT: PostgreSQL, because none answered.")
    print(f"{missed} goals missed." if missed else "All goals met.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(tuple(sys.argv[1:]) or PARTS))
