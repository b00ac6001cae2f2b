"""Which tests of this app need a server database."""

from django.conf import settings

# The embedded test database lives in memory, where threads lock each other out of whole tables.
IS_POSTGRESQL = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
collect_ignore_glob = [] if IS_POSTGRESQL else ["test_*_on_postgresql.py"]
