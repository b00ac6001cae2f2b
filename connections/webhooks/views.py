"""
The two addresses that vendors tell us at: raw bytes in, a status and nothing else out.

No session, no cookie, no redirect (xero-api §10): the addresses end without a slash on purpose.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from connections import addresses
from connections.webhooks import receiving


# The vendors' servers have no cookie and no token of ours; a signature stands in their place.
@csrf_exempt
@require_POST
def xero(request: HttpRequest) -> HttpResponse:
    """Take what Xero tells of the organisations that are connected to this app."""
    status = receiving.receive_xero(
        _read_body(request),
        request.headers.get("X-Xero-Signature", ""),
        source=addresses.client_ip(request),
        now=timezone.now(),
    )
    return HttpResponse(status=status)


@csrf_exempt
@require_POST
def pipedrive(request: HttpRequest, address: str) -> HttpResponse:
    """Take what a company's Pipedrive tells of its deals, contacts and products."""
    status = receiving.receive_pipedrive(
        _read_body(request),
        address,
        request.headers.get("Authorization", ""),
        source=addresses.client_ip(request),
        now=timezone.now(),
    )
    return HttpResponse(status=status)


def _read_body(request: HttpRequest) -> bytes | None:
    """Return the raw bytes; None when they are more than a webhook has, read or announced."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    if not (announced.isascii() and announced.isdigit() and len(announced) < 20):
        # Django would ask for the number and fail.
        return b""
    if int(announced) > receiving.MAX_BYTES:
        return None
    try:
        return request.body
    except UnreadablePostError:
        # The sender hung up in the middle: nobody reads what we answer.
        return b""
