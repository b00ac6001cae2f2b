"""`manage.py demo_journey`: the whole main job against a running product and sandbox."""

from typing import Any

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from invoices.journey.browser import LostTheWay
from invoices.journey.steps import Difference, Journey
from invoices.journey.truth import Sandbox


class Command(BaseCommand):
    """Walk from sign-in to Paid through the web pages, and compare with the sandbox's truth."""

    help = (
        "Walk the main job through the web pages of a running product (`make run`) and fail on "
        "any difference between what they show and what the sandbox knows."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take other addresses than the settings'."""
        parser.add_argument("--site", default=settings.SITE_URL)
        parser.add_argument("--xero", default=settings.XERO_API_URL)

    def handle(self, *args: Any, **options: Any) -> None:
        """
        Walk, printing each step with its seconds.

        :raises CommandError: a difference, a dead end, or nobody answers: the exit code is 1
        """
        journey = Journey(options["site"].rstrip("/"), Sandbox(options["xero"]), self._tell)
        try:
            journey.walk()
        except (Difference, LostTheWay) as exc:
            raise CommandError(str(exc)) from exc
        except requests.RequestException as exc:
            raise CommandError(f"no answer ({type(exc).__name__}); is `make run` up?") from exc
        self.stdout.write("The pages and the sandbox agree.")

    def _tell(self, step: str, seconds: float) -> None:
        self.stdout.write(f"{seconds:7.2f} s  {step}")
