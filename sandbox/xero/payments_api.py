"""The Payments endpoints: read, and remove. Creating payments is left to Xero's own pages."""

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from sandbox.core import clients
from sandbox.xero import (
    dates,
    envelopes,
    gate,
    invoices,
    problems,
    render,
    scopes,
    settlements,
    where,
)
from sandbox.xero.models import Payment

COLUMNS = {
    "paymentid": where.Column("payment_id"),
    "status": where.Column("status"),
    "date": where.Column("date", "date"),
    "amount": where.Column("amount", "number"),
    "reference": where.Column("reference"),
    "invoice.invoiceid": where.Column("invoice__invoice_id"),
    "updateddateutc": where.Column("updated_ms", "ms"),
}


@gate.api("GET", opened_by=scopes.PAYMENTS)
def collection(request: HttpRequest, call: gate.Call) -> HttpResponse:
    """List payments."""
    rows = _list_rows(call)
    if since := envelopes.read_modified_since(request):
        rows = rows.filter(updated_ms__gte=dates.to_ms(since))
    if condition := gate.read_query(request, "where"):
        rows = rows.filter(where.to_q(condition, COLUMNS))
    order = gate.read_query(request, "order")
    rows = rows.order_by(*(where.to_ordering(order, COLUMNS) if order else ["updated_ms"]))
    page = envelopes.read_page(request) if gate.read_query(request, "page") else None
    count = rows.count() if page else 0
    chosen = rows[page.start : page.stop] if page else rows
    elements = [render.payment(row) for row in chosen]
    return envelopes.respond(call, "Payments", elements, page=page, count=count)


@gate.api("GET", "POST", opened_by=scopes.PAYMENTS)
def single(request: HttpRequest, call: gate.Call, name: str) -> HttpResponse:
    """Read a payment, or remove it with exactly {"Status": "DELETED"}."""
    payment = _list_rows(call).filter(payment_id=name.lower()).first()
    if payment is None:
        raise problems.not_found()
    if request.method == "POST":
        element = gate.read_elements(request, "Payments")[0]
        try:
            if set(element) != {"Status"} or element["Status"] != "DELETED":
                raise problems.Invalid("Only Status accepted for updates.")
            if payment.batch_id:
                raise problems.Invalid("This payment belongs to a batch: delete the batch.")
            with transaction.atomic():
                actor = invoices.Actor(call.user_name, call.role, clients.XERO.client_id)
                settlements.remove_payment(payment, actor=actor, now=call.now)
        except problems.Invalid as exc:
            errors = [{"Message": message} for message in exc.messages]
            raise problems.validation([element | {"ValidationErrors": errors}]) from exc
    return envelopes.respond(call, "Payments", [render.payment(payment)])


def _list_rows(call: gate.Call) -> QuerySet[Payment]:
    return Payment.objects.filter(organisation=call.organisation).select_related(
        "organisation", "invoice__organisation", "invoice__contact"
    )
