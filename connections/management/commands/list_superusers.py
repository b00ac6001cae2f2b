"""`manage.py list_superusers`: who may do everything; more than two is an error (S-28)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from connections import staff


class Command(BaseCommand):
    """List who may do everything; fail when those are more than two."""

    help = "List the active superusers; fails when there are more than two."

    def handle(self, *args: Any, **options: Any) -> None:
        """
        Print an address and the last sign-in, one person a line.

        :raises CommandError: there are too many
        """
        found = list(staff.list_superusers())
        for user in found:
            seen = user.last_login.isoformat(timespec="minutes") if user.last_login else "never"
            self.stdout.write(f"{user.email}\t{seen}")
        if len(found) > staff.MOST_SUPERUSERS:
            raise CommandError(
                f"{len(found)} superusers; at most {staff.MOST_SUPERUSERS} are allowed."
            )
