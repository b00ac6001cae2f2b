"""`manage.py list_operations`: each operation's state as JSON lines (reliability T-3)."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from invoices import queries


class Command(BaseCommand):
    """Print what became of everything that people asked for: ids, states and times only."""

    help = "Print each operation's state, one JSON object a line, the oldest first."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line for each operation of every company."""
        for row in queries.iterate_states():
            self.stdout.write(json.dumps(row, default=str))
