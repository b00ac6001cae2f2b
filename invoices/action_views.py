"""Actions on an invoice: the panel that asks, the press, and the PDF."""

from __future__ import annotations

import uuid
from datetime import MAXYEAR, MINYEAR, datetime

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from connections import throttling
from connections.web import CompanyRequest, member_required, too_many
from invoices import (
    action_panel,
    action_words,
    actions,
    cards,
    documents,
    lifecycle,
    visiting,
    way_back,
)
from invoices.models import Invoice


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: CompanyRequest, invoice_id: int, code: str) -> HttpResponse:
    """Ask before an action (GET), and store the press of it (POST)."""
    invoice = _get_invoice(request, invoice_id)
    if code not in actions.WRITES:
        raise Http404
    if request.method != "POST":
        return _panel(request, invoice, code)
    seen = read_version(request.POST.get("seen", ""))
    submission = read_submission(request.POST.get("submission", ""))
    if seen is None or submission is None:
        return HttpResponseBadRequest(_("This form is damaged. Go back and press again."))
    if wait := throttling.take(request.membership, throttling.PRESSES, now=timezone.now()):
        return too_many(request, wait)
    return _press(request, invoice, code, seen, submission)


@member_required
@require_safe
def pdf(request: CompanyRequest, invoice_id: int) -> HttpResponse:
    """Download the invoice as Xero prints it; never an empty or wrong file (R-28, S-25)."""
    invoice = _get_invoice(request, invoice_id)
    try:
        document = documents.fetch_pdf(invoice, request.membership, now=timezone.now())
    except lifecycle.NotAllowed as exc:
        if exc.code == "not_offered":
            raise Http404 from exc
        messages.error(request, action_words.refusal(exc))
        return _back(request, invoice)
    except documents.NoPdf as exc:
        messages.error(request, action_words.no_pdf(is_given=exc.is_answered))
        return _back(request, invoice)
    response = HttpResponse(document.content, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, document.name) or ""
    # Whatever a reader of PDFs would run stays shut in (S-25).
    response["Content-Security-Policy"] = (
        "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"
    )
    return response


def _panel(
    request: CompanyRequest, invoice: Invoice, code: str, *, warning: str = ""
) -> HttpResponse:
    try:
        panel = action_panel.build(
            code,
            invoice=invoice,
            membership=request.membership,
            now=timezone.now(),
            warning=warning,
        )
    except lifecycle.NotAllowed as exc:
        messages.error(request, action_words.refusal(exc))
        return _back(request, invoice)
    context = {
        "panel": panel,
        "submission": uuid.uuid4(),
        "back": way_back.from_action(request, invoice),
        "back_label": way_back.action_label(request, invoice),
        "shows_amounts": request.membership.can_see_amounts,
        "xero_url": cards.link_to_xero(
            invoice.connection, invoice.xero_invoice_id, settings.XERO_WEB_URL
        ),
    }
    return render(request, "invoices/action.html", context)


def _press(
    request: CompanyRequest, invoice: Invoice, code: str, seen: datetime, submission: uuid.UUID
) -> HttpResponse:
    try:
        lifecycle.press(
            code,
            invoice=invoice,
            membership=request.membership,
            seen_updated_at=seen,
            submission=submission,
            now=timezone.now(),
            can_void_paid=code == actions.VOID_PAID
            and action_panel.can_void_paid(request.membership),
            is_repeat_confirmed=request.POST.get("repeat") == "yes",
        )
    except lifecycle.NotAllowed as exc:
        messages.error(request, action_words.refusal(exc))
    except lifecycle.AlreadyOpen as exc:
        messages.warning(
            request,
            action_words.state(exc.operation, sees_amounts=request.membership.can_see_amounts),
        )
    except lifecycle.SentJustNow as exc:
        return _panel(request, invoice, code, warning=action_words.sent_just_now(exc.at))
    return _back(request, invoice)


def _get_invoice(request: CompanyRequest, invoice_id: int) -> Invoice:
    try:
        return visiting.get_to_act(
            request.membership, invoice_id, is_press=request.method == "POST", now=timezone.now()
        )
    except visiting.NotThere as exc:
        raise Http404 from exc


def _back(request: CompanyRequest, invoice: Invoice) -> HttpResponse:
    return redirect(way_back.from_action(request, invoice))


def read_version(text: str) -> datetime | None:
    """Return the instant that the page carried; None for one that no page of ours has."""
    try:
        found = parse_datetime(text[:40])
    except ValueError:  # of the right shape, but there is no such day or hour
        return None
    if found is None or timezone.is_naive(found):
        return None
    # At either end of the calendar another time zone has no such instant.
    return found if MINYEAR < found.year < MAXYEAR else None


def read_submission(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
