"""The endpoints that are only read: organisation, users, chart, tax rates, themes."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from sandbox.xero import dates, envelopes, gate, problems, render, scopes, where
from sandbox.xero.models import Entry, Membership

_APPROVERS = ("STANDARD", "FINANCIALADVISER", "INVOICEONLY", "ADMINISTRATOR")
_KEEPERS = ("STANDARD", "FINANCIALADVISER", "ADMINISTRATOR")
_ID_FIELDS = {
    "Items": ("ItemID", "Code"),
    "Accounts": ("AccountID",),
    "TaxRates": ("TaxType",),
    "BrandingThemes": ("BrandingThemeID",),
    "Currencies": ("Code",),
}


@gate.api("GET", opened_by=scopes.SETTINGS)
def organisation(request: HttpRequest, call: gate.Call) -> HttpResponse:
    """Give the organisation's facts."""
    return envelopes.respond(call, "Organisations", [render.organisation(call.organisation)])


@gate.api("GET", opened_by=scopes.SETTINGS)
def actions(request: HttpRequest, call: gate.Call) -> HttpResponse:
    """Tell what the linking person may do."""
    may_write = call.role not in gate.READING_ROLES
    may_keep = call.role in _KEEPERS
    allowed = {
        "AttachFilesIntoInvoice": may_write,
        "CreateApprovedBill": may_keep,
        "CreateApprovedInvoice": call.role in _APPROVERS,
        "CreateApprovedPurchaseOrder": may_keep,
        "CreateDraftBill": may_write,
        "CreateDraftInvoice": may_write,
        "CreateDraftPurchaseOrder": may_keep,
        "CreateDraftQuote": may_write,
        "CreateInvoicePayment": may_keep,
        "CreateRepeatingBill": may_keep,
        "CreateRepeatingInvoice": may_keep,
        "CreateSentQuote": may_write,
        "UseMulticurrency": _has_several_currencies(call),
    }
    elements = [
        {"Name": name, "Status": "ALLOWED" if is_allowed else "NOT-ALLOWED"}
        for name, is_allowed in allowed.items()
    ]
    return envelopes.respond(call, "Actions", elements)


@gate.api("GET", opened_by=scopes.SETTINGS)
def users(request: HttpRequest, call: gate.Call, name: str = "") -> HttpResponse:
    """List the users of the organisation, or give one."""
    rows = Membership.objects.filter(organisation=call.organisation).select_related("person")
    if since := envelopes.read_modified_since(request):
        rows = rows.filter(updated_ms__gte=dates.to_ms(since))
    elements = [render.user(row) for row in rows.order_by("pk")]
    if name:
        elements = [element for element in elements if element["UserID"] == name.lower()]
        if not elements:
            raise problems.not_found()
    return envelopes.respond(call, "Users", _select(request, elements))


@gate.api("GET", opened_by=scopes.SETTINGS)
def entries(request: HttpRequest, call: gate.Call, resource: str, name: str = "") -> HttpResponse:
    """List one of the reference lists, or give one entry."""
    return respond(request, call, resource, name)


def respond(request: HttpRequest, call: gate.Call, resource: str, name: str) -> HttpResponse:
    """Answer with the entries of a list, or with the one of this id or code."""
    rows = Entry.objects.filter(organisation=call.organisation, resource=resource)
    if since := envelopes.read_modified_since(request):
        rows = rows.filter(updated_ms__gte=dates.to_ms(since))
    elements = [body for (body,) in rows.values_list("body")]
    if name:
        elements = [
            element
            for element in elements
            if any(str(element.get(f, "")).lower() == name.lower() for f in _ID_FIELDS[resource])
        ]
        if not elements:
            raise problems.not_found()
    return envelopes.respond(call, resource, _select(request, elements))


def _select(request: HttpRequest, elements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if condition := gate.read_query(request, "where"):
        holds = where.to_predicate(condition)
        elements = [element for element in elements if holds(element)]
    if order := gate.read_query(request, "order"):
        name, _, direction = order.strip().partition(" ")
        elements = sorted(
            elements,
            key=lambda element: str(element.get(name, "")).casefold(),
            reverse=direction.strip().upper() == "DESC",
        )
    return elements


def _has_several_currencies(call: gate.Call) -> bool:
    return Entry.objects.filter(organisation=call.organisation, resource="Currencies").count() > 1
