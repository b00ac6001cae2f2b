"""
Checks of a production set-up, run by `manage.py check` and before every start.

The embedded profile (`IB_PROFILE=demo`) talks to the sandbox and is exempt.
"""

import os
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

# Production talks to these and to nobody else (reliability T-1, S-15, S-16).
_REAL_ADDRESSES = {
    "PIPEDRIVE_OAUTH_URL": "https://oauth.pipedrive.com",
    "XERO_API_URL": "https://api.xero.com",
    "XERO_IDENTITY_URL": "https://identity.xero.com",
    "XERO_LOGIN_URL": "https://login.xero.com",
    "XERO_WEB_URL": "https://go.xero.com",
}
_OWN_API_HOST = "https://brightside.pipedrive.com"
_STRANGE_API_HOSTS = (
    "http://brightside.pipedrive.com",
    "http://127.0.0.1:9100",
    "https://localhost",
    "https://pipedrive.com.evil.example",
    "https://evil.example/.pipedrive.com",
    "https://evil.example#.pipedrive.com",
    "https://brightside.pipedrive.com@evil.example",
    "https://brightside.pipedrive.com.evil.example",
    "https://brightside-pipedrive.com",
)
# Whose pages may hold our frames (S-10).
_PIPEDRIVE_PAGES = re.compile(r"https://(\*|[a-z0-9-]+)\.pipedrive\.com", re.ASCII)
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1", ""})


@register(Tags.security)
def check_vendor_addresses(
    app_configs: Sequence[AppConfig] | None, **_options: Any
) -> list[CheckMessage]:
    """Outside the demo the vendors' addresses are the real ones: no sandbox, no stranger."""
    if settings.IS_DEMO:
        return []
    found: list[CheckMessage] = [
        Error(f"{name} must be {real}.", id="invoicebridge.E001")
        for name, real in _REAL_ADDRESSES.items()
        if getattr(settings, name) != real
    ]
    allowed = re.compile(settings.PIPEDRIVE_API_HOSTS)
    strangers = [address for address in _STRANGE_API_HOSTS if allowed.fullmatch(address)]
    if strangers or not allowed.fullmatch(_OWN_API_HOST):
        found.append(
            Error(
                "PIPEDRIVE_API_HOSTS must allow https://<company>.pipedrive.com and nothing else.",
                id="invoicebridge.E002",
            )
        )
    if not all(_PIPEDRIVE_PAGES.fullmatch(each) for each in settings.FRAME_ANCESTORS):
        found.append(
            Error(
                "FRAME_ANCESTORS must name pages of Pipedrive and nothing else.",
                id="invoicebridge.E009",
            )
        )
    if settings.SSO_URL and not _is_https_elsewhere(settings.SSO_URL):
        found.append(
            Error("SSO_URL must be an https address of your provider.", id="invoicebridge.E003")
        )
    return found


@register(Tags.security)
def check_own_address(
    app_configs: Sequence[AppConfig] | None, **_options: Any
) -> list[CheckMessage]:
    """People reach us by https, and strangers never see a debug page."""
    host = urlsplit(settings.SITE_URL).hostname or ""
    found: list[CheckMessage] = []
    if settings.DEBUG and host not in _LOCAL_HOSTS:
        found.append(Error("DEBUG must be off at a public address.", id="invoicebridge.E004"))
    if settings.IS_DEMO:
        if host not in _LOCAL_HOSTS and not host.endswith(".localhost"):
            found.append(
                Error(
                    "The demo's keys are public: IB_PROFILE=demo needs a SITE_URL on localhost.",
                    id="invoicebridge.E005",
                )
            )
    elif not settings.SITE_URL.startswith("https://"):
        found.append(Error("SITE_URL must begin with https://.", id="invoicebridge.E006"))
    return found


@register(Tags.security)
def check_services(app_configs: Sequence[AppConfig] | None, **_options: Any) -> list[CheckMessage]:
    """More than one machine works on the same rows: production needs servers, not files."""
    if settings.IS_DEMO:
        return []
    found: list[CheckMessage] = []
    if not settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        found.append(Error("DATABASE_URL must name a PostgreSQL.", id="invoicebridge.E007"))
    if not settings.CELERY_BROKER_URL.startswith(("redis://", "rediss://")):
        found.append(Error("CELERY_BROKER_URL must name a Redis.", id="invoicebridge.E008"))
    return found


@register(Tags.security)
def check_breach_list(
    app_configs: Sequence[AppConfig] | None, **_options: Any
) -> list[CheckMessage]:
    """A list of breached passwords that is named can be read (S-3)."""
    path = settings.BREACHED_PASSWORDS_LIST
    if not path or os.access(path, os.R_OK):
        return []
    return [
        Error("BREACHED_PASSWORDS_LIST names a file that cannot be read.", id="invoicebridge.E010")
    ]


def _is_https_elsewhere(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "https" and (parts.hostname or "") not in _LOCAL_HOSTS
