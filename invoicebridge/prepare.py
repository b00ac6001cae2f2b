"""
Everything between an installed product and one that can start: `python -m invoicebridge.prepare`.

One process instead of five management commands, because each of them would load Django anew.
Running it again changes nothing that is up to date.
"""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import CommandError, call_command

from invoicebridge import checks, demo_manifest

__all__ = ["checks", "prepare"]  # the checks are run by being known


def prepare(*, seed: bool) -> None:
    """
    Check the settings, bring the tables and the static files up to date, and seed the demo.

    :param seed: also make the demo companies and people (they are left as they are if present)
    :raises SystemCheckError: a setting is unsafe or missing
    """
    call_command("check", deploy=not settings.IS_DEMO, fail_level="ERROR", verbosity=0)
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    if not _is_collected(Path(settings.STATIC_ROOT)):
        call_command("collectstatic", interactive=False, verbosity=0)
    if seed:
        call_command("seed_demo")
        _give_manifest()


def _give_manifest() -> None:
    """Tell the sandbox the addresses of the native tab; the demo starts without it as well."""
    try:
        demo_manifest.upload(settings.PIPEDRIVE_OAUTH_URL)
    except demo_manifest.NotTaken as problem:
        print(problem, file=sys.stderr)


def _is_collected(root: Path) -> bool:
    """Whether the collected static files are newer than every file they were made from."""
    manifest = root / "staticfiles.json"
    if not manifest.exists():
        return False
    collected_at = manifest.stat().st_mtime
    return all(
        Path(storage.path(path)).stat().st_mtime <= collected_at
        for finder in finders.get_finders()
        for path, storage in finder.list([])
    )


def main(arguments: Sequence[str]) -> None:
    """Run from the command line. The demo is seeded in its profile only (IB_PROFILE=demo)."""
    parser = ArgumentParser(prog="python -m invoicebridge.prepare", description=__doc__)
    parser.add_argument(
        "--no-seed", action="store_true", help="do not make the demo companies and people"
    )
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "invoicebridge.settings")
    django.setup()
    try:
        prepare(seed=settings.IS_DEMO and not options.no_seed)
    except CommandError as error:  # said in words for whoever set this up
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
