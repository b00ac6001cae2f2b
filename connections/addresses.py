"""Where a request comes from: our own proxies are believed, nobody else (S-4)."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str:
    """
    Return the address of the browser; "" when it cannot be known.

    Of `X-Forwarded-For` only what our own proxies appended is read: the part that the outermost
    of them wrote. Without proxies the header is ignored.
    """
    count = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    hops = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    if count and len(hops) >= count and _is_address(hops[-count]):
        return hops[-count]
    direct = str(request.META.get("REMOTE_ADDR", ""))
    return direct if _is_address(direct) else ""


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
