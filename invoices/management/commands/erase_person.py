"""`manage.py erase_person`: erase one person's data, within a company or everywhere (S-37)."""

from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from invoices import privacy
from invoices.management.commands._person import PersonCommand

_REFUSED = {
    "staff": "This is one of our staff: take their rights away first.",
    "last_admin": "This is a company's last admin: the company has to name another one first.",
}


class Command(PersonCommand):
    """Erase one person's data, and keep a record of it without names."""

    help = "Erase one person's data here. What Pipedrive and Xero hold is the company's to erase."

    def handle(self, *args: Any, **options: Any) -> None:
        """
        Erase, and print how many rows of each table were changed.

        :raises CommandError: it is not possible, or something is under way: ask again later
        """
        person, company, by = self.find(options)
        try:
            done = privacy.erase(
                person, company=company, by=by, reason=options["reason"], now=timezone.now()
            )
        except privacy.NotPossible as exc:
            raise CommandError(_REFUSED.get(exc.code, exc.code)) from exc
        for table, count in sorted(done.counts.items()):
            self.stdout.write(f"{table}\t{count}")
        if done.under_way:
            raise CommandError(
                f"{len(done.under_way)} operations are under way and were left: run this again "
                f"when they have ended. {' '.join(done.under_way)}"
            )
