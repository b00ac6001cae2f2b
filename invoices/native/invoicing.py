"""Invoices for the Invoice tab: found, changed, mailed, shared, added up (contract §3.3, §3.4)."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from connections import time_zones
from invoices import action_words, actions, documents, lifecycle
from invoices.models import Invoice, Operation
from invoices.native import creating, door, finding, reading, running, shapes
from invoices.native.door import Call
from invoices.native.failures import forbidden, invalid, refused, try_again

Status = Invoice.Status
_FLAGS = frozenset({"flag_create", "flag_void", "flag_email", "not_offered"})


def search(call: Call) -> list[dict[str, Any]]:
    """getSearchInvoices: by ids, or by contact and issue date, a page at a time."""
    ids = call.query.get("ids", "")
    found = finding.list_by_ids(call, ids) if ids.strip() else finding.list_of_contact(call)
    return shapes.show(call, found)


def create(call: Call) -> dict[str, Any]:
    """postInvoice: a draft in Xero, as every press here makes one."""
    operation = creating.create(call)
    assert operation.invoice_id is not None
    return shapes.show_one(call, _again(call, operation.invoice_id))


def change_status(call: Call, invoice_id: str) -> dict[str, Any]:
    """postInvoiceStatus: submit, approve, void or delete."""
    name = reading.Fields(call.body).text("id", longest=64, is_needed=True)
    codes = shapes.STATUS_ACTIONS.get(name)
    if codes is None:
        raise invalid(_("id has to be one of %(ids)s.") % {"ids": ", ".join(shapes.STATUS_ACTIONS)})
    invoice = finding.get_one(call, invoice_id)
    is_paid = invoice.xero_status == Status.PAID
    # A repeat is told by what was asked for: by then the invoice may be paid no more.
    return _act(call, invoice, codes[-1] if is_paid else codes[0], asked=name, said={"id": name})


def email(call: Call, invoice_id: str) -> dict[str, Any]:
    """postInvoiceEmail: Xero mails it to its contact, once (R-29)."""
    invoice = finding.get_one(call, invoice_id)
    return _act(call, invoice, actions.EMAIL, asked=actions.EMAIL, said={})


def share_url(call: Call, invoice_id: str) -> dict[str, str]:
    """getInvoiceShareUrl: where its customer sees it. Whoever has the address may look."""
    invoice = finding.get_one(call, invoice_id)
    if not shapes.is_shareable(invoice):
        raise refused("not_shareable", _("Xero has no online page of this invoice yet."))
    url = door.ask_xero(call, lambda xero: xero.get_online_url(str(invoice.xero_invoice_id)))
    return {"url": url}


def pdf(call: Call, invoice_id: str) -> HttpResponse:
    """getInvoicePDF: the file as Xero prints it, checked to be one (R-28, S-25)."""
    invoice = finding.get_one(call, invoice_id)
    try:
        document = documents.fetch_pdf(invoice, call.tab, now=call.now)
    except lifecycle.NotAllowed as exc:
        raise refused(exc.code, action_words.refusal(exc)) from exc
    except documents.NoPdf as exc:
        message = action_words.no_pdf(is_given=exc.is_answered)
        raise (
            refused("no_pdf", message) if exc.is_answered else try_again("no_answer", message)
        ) from exc
    response = HttpResponse(document.content, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, document.name) or ""
    response["Cache-Control"] = "private, no-store"
    # Whatever a reader of PDFs would run stays shut in (S-25).
    response["Content-Security-Policy"] = (
        "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"
    )
    return response


def summary(call: Call) -> list[dict[str, Any]]:
    """getInvoiceSummary: a row for each currency; they are never added (X-4)."""
    said = reading.Fields(call.query.dict())
    contact_id = finding.read_contact_id(said, "contactId")
    rows = finding.of_contact(
        call, contact_id, is_asked_anew=call.query.get("refresh", "").lower() == "true"
    )
    rows = finding.between(rows, said, call.connection)
    today = time_zones.organisation_today(call.connection, call.now)
    is_open = Q(xero_status=Status.AUTHORISED)
    is_overdue = is_open & Q(due_date__lt=today)
    nought = Decimal(0)
    sums = (
        rows.filter(xero_status__in=[Status.AUTHORISED, Status.PAID])
        .order_by("currency_code")
        .values("currency_code")
        .annotate(
            open=Sum("amount_due", filter=is_open, default=nought),
            overdue=Sum("amount_due", filter=is_overdue, default=nought),
            total=Sum("total", default=nought),
            due=Sum("amount_due", default=nought),
        )
    )
    return [
        {
            "currency": each["currency_code"],
            "outstanding": each["open"] - each["overdue"],
            "overdue": each["overdue"],
            "paid": each["total"] - each["due"],
            "total": each["total"],
        }
        for each in sums
    ]


def _act(
    call: Call, invoice: Invoice, code: str, *, asked: str, said: dict[str, str]
) -> dict[str, Any]:
    """Store an action on the version that the mirror shows (P-5) and carry it out at once."""
    endpoint = f"{asked}:{invoice.xero_invoice_id}"
    key = running.fingerprint(call.company, endpoint, said)
    operation = running.find(call.company, key, now=call.now)
    if operation is None:
        operation = _store(call, invoice, code, key)
    running.carry_out(operation, runtime=call.runtime)
    return shapes.show_one(call, _again(call, invoice.pk))


def _store(call: Call, invoice: Invoice, code: str, key: str) -> Operation:
    call.check_may_write()
    try:
        return running.record(
            call.company,
            key,
            lambda: lifecycle.press(
                code,
                invoice=invoice,
                membership=call.tab,
                seen_updated_at=invoice.xero_updated_at,
                submission=uuid.uuid4(),
                now=call.now,
                runtime=call.runtime,
                can_void_paid=call.tab.preferences.can_void_paid,
                rings=False,
            ),
            now=call.now,
        )
    except lifecycle.NotAllowed as exc:
        raise _not_allowed(exc) from exc
    except lifecycle.AlreadyOpen as exc:
        raise refused("under_way", str(actions.REASONS["under_way"])) from exc
    except lifecycle.SentJustNow as exc:
        raise refused("sent_just_now", action_words.sent_just_now(exc.at)) from exc


def _not_allowed(error: lifecycle.NotAllowed) -> Exception:
    if error.code in _FLAGS:
        return forbidden(
            error.code,
            _(
                "The invoice does not offer this here. An admin of your company decides in "
                "InvoiceBridge, under Preferences, what the Invoice tab may do."
            ),
        )
    return refused(error.code, action_words.refusal(error))


def _again(call: Call, key: int) -> Invoice:
    """Return an invoice as the mirror has it now, with what its answer needs."""
    found: Invoice = (
        Invoice.objects.for_company(call.company)
        .select_related("connection__authorisation", "deal_link")
        .get(pk=key)
    )
    return found
