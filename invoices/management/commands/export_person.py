"""`manage.py export_person`: all that is kept of one person, as JSON (S-37)."""

import json
from typing import Any

from django.utils import timezone

from invoices import privacy
from invoices.management.commands._person import PersonCommand


class Command(PersonCommand):
    """Print all that is kept of one person, and put on record that it was handed out."""

    help = "Print all that is kept of one person, as JSON."

    def handle(self, *args: Any, **options: Any) -> None:
        """
        Print what is found.

        :raises CommandError: no such company, or nobody of our staff
        """
        person, company, by = self.find(options)
        found = privacy.export(
            person, company=company, by=by, reason=options["reason"], now=timezone.now()
        )
        self.stdout.write(json.dumps(found, indent=2, ensure_ascii=False, default=str))
