"""`manage.py after_restore`: before traffic is allowed on a database that was restored (P-20)."""

from typing import Any

from django.core.management.base import BaseCommand

from connections.runtime import snapshot
from invoices import clock, restoring


class Command(BaseCommand):
    """Doubt what a backup says: nothing is sent before Xero was looked at."""

    help = (
        "After a restore, while nothing else runs: every unfinished operation looks in Xero "
        "before it sends, and every connection proves that its grant works."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Doubt everything, and say how much that was."""
        done = restoring.doubt_everything(now=clock.database_now(), runtime=snapshot())
        self.stdout.write(
            f"{done.operations} operations will look before they send. Of {done.connections} "
            f"connections {done.proven} have shown that they work; the others wait for a person."
        )
