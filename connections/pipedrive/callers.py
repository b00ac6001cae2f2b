"""Whether it is Pipedrive that calls us: it signs nothing, but knows our app's secret."""

from __future__ import annotations

import base64
import hmac

from django.conf import settings


def is_pipedrive(authorization: str) -> bool:
    """
    Whether a request's Authorization header is our app's id and one of its secrets (HTTP Basic).

    Compared as bytes, in constant time: text with letters outside ASCII would raise. An older
    secret counts while it stands behind the new one (S-18).
    """
    scheme, _, value = authorization.partition(" ")
    given = value.strip().encode(errors="surrogatepass")
    # All are compared, whatever the scheme is and whichever fits.
    fits = [hmac.compare_digest(given, _credentials(each)) for each in _secrets()]
    return any(fits) and scheme.lower() == "basic"


def _secrets() -> list[str]:
    secrets: list[str] = settings.PIPEDRIVE_CLIENT_SECRETS
    return secrets


def _credentials(secret: str) -> bytes:
    return base64.b64encode(f"{settings.PIPEDRIVE_CLIENT_ID}:{secret}".encode())
