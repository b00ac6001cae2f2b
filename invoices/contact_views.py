"""The deal's linked contact: its invoices, which of them are on the deal, and the link itself."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from connections import access, errors, throttling
from connections import queries as connection_queries
from connections import wording as connection_wording
from connections.runtime import snapshot
from connections.web import CompanyRequest, View, member_required
from invoices import (
    contact_history,
    contact_links,
    contact_page,
    contact_placing,
    contact_words,
    deals,
    seen_deals,
    wording,
)
from invoices.models import Deal

MAX_QUERY = 500
ON_DEAL = "deal"


def _deal_required(*, is_fresh: bool = False, is_press: bool = False) -> Callable[[View], View]:
    """
    Give the view the deal that the person may see, as kept or, if fresh, as Pipedrive has it now;
    for a press, Pipedrive is asked whether they see it still.

    A deal that cannot be shown is 404; when Pipedrive cannot say, the person is led back with the
    reason and nothing is changed.
    """

    def decorate(view: View) -> View:
        @member_required
        @wraps(view)
        def inner(request: Any, deal_id: int, **kwargs: Any) -> HttpResponseBase:
            now = timezone.now()
            try:
                deal = deals.recall(
                    request.membership, deal_id, now=now, is_fresh=is_fresh, is_press=is_press
                )
            except deals.NotAvailable:
                return render(request, "invoices/deal_not_available.html", status=404)
            except (access.NotConnected, errors.ProviderError) as exc:
                problem = wording.pipedrive_problem(exc)
                if request.method != "POST":
                    context = {"problem": problem, "deal_id": deal_id}
                    return render(request, "invoices/contact_unknown.html", context)
                messages.warning(request, problem.text)
                return redirect("invoices:deal", deal_id)
            return view(request, deal, now=now, **kwargs)

        return inner

    return decorate


@require_safe
@_deal_required()
def invoices_page(request: CompanyRequest, deal: Deal, *, now: datetime) -> HttpResponse:
    """All invoices of the deal's linked contact or, without one, a search for it (M-45)."""
    return _list(request, deal, request.GET, now=now)


@require_POST
@_deal_required()
def refresh(request: CompanyRequest, deal: Deal, *, now: datetime) -> HttpResponse:
    """Read this contact's invoices from Xero now (M-42)."""
    connection = connection_queries.live_connection(request.company)
    link = contact_page.get_link(connection, deal)
    if wait := throttling.take(request.membership, throttling.PANELS, now=now):
        messages.warning(request, connection_wording.too_many(wait))
    elif connection is None or link is None:
        messages.error(request, _("No contact is linked, so there is nothing to refresh."))
    else:
        outcome = contact_history.refresh(connection, link.xero_contact_id, now=now)
        level, text = wording.refreshed(outcome, connection)
        messages.add_message(request, level, text)
    return _back(request, deal, now=now)


@require_POST
@_deal_required(is_press=True)
def link_invoice(
    request: CompanyRequest, deal: Deal, *, invoice_id: int, now: datetime
) -> HttpResponse:
    """Put an invoice of the contact on this deal; with `from`, move it from that one (R-33)."""
    moves_from = _read_number(request.POST.get("from", ""))
    if moves_from is not None and not _may_take_from(request, moves_from, now=now):
        messages.error(request, contact_words.not_movable())
        return _back(request, deal, now=now)
    try:
        invoice = contact_placing.put(
            request.membership,
            connection_queries.live_connection(request.company),
            deal,
            invoice_id,
            moves_from=moves_from,
            now=now,
        )
    except contact_placing.NotOfContact as exc:
        if not exc.is_known:
            raise Http404 from exc
        messages.error(request, contact_words.not_placed(exc, ""))
    except (contact_links.NotAllowed, contact_placing.Elsewhere) as exc:
        messages.error(request, contact_words.not_placed(exc, _title(request, exc)))
    else:
        messages.success(request, contact_words.linked(invoice, moved=moves_from is not None))
    return _back(request, deal, now=now)


@require_POST
@_deal_required(is_press=True)
def unlink_invoice(
    request: CompanyRequest, deal: Deal, *, invoice_id: int, now: datetime
) -> HttpResponse:
    """Take an invoice off this deal."""
    connection = connection_queries.live_connection(request.company)
    try:
        invoice = contact_placing.take_off(
            request.membership, connection, deal, invoice_id, now=now
        )
    except contact_placing.NotOfContact as exc:
        raise Http404 from exc
    except contact_links.NotAllowed as exc:
        messages.error(request, contact_words.not_placed(exc, ""))
    except contact_placing.Elsewhere:
        messages.info(request, contact_words.not_here())
    else:
        messages.success(request, contact_words.unlinked(invoice))
    return _back(request, deal, now=now)


@require_safe
@_deal_required()
def sidebar(request: CompanyRequest, deal: Deal, *, now: datetime) -> HttpResponse:
    """The sidebar of a deal, or the panel's contact, for a page that refreshes it."""
    connection = connection_queries.live_connection(request.company)
    if request.frame is not None:
        context = contact_page.linked_contact(request.membership, connection, deal, now=now)
        return render(request, "invoices/_panel_contact.html", context)
    context = contact_page.sidebar(request.membership, connection, deal, now=now)
    return render(request, "invoices/_contact_sidebar.html", context)


@require_POST
@_deal_required(is_fresh=True)
def link_contact(request: CompanyRequest, deal: Deal, *, now: datetime) -> HttpResponse:
    """Link the deal's customer to a contact that was searched for."""
    connection = connection_queries.live_connection(request.company)
    typed = request.POST.get("contact", "")
    try:
        chosen = uuid.UUID(typed)
    except ValueError as exc:
        raise Http404 from exc
    if str(chosen) != typed.lower():  # with braces, say: Python reads more than anybody wrote (B-3)
        raise Http404
    try:
        name = contact_links.link_chosen(request.membership, connection, deal, chosen, now=now)
    except contact_links.NotAllowed as exc:
        messages.error(request, contact_words.not_allowed(exc.code))
    except contact_links.NobodyToLink:
        messages.error(request, contact_words.nobody_to_link())
    except contact_links.Blocked as exc:
        messages.error(request, contact_words.contact_blocked(exc.problem))
    except errors.NotFound as exc:
        raise Http404 from exc
    except (access.NotConnected, errors.ProviderError) as exc:
        assert connection is not None
        messages.error(request, wording.contacts_unread(exc, connection, now=now))
    else:
        messages.success(request, _("%(contact)s is linked now.") % {"contact": name})
    return redirect("invoices:contact_invoices", deal.deal_id)


@require_http_methods(["GET", "HEAD", "POST"])
@_deal_required(is_fresh=True)
def unlink_contact(request: CompanyRequest, deal: Deal, *, now: datetime) -> HttpResponse:
    """Ask before the contact's link is removed (GET), and remove it (POST) (R-31)."""
    connection = connection_queries.live_connection(request.company)
    link = contact_page.get_link(connection, deal)
    if link is None:
        messages.info(request, _("No contact is linked to this deal any more."))
        return redirect("invoices:deal", deal.deal_id)
    if request.method != "POST":
        context = {
            "deal": deal,
            "deal_id": deal.deal_id,
            "sentences": contact_words.before_unlinking(link.contact_name, deal),
        }
        return render(request, "invoices/contact_unlink.html", context)
    try:
        contact_links.unlink_chosen(request.membership, connection, deal, now=now)
    except contact_links.NotAllowed as exc:
        messages.error(request, contact_words.not_allowed(exc.code))
    else:
        messages.success(
            request,
            _("%(contact)s is not linked any more. Nothing was changed in Xero.")
            % {"contact": link.contact_name},
        )
    return redirect("invoices:deal", deal.deal_id)


def _list(request: CompanyRequest, deal: Deal, query: QueryDict, *, now: datetime) -> HttpResponse:
    context = contact_page.all_invoices(
        request.membership,
        connection_queries.live_connection(request.company),
        deal,
        query,
        runtime=snapshot(),
        now=now,
    )
    is_part = bool(getattr(request, "htmx", False))
    name = "invoices/_contact_invoices.html" if is_part else "invoices/contact_invoices.html"
    response = render(request, name, context | {"is_part": is_part})
    response["Vary"] = "HX-Request"
    return response


def _back(request: CompanyRequest, deal: Deal, *, now: datetime) -> HttpResponse:
    """Show again what the person was looking at: the deal, or the list as it was filtered."""
    back = request.POST.get("back", "")[:MAX_QUERY]
    if back == ON_DEAL:
        return redirect("invoices:deal", deal.deal_id)
    query = QueryDict(quote(back, safe="=&%+-"))
    if getattr(request, "htmx", False):
        return _list(request, deal, query, now=now)
    kept = contact_page.query_of(request.membership, query)
    address = reverse("invoices:contact_invoices", args=[deal.deal_id])
    return redirect(f"{address}?{kept}" if kept else address)


def _may_take_from(request: CompanyRequest, deal_id: int, *, now: datetime) -> bool:
    try:
        deals.recall(request.membership, deal_id, now=now, is_press=True)
    except (deals.NotAvailable, access.NotConnected, errors.ProviderError):
        return False
    return True


def _title(request: CompanyRequest, error: Exception) -> str:
    """Return what the deal is called that an invoice is on, if this person may see it."""
    deal_id = getattr(error, "deal_id", None)
    if deal_id is None or not deals.may_see(request.membership, deal_id):
        return ""
    deal = seen_deals.get(request.company, deal_id)
    return deal.title if deal else ""


def _read_number(text: str) -> int | None:
    is_number = text.isascii() and text.isdecimal() and len(text) <= 18
    return int(text) if is_number and int(text) > 0 else None
