"""`manage.py rotate_keys`: seal every secret with the first of FIELD_ENCRYPTION_KEYS (S-18)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from connections import rotation


class Command(BaseCommand):
    """Seal with the newest key what older keys sealed; may be stopped and started at any time."""

    help = (
        "Seal every secret with the first of FIELD_ENCRYPTION_KEYS. Runs beside the service, and "
        "may be stopped and started again. --status only tells how many are left."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what may be chosen."""
        parser.add_argument("--status", action="store_true", help="only tell how many are left")
        parser.add_argument("--rows", type=int, default=rotation.ROWS_AT_ONCE, help="at once")

    def handle(self, *args: Any, **options: Any) -> None:
        """
        Seal anew, then print for each column how many values there are and how many are left.

        :raises CommandError: values are left after sealing: an older key is still needed
        """
        if not options["status"]:
            done = rotation.rotate(rows_at_once=max(1, options["rows"]))
            self.stdout.write(
                f"{done.resealed} sealed anew, {done.changed_meanwhile} changed meanwhile, "
                f"{done.unreadable} unreadable"
            )
        found = rotation.status()
        for each in found:
            self.stdout.write(f"{each.name}\t{each.sealed} sealed\t{each.left} left")
        left = sum(each.left for each in found)
        if left and not options["status"]:
            raise CommandError(f"{left} values still need an older key: keep it, and look why.")
