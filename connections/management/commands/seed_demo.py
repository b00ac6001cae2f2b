"""`manage.py seed_demo`: the people and companies of the demonstration."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from connections import demo


class Command(BaseCommand):
    """Make the demo's people and companies; running it again changes nothing."""

    help = "Make the demo's people and companies. Only in the demo profile."

    def handle(self, *args: Any, **options: Any) -> None:
        """
        Seed, and say how many people were new.

        :raises CommandError: this is not the demo profile
        """
        if not settings.IS_DEMO:
            raise CommandError("seed_demo is for the demo profile (IB_PROFILE=demo) only")
        self.stdout.write(f"{demo.seed()} people added")
