"""The Invoices endpoints."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse

from sandbox.core import clients, codec
from sandbox.xero import (
    dates,
    envelopes,
    gate,
    invoices,
    lines,
    pdf,
    problems,
    reading,
    render,
    scopes,
    where,
)
from sandbox.xero.models import HistoryRecord, Invoice

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOST_UNPAGED = 100_000
COLUMNS = {
    "type": where.Column("type"),
    "status": where.Column("status"),
    "invoiceid": where.Column("invoice_id"),
    "invoicenumber": where.Column("number"),
    "reference": where.Column("reference"),
    "url": where.Column("url"),
    "currencycode": where.Column("currency_code"),
    "contact.contactid": where.Column("contact__contact_id"),
    "contact.name": where.Column("contact__name"),
    "contact.contactnumber": where.Column("contact__contact_number"),
    "date": where.Column("date", "date"),
    "duedate": where.Column("due_date", "date"),
    "fullypaidondate": where.Column("fully_paid_on_date", "date"),
    "updateddateutc": where.Column("updated_ms", "ms"),
    "amountdue": where.Column("amount_due", "number"),
    "amountpaid": where.Column("amount_paid", "number"),
    "amountcredited": where.Column("amount_credited", "number"),
    "total": where.Column("total", "number"),
    "subtotal": where.Column("sub_total", "number"),
    "senttocontact": where.Column("is_sent_to_contact", "flag"),
}


@gate.api("GET", "PUT", "POST", opened_by=scopes.INVOICES)
def collection(request: HttpRequest, call: gate.Call) -> HttpResponse:
    """List, create (PUT), or create and update (POST) invoices."""
    if request.method == "GET":
        return _list(request, call)
    books = lines.Books(call.organisation)
    places = _read_places(request)
    write = _create if request.method == "PUT" else _create_or_update
    return _write(request, call, partial(write, call=call, books=books, places=places))


@gate.api("GET", "POST", opened_by=scopes.INVOICES)
def single(request: HttpRequest, call: gate.Call, name: str) -> HttpResponse:
    """Read or update one invoice, by id or number; as PDF when that is accepted."""
    invoice = find(call, name)
    if request.method == "POST":
        books = lines.Books(call.organisation)
        places = _read_places(request)

        def change(element: dict[str, Any]) -> Invoice:
            return invoices.update(
                invoice, element, actor=_actor(call), places=places, books=books, now=call.now
            )

        return _write(request, call, change)
    if "application/pdf" in request.headers.get("Accept", ""):
        return _respond_with_pdf(invoice)
    return _respond_with_one(request, call, invoice)


@gate.api("GET", opened_by=scopes.INVOICES)
def online(request: HttpRequest, call: gate.Call, name: str) -> HttpResponse:
    """Give the public link."""
    invoice = find(call, name)
    if invoice.status == "DRAFT":
        raise problems.not_found()
    url = f"{request.scheme}://{request.get_host()}/online/{invoice.invoice_id.replace('-', '')}"
    return envelopes.respond(call, "OnlineInvoices", [{"OnlineInvoiceUrl": url}])


@gate.api("POST", opened_by=scopes.INVOICES)
def email(request: HttpRequest, call: gate.Call, name: str) -> HttpResponse:
    """Send the invoice to its contact."""
    invoice = find(call, name)
    try:
        with transaction.atomic():
            invoices.email(invoice, actor=_actor(call), now=call.now)
    except problems.Invalid as exc:
        body = render.invoice(invoice, payments=invoice.payments.all(), whole_contact=True)
        raise problems.validation([_with_errors(body, exc)]) from exc
    return HttpResponse(status=204)


@gate.api("GET", "PUT", opened_by=scopes.INVOICES)
def history(request: HttpRequest, call: gate.Call, name: str) -> HttpResponse:
    """Read the history of an invoice, or add notes to it."""
    invoice = find(call, name)
    if request.method == "GET":
        rows = HistoryRecord.objects.filter(document_id=invoice.invoice_id).order_by("-at_ms")
        return envelopes.respond(call, "HistoryRecords", [render.history(row) for row in rows])
    notes: list[dict[str, Any]] = []
    with transaction.atomic():
        for element in gate.read_elements(request, "HistoryRecords"):
            try:
                details = reading.text(element, "Details", most=2500)
            except problems.Invalid as exc:
                raise problems.validation([_with_errors(element, exc)]) from exc
            row = invoices.record(
                invoice, "Note", actor=_actor(call), now=call.now, details=details or ""
            )
            note = render.history(row)
            notes.append(
                {
                    "DateUTCString": note["DateUTCString"],
                    "DateUTC": note["DateUTC"],
                    "Details": row.details,
                    "ValidationErrors": [],
                }
            )
    return envelopes.respond(call, "HistoryRecords", notes)


def find(call: gate.Call, name: str) -> Invoice:
    """
    Return the invoice with this id or number.

    :raises problems.ApiProblem: 404, there is none in this organisation
    """
    rows = Invoice.objects.filter(organisation=call.organisation).select_related(
        "contact", "organisation", "contact__organisation"
    )
    if _GUID.fullmatch(name.lower()):
        invoice = rows.filter(invoice_id=name.lower()).first()
    else:
        by_number = rows.filter(number__iexact=name)
        invoice = by_number.exclude(status="DELETED").first() or by_number.first()
    if invoice is None:
        raise problems.not_found()
    return invoice


def _list(request: HttpRequest, call: gate.Call) -> HttpResponse:
    read = gate.read_query
    rows = _filter(request, Invoice.objects.filter(organisation=call.organisation), call)
    order = read(request, "order")
    ordering = where.to_ordering(order, COLUMNS) if order else ["updated_ms"]
    rows = rows.order_by(*ordering, "invoice_id")
    is_summary = gate.read_flag(request, "summaryOnly")
    ids = gate.read_list(request, "IDs")
    is_paged = bool(read(request, "page")) or is_summary or bool(read(request, "Statuses"))
    places = _read_places(request)
    column = "summary_json" if is_summary else "paged_json" if is_paged or ids else "thin_json"
    page = envelopes.read_page(request) if is_paged else None
    if page is None and rows.count() > _MOST_UNPAGED:
        raise problems.bad_request("Too many invoices: use paging.")
    count = rows.count() if page else 0
    chosen = rows[page.start : page.stop] if page else rows
    if places == 4 and column == "paged_json":
        texts = [
            codec.dumps(
                render.invoice(row, payments=row.payments.all(), whole_contact=False, places=4)
            )
            for row in chosen.select_related("contact").prefetch_related("payments")
        ]
    else:
        texts = list(chosen.values_list(column, flat=True))
    return envelopes.respond_with_texts(call, "Invoices", texts, page=page, count=count)


def _filter(request: HttpRequest, rows: QuerySet[Invoice], call: gate.Call) -> QuerySet[Invoice]:
    read = gate.read_query
    if since := envelopes.read_modified_since(request):
        rows = rows.filter(updated_ms__gte=dates.to_ms(since))
    if condition := read(request, "where"):
        rows = rows.filter(where.to_q(condition, COLUMNS))
    if ids := gate.read_list(request, "IDs"):
        rows = rows.filter(invoice_id__in=[i.lower() for i in ids])
    if numbers := gate.read_list(request, "InvoiceNumbers"):
        rows = rows.filter(number__in=numbers)
    if contact_ids := gate.read_list(request, "ContactIDs"):
        rows = rows.filter(contact_id__in=[i.lower() for i in contact_ids])
    if statuses := gate.read_list(request, "Statuses"):
        rows = rows.filter(status__in=[status.upper() for status in statuses])
    if gate.read_flag(request, "createdByMyApp"):
        rows = rows.filter(created_by_client=call.grant.client_id)
    if term := read(request, "searchTerm"):
        rows = rows.filter(Q(number__icontains=term) | Q(reference__icontains=term))
    return rows


def _create(
    element: dict[str, Any], *, call: gate.Call, books: lines.Books, places: int
) -> Invoice:
    return invoices.create(
        call.organisation, element, actor=_actor(call), places=places, books=books, now=call.now
    )


def _create_or_update(
    element: dict[str, Any], *, call: gate.Call, books: lines.Books, places: int
) -> Invoice:
    name = element.get("InvoiceID") or element.get("InvoiceNumber")
    try:
        found = find(call, str(name)) if name else None
    except problems.ApiProblem:
        if element.get("InvoiceID"):
            raise
        found = None
    if found is None:
        return _create(element, call=call, books=books, places=places)
    return invoices.update(
        found, element, actor=_actor(call), places=places, books=books, now=call.now
    )


def _write(
    request: HttpRequest, call: gate.Call, write: Callable[[dict[str, Any]], Invoice]
) -> HttpResponse:
    places = _read_places(request)

    def run(element: dict[str, Any]) -> dict[str, Any]:
        invoice = write(element)
        body = render.invoice(
            invoice, payments=invoice.payments.all(), whole_contact=True, places=places
        )
        body["LineItems"] = [line | {"ValidationErrors": []} for line in body["LineItems"]]
        return body

    def echo(element: dict[str, Any], exc: problems.Invalid) -> dict[str, Any]:
        given_id = element.get("InvoiceID", problems.EMPTY_GUID)
        return _with_errors(element | {"InvoiceID": given_id, "HasErrors": True}, exc)

    return envelopes.write_elements(request, call, "Invoices", run, echo)


def _respond_with_one(request: HttpRequest, call: gate.Call, invoice: Invoice) -> HttpResponse:
    body = render.invoice(
        invoice,
        payments=invoice.payments.all(),
        whole_contact=True,
        places=_read_places(request),
    )
    return envelopes.respond(call, "Invoices", [body])


def _respond_with_pdf(invoice: Invoice) -> HttpResponse:
    response = HttpResponse(pdf.draw(invoice), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{invoice.number or "invoice"}.pdf"'
    return response


def _read_places(request: HttpRequest) -> int:
    return 4 if gate.read_query(request, "unitdp") == "4" else 2


def _with_errors(body: dict[str, Any], exc: problems.Invalid) -> dict[str, Any]:
    return body | {"ValidationErrors": [{"Message": message} for message in exc.messages]}


def _actor(call: gate.Call) -> invoices.Actor:
    return invoices.Actor(call.user_name, call.role, clients.XERO.client_id)
