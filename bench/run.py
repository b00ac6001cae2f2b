"""Measure one module in this process and print its results: `python -m bench.run polls`."""

from __future__ import annotations

import importlib
import json
import sys

import django


def main(name: str) -> None:
    """Measure on a fresh database."""
    django.setup()
    module = importlib.import_module(f"bench.{name}")
    world = importlib.import_module("bench.world")
    with world.fresh_database():
        for result in module.measure():
            print(json.dumps(result.to_json()), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
