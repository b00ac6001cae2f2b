"""The Contacts endpoints."""

from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse

from sandbox.xero import contacts, dates, envelopes, gate, problems, render, scopes, where
from sandbox.xero.models import Contact

COLUMNS = {
    "contactid": where.Column("contact_id"),
    "name": where.Column("name"),
    "contactstatus": where.Column("status"),
    "contactnumber": where.Column("contact_number"),
    "accountnumber": where.Column("account_number"),
    "companynumber": where.Column("company_number"),
    "taxnumber": where.Column("tax_number"),
    "firstname": where.Column("first_name"),
    "lastname": where.Column("last_name"),
    "emailaddress": where.Column("email"),
    "iscustomer": where.Column("is_customer", "flag"),
    "updateddateutc": where.Column("updated_ms", "ms"),
}


@gate.api("GET", "PUT", "POST", opened_by=scopes.CONTACTS)
def collection(request: HttpRequest, call: gate.Call) -> HttpResponse:
    """List, create (PUT), or create and update (POST) contacts."""
    if request.method == "GET":
        return _list(request, call)

    def write(element: dict[str, Any]) -> dict[str, Any]:
        change = contacts.create if request.method == "PUT" else contacts.create_or_update
        return render.contact(change(call.organisation, element, now=call.now))

    return envelopes.write_elements(request, call, "Contacts", write, _echo)


@gate.api("GET", "POST", opened_by=scopes.CONTACTS)
def single(request: HttpRequest, call: gate.Call, name: str) -> HttpResponse:
    """Read or update one contact, by id or contact number."""
    contact = _find(call, name)
    if request.method == "GET":
        body = render.contact(contact) | _sum_up(contact)
        return envelopes.respond(call, "Contacts", [body])

    def write(element: dict[str, Any]) -> dict[str, Any]:
        return render.contact(contacts.update(contact, element, now=call.now))

    return envelopes.write_elements(request, call, "Contacts", write, _echo)


def _list(request: HttpRequest, call: gate.Call) -> HttpResponse:
    rows = _filter(request, Contact.objects.filter(organisation=call.organisation))
    order = gate.read_query(request, "order")
    rows = rows.order_by(*(where.to_ordering(order, COLUMNS) if order else ["name"]), "contact_id")
    is_summary = gate.read_flag(request, "summaryOnly")
    is_paged = bool(gate.read_query(request, "page"))
    page = envelopes.read_page(request) if is_paged else None
    count = rows.count() if page else 0
    chosen = rows[page.start : page.stop] if page else rows
    elements = [render.contact(row, summary=is_summary) for row in chosen]
    if not is_paged:
        for element in elements:
            element.pop("MergedToContactID", None)
    return envelopes.respond(call, "Contacts", elements, page=page, count=count)


def _filter(request: HttpRequest, rows: QuerySet[Contact]) -> QuerySet[Contact]:
    ids = gate.read_list(request, "IDs")
    if ids:
        rows = rows.filter(contact_id__in=[contact_id.lower() for contact_id in ids])
    include_archived = gate.read_flag(request, "includeArchived")
    rows = rows.filter(contacts.active_or_all(include_archived=include_archived))
    if since := envelopes.read_modified_since(request):
        rows = rows.filter(updated_ms__gte=dates.to_ms(since))
    if condition := gate.read_query(request, "where"):
        rows = rows.filter(where.to_q(condition, COLUMNS))
    if term := gate.read_query(request, "searchTerm"):
        rows = rows.filter(search_text__contains=term.casefold())
    return rows


def _find(call: gate.Call, name: str) -> Contact:
    rows = Contact.objects.filter(organisation=call.organisation).select_related("organisation")
    contact = rows.filter(Q(contact_id=name.lower()) | Q(contact_number=name)).first()
    if contact is None:
        raise problems.not_found()
    return contact


def _sum_up(contact: Contact) -> dict[str, Any]:
    today = dates.from_ms(contact.organisation.last_change_ms).date()
    open_ones = contact.invoices.filter(type="ACCREC", status="AUTHORISED")
    outstanding = open_ones.aggregate(sum=Sum("amount_due"))["sum"]
    overdue = open_ones.filter(due_date__lt=today).aggregate(sum=Sum("amount_due"))["sum"]
    zero = Decimal("0.00")
    return {
        "Balances": {
            "AccountsReceivable": {"Outstanding": outstanding or zero, "Overdue": overdue or zero},
            "AccountsPayable": {"Outstanding": zero, "Overdue": zero},
        }
    }


def _echo(element: dict[str, Any], exc: problems.Invalid) -> dict[str, Any]:
    return (
        {"ContactID": problems.EMPTY_GUID}
        | element
        | {
            "HasValidationErrors": True,
            "ValidationErrors": [{"Message": message} for message in exc.messages],
        }
    )
