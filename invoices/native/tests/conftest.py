"""What the tests of the native front share: Pipedrive's calls for a connected company."""

from __future__ import annotations

import pytest
from constance import config
from django.conf import settings
from django.utils import timezone

from invoices.native.tests.caller import Caller, copy_lists
from invoices.tests import world
from tests.vendors import Connected

# The embedded test database lives in memory, where threads lock each other out of whole tables.
IS_POSTGRESQL = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
collect_ignore_glob = [] if IS_POSTGRESQL else ["test_*_on_postgresql.py"]


@pytest.fixture
def pipedrive(connected: Connected) -> Caller:
    """Pipedrive, calling for Brightside, whose lists are copied."""
    # The wait is drawn from nought on: a short one could end within the call that it began in.
    config.RESEND_WAITS = "3600,3600,3600,3600"
    copy_lists(connected, now=timezone.now())
    return Caller(connected)


@pytest.fixture
def contact_id(connected: Connected) -> str:
    """An active contact with an address to mail to."""
    contacts = world.holds(connected, "contacts")
    return next(
        str(each["ContactID"])
        for each in contacts
        if each["ContactStatus"] == "ACTIVE" and each.get("EmailAddress")
    )
