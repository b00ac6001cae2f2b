"""The apps registered with the pretend vendors. The secrets are public: this is a toy."""

import base64
import binascii
import hmac
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.http import HttpRequest

XERO_WEBHOOK_KEY = "sandbox-xero-webhook-key"
APP_NAME = "InvoiceBridge"


@dataclass(frozen=True)
class Client:
    """One registered app."""

    client_id: str
    secret: str

    def has_secret(self, secret: str) -> bool:
        """Whether this is the app's secret."""
        return hmac.compare_digest(self.secret.encode(), secret.encode())


PIPEDRIVE = Client("sandbox-pipedrive", "sandbox-pipedrive-secret")
XERO = Client("SANDBOXXERO", "sandbox-xero-secret")
SSO = Client("sandbox-sso", "sandbox-sso-secret")


def is_redirect_allowed(redirect_uri: str) -> bool:
    """Whether a browser may be sent there: any path on the app's addresses or on this machine."""
    parts = urlsplit(redirect_uri)
    if parts.scheme not in ("http", "https") or parts.fragment:
        return False
    if parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1"):
        return True
    return f"{parts.scheme}://{parts.netloc}" in settings.SANDBOX_APP_URLS


def read_basic(request: HttpRequest) -> tuple[str, str] | None:
    """Return id and secret of the Basic header, or None when it is missing or malformed."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (unquote(name), unquote(secret)) if colon else None


def read_bearer(request: HttpRequest) -> str:
    """Return the bearer token of the request, or an empty string."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
