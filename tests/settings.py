"""
The product's settings, for tests: a directory of their own and a cheap password hash.

What they are about is not changed here: durations, limits and switches are set by the tests that
need them, and real processes (tests/live.py) run on the product's own settings.
"""

import atexit
import os
import shutil
import tempfile

_DIRECTORY = tempfile.mkdtemp(prefix="invoicebridge-tests-")
atexit.register(shutil.rmtree, _DIRECTORY, ignore_errors=True)
os.environ["IB_PROFILE"] = "demo"
os.environ["IB_VAR_DIR"] = _DIRECTORY

from invoicebridge.settings import *  # noqa: E402, F403
from invoicebridge.settings import DATABASES, STATIC_ROOT, STORAGES  # noqa: E402

STATIC_ROOT.mkdir()
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_BROKER_URL = "memory://"
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# Without the manifest no test needs collectstatic.
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    # Two runs at once keep apart, and a server that was set up without a locale serves as well.
    DATABASES["default"]["TEST"] = {
        "NAME": f"test_invoicebridge_{os.getpid()}",
        "CHARSET": "UTF8",
        "TEMPLATE": "template0",
    }
