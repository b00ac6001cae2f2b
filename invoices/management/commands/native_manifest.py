"""Print the manifest of the native Invoice tab, to be uploaded in Pipedrive's developer hub."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from invoices.native import manifest


class Command(BaseCommand):
    """manage.py native_manifest"""

    help = "Print the manifest of Pipedrive's native Invoice tab as JSON."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it."""
        built = manifest.build(site_url=settings.SITE_URL, client_id=settings.PIPEDRIVE_CLIENT_ID)
        self.stdout.write(json.dumps(built, indent=2))
