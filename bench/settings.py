"""The product's settings on a database of their own; addresses come from the environment."""

import atexit
import os
import shutil
import tempfile

_DIRECTORY = tempfile.mkdtemp(prefix="invoicebridge-bench-")
atexit.register(shutil.rmtree, _DIRECTORY, ignore_errors=True)
os.environ["IB_PROFILE"] = "demo"
os.environ["IB_VAR_DIR"] = _DIRECTORY
os.environ.setdefault("LOG_LEVEL", "ERROR")

from invoicebridge.settings import *  # noqa: E402, F403
from invoicebridge.settings import DATABASES, STORAGES  # noqa: E402

# Without the manifest nothing has to be collected before pages are measured.
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {}
if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    DATABASES["default"]["TEST"] = {"NAME": f"bench_invoicebridge_{os.getpid()}"}
else:
    # A file, as in production's embedded profile: not the memory that Django's tests use.
    DATABASES["default"]["TEST"] = {"NAME": f"{_DIRECTORY}/bench.sqlite3"}
