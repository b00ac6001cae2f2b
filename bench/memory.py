"""Goal 3: the highest memory of a pull, each in a process of its own."""

from __future__ import annotations

import importlib
import sys

import django


def main(how: str, count: int) -> None:
    """Pull once to fill the table, then measure a pull of as many changes."""
    django.setup()
    reference, world = (importlib.import_module(f"bench.{name}") for name in ("reference", "world"))
    polling = importlib.import_module("invoices.polling")
    with world.fresh_database():
        (connection,) = world.connect(1)
        for version in (0, 1):
            if version == 1:
                world.reset_peak()
            world.play(changed=count, version=version)
            world.rewind([connection], version=version)
            if how == "reference":
                reference.pull(connection)
                continue
            connection.refresh_from_db()
            while connection.next_poll_at is None or connection.next_poll_at <= world.NOW:
                polling.poll_due(now=world.NOW)
                connection.refresh_from_db()
        print(world.peak_megabytes())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
