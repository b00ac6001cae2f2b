"""What every tab of a deal's page shows around it: head, sidebar, the app's panel, switches."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from sandbox.core import clients, switches
from sandbox.pipedrive import contacts, frames
from sandbox.pipedrive.models import Deal, User

TOKENS = {
    "good": "good",
    "expired": "expired",
    "wrong_secret": "signed with another secret",
    "alg_none": "not signed at all",
    "missing": "missing",
    "not_installed": "of somebody without the app",
}


def of_deal(request: HttpRequest, visitor: User, deal: Deal) -> dict[str, Any]:
    """Return the context of a tab of this deal's page."""
    look = frames.read_look(request)
    has_panel = frames.is_shown(visitor, look)
    made = [frames.make("panel", user=visitor, look=look, deal=deal)] if has_panel else []
    return {
        "visitor": visitor,
        "deal": deal,
        "organization": contacts.organizations(visitor).filter(deal=deal).first(),
        "person": contacts.persons(visitor).filter(deal=deal).first(),
        "is_editable": not (deal.is_archived or deal.is_deleted),
        "host": host(request, made, deal=deal),
        "has_panel": has_panel,
        **around(visitor, look),
    }


def around(visitor: User, look: frames.Look) -> dict[str, Any]:
    """Return what a page with frames says of the app and of the switches."""
    return {
        "app_name": clients.APP_NAME,
        "app_url": settings.SANDBOX_APP_URLS[0],
        "client_id": clients.PIPEDRIVE.client_id,
        "look": look,
        "widths": switches.CHOICES["pipedrive_panel_width"],
        "tokens": TOKENS.items(),
        "colleagues": visitor.company.users.order_by("pk"),
    }


def host(
    request: HttpRequest, made: list[dict[str, Any]], *, deal: Deal | None = None
) -> dict[str, Any]:
    """Return what the script that hosts the frames has to know."""
    return {
        "frames": made,
        "deal": deal.number if deal else None,
        "look": request.GET.urlencode(),
        "theme": frames.read_look(request).theme,
    }
