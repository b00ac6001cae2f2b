"""`manage.py grant_application_role`: what the application's role in PostgreSQL may do (S-32)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from connections import database_roles


class Command(BaseCommand):
    """Let a role read and write rows, and nothing else; run it as the owner, after migrating."""

    help = "Let the application's own PostgreSQL role read and write rows, and nothing else."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the role's name."""
        parser.add_argument("role")

    def handle(self, *args: Any, **options: Any) -> None:
        """
        Grant, and say so.

        :raises CommandError: nothing was granted, with the reason
        """
        try:
            with transaction.atomic():
                database_roles.grant(options["role"])
        except database_roles.NotPossible as exc:
            raise CommandError(str(exc)) from exc
        self.stdout.write(f"{options['role']} may read and write rows, and nothing else.")
