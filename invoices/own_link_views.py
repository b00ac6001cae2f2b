"""The page of a member's own Xero user: as whom they act, what they may do, what waits (R-3)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from connections import queries as connection_queries
from connections import rights
from connections.web import CompanyRequest, member_required
from invoices import queries

MOST_SHOWN = 20


@member_required
@require_safe
def own_link(request: CompanyRequest) -> HttpResponse:
    """Show the member's own Xero link with its rights, or how to make one."""
    membership = request.membership
    link = membership.xero_link
    connection = connection_queries.live_connection(request.company)
    waiting = queries.list_waiting_for_link(link, most=MOST_SHOWN + 1) if link else []
    context: dict[str, Any] = {
        "link": link,
        "connection": connection,
        "rights": rights.list_rights(membership, connection),
        "may_write": link is None or rights.MAY_DRAFT in link.actions,
        "waiting": waiting[:MOST_SHOWN],
        "are_more_waiting": len(waiting) > MOST_SHOWN,
    }
    return render(request, "invoices/own_link.html", context)
