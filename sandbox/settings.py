"""
Settings of the sandbox. Everything it holds is invented, so nothing in here is a secret.
"""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent

SECRET_KEY = "the-sandbox-keeps-no-secrets"
DEBUG = False
ALLOWED_HOSTS = ["*"]
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-gb"
USE_I18N = False
APPEND_SLASH = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = 30_000_000

SANDBOX_STATE = os.environ.get("SANDBOX_STATE", "var/sandbox.sqlite3")
SANDBOX_ADDRESSES = {
    "pipedrive": os.environ.get("SANDBOX_PIPEDRIVE_ADDRESS", "127.0.0.1:9100"),
    "xero": os.environ.get("SANDBOX_XERO_ADDRESS", "127.0.0.1:9200"),
}
SANDBOX_APP_URLS = [
    url.strip().rstrip("/")
    for url in os.environ.get("SANDBOX_APP_URL", "http://localhost:8000").split(",")
    if url.strip()
]

# Whether the app has asked Xero for webhooks from the start, as in its developer portal.
SANDBOX_XERO_WEBHOOKS = os.environ.get("SANDBOX_XERO_WEBHOOKS", "") == "1"

# The JWT secret of the app's frames, as in Pipedrive's developer hub; public like all of them.
SANDBOX_PIPEDRIVE_JWT_SECRET = os.environ.get(
    "SANDBOX_PIPEDRIVE_JWT_SECRET", "sandbox-pipedrive-jwt-secret-for-the-demo-only"
)

INSTALLED_APPS = [
    "sandbox.core",
    "sandbox.xero",
    "sandbox.pipedrive",
    "sandbox.invoicing",
    "sandbox.sso",
]

MIDDLEWARE = ["sandbox.core.middleware.VendorByPort"]
ROOT_URLCONF = "sandbox.core.urls"
WSGI_APPLICATION = "sandbox.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "sandbox.pipedrive.frames.theme",
            ]
        },
    }
]
STATIC_DIR = BASE_DIR / "static"

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": SANDBOX_STATE,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            # Losing the last second of pretend data in a power cut is no loss.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;",
        },
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {
        "django.request": {"handlers": ["console"], "level": "ERROR", "propagate": False},
        "sandbox": {"handlers": ["console"], "level": "INFO", "propagate": False},
    },
}
