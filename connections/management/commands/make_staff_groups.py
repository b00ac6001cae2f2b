"""`manage.py make_staff_groups`: the groups of our staff, after each deployment."""

from typing import Any

from django.core.management.base import BaseCommand

from connections import staff


class Command(BaseCommand):
    """Make or refresh the groups of our own staff and what each may do."""

    help = "Make or refresh the groups of our own staff and what each may do."

    def handle(self, *args: Any, **options: Any) -> None:
        """Set each group's rights to what the code says."""
        staff.make_groups()
