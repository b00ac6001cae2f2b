"""The page of one invoice, its part that refreshes itself, and reading it anew from Xero."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from connections import throttling
from connections import wording as connection_wording
from connections.web import CompanyRequest, member_required
from invoices import invoice_page, way_back

_MOST_DIGITS = 4


@member_required
@require_safe
def invoice(request: CompanyRequest, invoice_id: int) -> HttpResponse:
    """All that Xero holds on an invoice, what may be done with it, and what happened to it."""
    return render(request, "invoices/invoice.html", _context(request, invoice_id))


@member_required
@require_safe
def part(request: CompanyRequest, invoice_id: int) -> HttpResponse:
    """The page without its frame, for itself to refresh."""
    return render(request, "invoices/_invoice.html", _context(request, invoice_id))


@member_required
@require_POST
def read(request: CompanyRequest, invoice_id: int) -> HttpResponse:
    """Ask Xero for the invoice now; what is shown stays when it does not answer."""
    now = timezone.now()
    if wait := throttling.take(request.membership, throttling.PANELS, now=now):
        problem: str | None = connection_wording.too_many(wait)
    else:
        problem = invoice_page.read_again(request.membership, invoice_id, now=now)
    if problem is None:
        raise Http404
    if request.headers.get("HX-Request"):
        context = _context(request, invoice_id) | {"problem": problem, "is_asked": True}
        return render(request, "invoices/_invoice.html", context)
    if problem:
        messages.warning(request, problem)
    else:
        messages.success(request, _("Checked with Xero just now."))
    return redirect("invoices:invoice", invoice_id)


def _context(request: CompanyRequest, invoice_id: int) -> dict[str, object]:
    page = invoice_page.load(
        request.membership,
        invoice_id,
        lines_page=_read_page(request.GET.get("lines", "")),
        is_all_shown=request.GET.get("all") == "1",
        web_url=settings.XERO_WEB_URL,
        now=timezone.now(),
    )
    if page is None:
        raise Http404
    back_href, back_label = way_back.from_page(request, page.invoice, page.deal_title)
    return {
        "page": page,
        "back_href": back_href,
        "back_label": back_label,
        "view": page.view,
        "invoice": page.invoice,
        "lines": page.lines,
        "query": request.GET.urlencode(),
        "problem": "",
        "is_asked": False,
        "back_query": f"?back={way_back.INVOICE}",
    }


def _read_page(text: str) -> int:
    """Return the page that is asked for; what is no number means the first (B-24)."""
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if is_number else 1
