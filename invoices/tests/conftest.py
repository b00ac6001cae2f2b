"""Which tests of this app need a server database, and a minute that is long enough for a test."""

import pytest
from django.conf import settings

from connections import throttling

# The embedded test database lives in memory, where threads lock each other out of whole tables.
IS_POSTGRESQL = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
collect_ignore_glob = [] if IS_POSTGRESQL else ["test_*_on_postgresql.py"]


@pytest.fixture
def a_long_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted by the minute is counted by a day that does not end within the test."""
    monkeypatch.setattr(throttling, "_WINDOW_SECONDS", 86_400)
