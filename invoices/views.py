"""Pages of deals and their cards. The create dialog's page is in `dialog_views`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from connections import access, errors, throttling
from connections import queries as connection_queries
from connections import wording as connection_wording
from connections.models import XeroConnection
from connections.runtime import snapshot
from connections.templatetags import display
from connections.web import CompanyRequest, member_required
from invoices import (
    contact_page,
    deal_cards,
    deal_products,
    deal_stamps,
    deals,
    dialog_views,
    forms,
    queries,
    seen_deals,
    services,
    wording,
)
from invoices.queries import Card

new = dialog_views.new
MAX_CURSOR = 500
NO_NEWS = 204
# What the page's script tells the other parts of a deal's page, or of its panel.
NEWS_EVENT = "deal-news"


@member_required
@require_safe
def deals_page(request: CompanyRequest) -> HttpResponse:
    """The person's open and won deals, searched or paged, with the state of their invoices."""
    now = timezone.now()
    form = forms.DealSearch(request.GET)
    status = request.GET.get("status", "")
    status = status if status in deals.STATUSES else ""
    context: dict[str, Any] = {"form": form, "status": status, "page": None}
    term = form.cleaned_data["q"] if form.is_valid() else ""
    try:
        if term:
            page = deals.search(request.membership, term, status=status, now=now)
        else:
            cursor = request.GET.get("cursor", "")[:MAX_CURSOR] or None
            page = deals.list_page(request.membership, status=status, cursor=cursor, now=now)
    except access.NotConnected as exc:
        context["problem"] = wording.pipedrive_problem(exc)
    except errors.ProviderError as exc:
        context["problem"] = wording.pipedrive_problem(exc)
    else:
        context |= {"page": page, "term": term, **_page_links(request, page, status)}
        context["rows"] = _with_invoices(request, page)
    return render(request, "invoices/deals.html", context)


@member_required
@require_safe
def deal(request: CompanyRequest, deal_id: int) -> HttpResponse:
    """One deal: its facts and products from Pipedrive, its invoices from the mirror."""
    now = timezone.now()
    connection = connection_queries.live_connection(request.company)
    context: dict[str, Any] = {"deal_id": deal_id, "connection": connection}
    status = 200
    try:
        with access.open_pipedrive(request.membership, now=now) as session:
            records = deals.read(session, request.membership, deal_id)
    except deals.NotAvailable:
        heir = seen_deals.find_heir(request.company, deal_id)
        if heir != deal_id:
            return redirect("invoices:deal", heir)
        # Admins keep the cards of a deal that is gone; nobody else learns of it (F-27).
        if not request.membership.is_admin:
            return render(request, "invoices/deal_not_available.html", status=404)
        kept = seen_deals.get(request.company, deal_id)
        context |= {"is_gone": True, "is_deleted": kept is not None and bool(kept.deleted_at)}
        status = 404
    except (access.NotConnected, errors.ProviderError) as exc:
        context["problem"] = wording.pipedrive_problem(exc)
    else:
        context["records"] = records
        context["products"] = deal_products.present(
            records.products, records.discounts, records.deal.currency
        )
    context |= deal_cards.read_for(request, deal_id, connection, snapshot(), now)
    context["cannot_create"] = deal_cards.find_obstacle(request, connection)
    shown = (view.invoice for view in context["cards"])
    context["is_invoiced"] = any(invoice and not invoice.is_gone for invoice in shown)
    context |= _sidebar(request, connection, deal_id, now=now)
    return render(request, "invoices/deal.html", context, status=status)


@member_required
@require_POST
def refresh(request: CompanyRequest, deal_id: int) -> HttpResponse:
    """Ask Xero for news now, and say what became of it."""
    if not deals.may_see(request.membership, deal_id):
        raise Http404
    now = timezone.now()
    connection = connection_queries.live_connection(request.company)
    if wait := throttling.take(request.membership, throttling.PANELS, now=now):
        messages.warning(request, connection_wording.too_many(wait))
    elif connection is None:
        messages.error(request, _("Xero is not connected, so there is nothing to check."))
    else:
        outcome = services.refresh(connection, deal_id, by=request.membership.user, now=now)
        level, text = wording.refreshed(outcome, connection)
        messages.add_message(request, level, text)
    return redirect("invoices:deal", deal_id)


@member_required
@require_safe
def news(request: CompanyRequest, deal_id: int) -> HttpResponse:
    """
    Whether the cards of a deal are as they were drawn: nothing (204), or the cards anew.

    No outside call is made. Whoever was last shown the deal too long ago is led to its page, which
    asks Pipedrive whether they still see it.
    """
    if not deals.may_see(request.membership, deal_id):
        address = reverse("invoices:deal", args=[deal_id])
        return HttpResponse(status=NO_NEWS, headers={"HX-Redirect": address})
    if request.GET.get("stamp") == deal_stamps.read(request.company, deal_id):
        return HttpResponse(status=NO_NEWS)
    now = timezone.now()
    connection = connection_queries.live_connection(request.company)
    context = deal_cards.read_for(request, deal_id, connection, snapshot(), now)
    name = "invoices/_cards.html" if request.frame is None else "invoices/_panel_cards.html"
    response = render(request, name, context)
    # What else on the page tells of the deal's invoices looks again too.
    response["HX-Trigger"] = NEWS_EVENT
    return response


@member_required
@require_safe
def operation_card(request: CompanyRequest, operation_id: UUID) -> HttpResponse:
    """The card of a creation, for a page that refreshes it."""
    return _card(request, queries.get_operation_card(request.company, operation_id))


@member_required
@require_safe
def invoice_card(request: CompanyRequest, invoice_id: int) -> HttpResponse:
    """The card of an invoice."""
    return _card(request, queries.get_invoice_card(request.company, invoice_id))


def _card(request: CompanyRequest, card: Card | None) -> HttpResponse:
    deal_id = _deal_of(card) if card else None
    if card is None or deal_id is None or not deal_cards.list_visible(request, deal_id, [card]):
        raise Http404
    connection = connection_queries.live_connection_beside(_bound(card))
    view = deal_cards.present(request, card, connection, snapshot(), timezone.now())
    name = "invoices/_card.html" if request.frame is None else "invoices/_panel_card.html"
    response = render(request, name, {"view": view, "deal_id": deal_id})
    if not view.refresh_seconds:
        # It has come to rest: the rest of the page tells of it too, the contact's history first.
        response["HX-Trigger"] = NEWS_EVENT
    return response


def _bound(card: Card) -> XeroConnection:
    """Return the connection that a card's invoice, or the operation that makes it, belongs to."""
    row = card.invoice or card.operation
    assert row is not None
    return row.connection


def _deal_of(card: Card) -> int | None:
    if card.operation is not None:
        return card.operation.deal_id
    link = getattr(card.invoice, "deal_link", None)  # an invoice on no deal has none
    return link.deal_id if link else None


def _sidebar(
    request: CompanyRequest, connection: XeroConnection | None, deal_id: int, *, now: datetime
) -> dict[str, Any]:
    """The linked contact of a deal; of one that Pipedrive does not show now, as it was kept."""
    if not deals.may_see(request.membership, deal_id):
        return {}
    kept = seen_deals.get(request.company, deal_id)
    if kept is None:
        return {}
    return {"sidebar": contact_page.sidebar(request.membership, connection, kept, now=now)}


def _with_invoices(request: CompanyRequest, page: deals.Page) -> list[dict[str, Any]]:
    found = queries.list_invoice_states(request.company, [row.deal_id for row in page.rows])
    return [
        {
            "row": row,
            "value": display.money(row.value, row.currency),
            "invoices": found.get(row.deal_id, [])[:3],
            "more": max(0, len(found.get(row.deal_id, [])) - 3),
        }
        for row in page.rows
    ]


def _page_links(request: HttpRequest, page: deals.Page, status: str) -> dict[str, str]:
    """Where the next page is; Pipedrive's cursors only go on, so the way back is the first."""
    address = reverse("invoices:deals")
    first = f"{address}?{urlencode({'status': status})}" if status else address
    links = {"first_href": first if request.GET.get("cursor") else ""}
    if page.next_cursor:
        query = {"status": status, "cursor": page.next_cursor}
        links["next_href"] = f"{address}?{urlencode({k: v for k, v in query.items() if v})}"
    return links
