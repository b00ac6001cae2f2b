"""Actions on an invoice: the panel that asks, the press, and the PDF."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from connections import access, errors
from connections import queries as connection_queries
from connections.runtime import snapshot
from connections.web import CompanyRequest, member_required
from invoices import action_words, actions, deals, emailing, lifecycle, queries
from invoices.models import Invoice

NAME_LENGTH = 80


@member_required
@require_http_methods(["GET", "POST"])
def act(request: CompanyRequest, invoice_id: int, code: str) -> HttpResponse:
    """Ask before an action (GET), and store the press of it (POST)."""
    invoice = _visible_invoice(request, invoice_id)
    if code not in actions.WRITES:
        raise Http404
    if request.method == "GET":
        return _panel(request, invoice, code)
    seen = parse_datetime(request.POST.get("seen", "")[:40])
    submission = _read_uuid(request.POST.get("submission", ""))
    if seen is None or timezone.is_naive(seen) or submission is None:
        return HttpResponseBadRequest(_("This form is damaged. Go back and press again."))
    return _press(request, invoice, code, seen, submission)


@member_required
@require_GET
def pdf(request: CompanyRequest, invoice_id: int) -> HttpResponse:
    """Download the invoice as Xero prints it; never an empty or wrong file (R-28, S-25)."""
    invoice = _visible_invoice(request, invoice_id)
    offered = {each.code: each for each in _offered(request, invoice)}
    if actions.PDF not in offered:
        raise Http404
    if not offered[actions.PDF].is_enabled:
        messages.error(request, str(offered[actions.PDF].reason))
        return _back(invoice)
    now = timezone.now()
    try:
        with _open_xero(request, invoice, now) as session:
            content = session.call(lambda xero: xero.get_invoice_pdf(str(invoice.xero_invoice_id)))
    except errors.UnexpectedAnswer:
        messages.error(request, _("Xero gives no PDF of this invoice in its present state."))
        return _back(invoice)
    except (errors.ProviderError, access.NotConnected):
        messages.error(request, _("Xero did not give us the PDF. Please try again in a minute."))
        return _back(invoice)
    response = HttpResponse(content, content_type="application/pdf")
    name = " ".join(f"{invoice.number}-{invoice.contact_name}".split())[:NAME_LENGTH]
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.pdf") or ""
    # Whatever a reader of PDFs would run stays shut in (S-25).
    response["Content-Security-Policy"] = (
        "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"
    )
    return response


def _panel(
    request: CompanyRequest, invoice: Invoice, code: str, *, warning: str = ""
) -> HttpResponse:
    chosen = next((each for each in _offered(request, invoice) if each.code == code), None)
    if chosen is None or not chosen.is_enabled:
        messages.error(
            request,
            str(chosen.reason)
            if chosen
            else action_words.refusal(lifecycle.NotAllowed("not_offered")),
        )
        return _back(invoice)
    context: dict[str, Any] = {
        "invoice": invoice,
        "action": chosen,
        "question": action_words.question(
            code, invoice, shows_amounts=request.membership.can_see_amounts
        ),
        "confirm_label": action_words.CONFIRM_LABELS.get(code, ""),
        "warning": warning,
        "submission": uuid.uuid4(),
        "deal_id": _deal_id(invoice),
        "shows_amounts": request.membership.can_see_amounts,
    }
    if code == actions.EMAIL:
        context |= _recipients(request, invoice)
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
            is_repeat_confirmed=request.POST.get("repeat") == "yes",
        )
    except lifecycle.NotAllowed as exc:
        messages.error(request, action_words.refusal(exc))
    except lifecycle.AlreadyOpen as exc:
        messages.warning(request, action_words.state(exc.operation))
    except lifecycle.SentJustNow as exc:
        return _panel(request, invoice, code, warning=action_words.sent_just_now(exc.at))
    return _back(invoice)


def _recipients(request: CompanyRequest, invoice: Invoice) -> dict[str, Any]:
    """Whom a mail reaches and when one last went, asked of Xero while the panel opens (R-29)."""
    try:
        with _open_xero(request, invoice, timezone.now()) as session:
            found = emailing.recipients(session, invoice)
    except (errors.ProviderError, access.NotConnected):
        return {"problem": _("Xero did not tell who gets the email. Please try again in a minute.")}
    return {"recipients": found.people, "last_sent_at": found.last_sent_at}


def _open_xero(request: CompanyRequest, invoice: Invoice, now: datetime) -> access.XeroSession:
    """Call Xero as this person: as their own user where they linked one (R-3)."""
    link = request.membership.xero_link
    return access.open_xero(invoice.connection, now=now, personal_link=link)


def _visible_invoice(request: CompanyRequest, invoice_id: int) -> Invoice:
    """Return an invoice of the company on a deal that this person may see."""
    card = queries.get_invoice_card(request.company, invoice_id)
    invoice = card.invoice if card else None
    deal_id = _deal_id(invoice) if invoice else None
    if invoice is None or deal_id is None or not deals.may_see(request.membership, deal_id):
        raise Http404
    return invoice


def _offered(request: CompanyRequest, invoice: Invoice) -> tuple[actions.Action, ...]:
    return actions.offered(
        invoice,
        request.membership,
        connection_queries.live_connection(request.company),
        runtime=snapshot(),
        has_open_operation=lifecycle.get_open(invoice) is not None,
    )


def _deal_id(invoice: Invoice) -> int | None:
    link = getattr(invoice, "deal_link", None)  # an invoice on no deal has none
    return link.deal_id if link else None


def _back(invoice: Invoice) -> HttpResponse:
    return redirect("invoices:deal", _deal_id(invoice))


def _read_uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
