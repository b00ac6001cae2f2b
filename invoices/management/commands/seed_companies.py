"""`manage.py seed_companies N`: many connected companies with known secrets (reliability T-3)."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from invoices.journey import crowd


class Command(BaseCommand):
    """Make companies that are connected on both sides of the sandbox; print their secrets."""

    help = (
        "Make companies connected to the running sandbox and print them, one JSON object a line, "
        "with every secret in clear. Refused outside the demo's profile."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take how many."""
        parser.add_argument("count", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        """
        Print each company as it is connected.

        :raises CommandError: this is no demo
        """
        if not settings.IS_DEMO:
            raise CommandError("Companies with known secrets are for the demo's profile only.")
        for company in crowd.seed(options["count"], now=timezone.now()):
            self.stdout.write(json.dumps(company))
