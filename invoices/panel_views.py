"""The deal's panel in Pipedrive: invoices, linked contact, what can be done (product §8)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from connections import access, errors, throttling
from connections import queries as connection_queries
from connections.runtime import snapshot
from connections.web import CompanyRequest, limited, member_required
from invoices import contact_page, deal_cards, deals, wording
from invoices.models import Deal


@member_required
@limited(throttling.PANELS)
@require_safe
def panel(request: CompanyRequest, deal_id: int) -> HttpResponse:
    """
    Show a deal's panel: from the mirror, after at most one call that asks Pipedrive whether this
    person sees the deal (P-11).
    """
    now = timezone.now()
    context: dict[str, Any] = {"deal_id": deal_id}
    try:
        deal = deals.recall(request.membership, deal_id, now=now)
    except deals.NotAvailable:
        return render(request, "invoices/deal_not_available.html", status=404)
    except (access.NotConnected, errors.ProviderError) as exc:
        context["problem"] = wording.pipedrive_problem(exc)
    else:
        context |= _content(request, deal, now)
    return render(request, "invoices/panel.html", context)


def _content(request: CompanyRequest, deal: Deal, now: datetime) -> dict[str, Any]:
    connection = connection_queries.live_connection(request.company)
    runtime = snapshot()
    return (
        contact_page.linked_contact(request.membership, connection, deal, now=now)
        | deal_cards.read_for(request, deal.deal_id, connection, runtime, now)
        | {"cannot_create": deal_cards.find_obstacle(request, connection)}
    )
