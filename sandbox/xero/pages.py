"""Xero's pages for a person: what somebody in accounting would press, as plain HTML forms."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from sandbox.core import clients, clock
from sandbox.xero import contacts, grants, invoices, lines, moves, problems, settlements
from sandbox.xero.models import (
    Connection,
    Contact,
    Entry,
    HistoryRecord,
    Invoice,
    Membership,
    Organisation,
)

OWNER = invoices.Actor("Xero owner")
STATUSES = ("DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED")
ROLES = (
    "STANDARD", "FINANCIALADVISER", "INVOICEONLY", "READONLY", "CASHBOOKCLIENT", "MANAGEDCLIENT",
    "ADMINISTRATOR", "REMOVED",
)  # fmt: skip
_MOST_ROWS = 200


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List the organisations."""
    waiting = Count("invoices", filter=Q(invoices__status="AUTHORISED"))
    organisations = Organisation.objects.annotate(waiting=waiting).order_by("name")
    return render(
        request, "xero/index.html", {"heading": "Organisations", "organisations": organisations}
    )


@require_GET
def organisation(request: HttpRequest, short_code: str) -> HttpResponse:
    """List the invoices of an organisation, newest first, by status if asked."""
    found = _find(short_code)
    status = request.GET.get("status", "")
    rows = found.invoices.select_related("contact").order_by("-updated_ms")
    if status:
        rows = rows.filter(status=status)
    counts = dict(found.invoices.values_list("status").annotate(Count("pk")))
    tabs = [(name, counts.get(name, 0)) for name in STATUSES]
    context = {
        "heading": found.name,
        "organisation": found,
        "tabs": tabs,
        "status": status,
        "rows": [(row, _list_actions(row)) for row in rows[:_MOST_ROWS]],
        "count": sum(counts.values()),
        "most": _MOST_ROWS,
        "shown": rows.count(),
    }
    return render(request, "xero/organisation.html", context)


@require_GET
def invoice(request: HttpRequest, short_code: str, invoice_id: str) -> HttpResponse:
    """Show an invoice with lines, totals, payments and history."""
    found = _find(short_code)
    row = _find_invoice(found, invoice_id)
    return _show_invoice(request, row)


@require_POST
def act_on_invoice(
    request: HttpRequest, short_code: str, invoice_id: str, action: str
) -> HttpResponse:
    """Do what a button of the invoice says, then go back."""
    found = _find(short_code)
    row = _find_invoice(found, invoice_id)
    given: dict[str, Any] = {k: v for k, v in request.POST.items() if v != "" and k != "back"}
    try:
        with transaction.atomic():
            moves.act(row, action, given, actor=OWNER, now=clock.now())
    except problems.Invalid as exc:
        return _show_invoice(request, _find_invoice(found, invoice_id), exc.messages)
    except problems.ApiProblem:
        messages = ["One of the values cannot be read. Nothing was changed."]
        return _show_invoice(request, _find_invoice(found, invoice_id), messages)
    if request.POST.get("back") == "list":
        return redirect("organisation", short_code)
    return redirect("invoice", short_code, invoice_id)


@require_GET
def contact_list(request: HttpRequest, short_code: str) -> HttpResponse:
    """List the contacts."""
    return _show_contacts(request, _find(short_code))


@require_GET
def contact(request: HttpRequest, short_code: str, contact_id: str) -> HttpResponse:
    """Show a contact with its invoices."""
    found = _find(short_code)
    row = get_object_or_404(Contact, organisation=found, contact_id=contact_id.lower())
    return _show_contact(request, row)


@require_POST
def act_on_contact(
    request: HttpRequest, short_code: str, contact_id: str, action: str
) -> HttpResponse:
    """Archive, restore, merge or edit a contact, then go back to it."""
    found = _find(short_code)
    row = get_object_or_404(
        Contact.objects.select_related("organisation"), organisation=found, contact_id=contact_id
    )
    now = clock.now()
    steps: dict[str, Callable[[], object]] = {
        "archive": lambda: contacts.set_status(row, "ARCHIVED", now=now),
        "restore": lambda: contacts.set_status(row, "ACTIVE", now=now),
        "merge": lambda: contacts.merge(
            row,
            get_object_or_404(Contact, organisation=found, contact_id=request.POST.get("into")),
            now=now,
        ),
        "edit": lambda: contacts.update(
            row,
            {k: request.POST.get(k, "") for k in ("Name", "EmailAddress", "TaxNumber")},
            now=now,
        ),
    }
    if action not in steps:
        return HttpResponse(status=404)
    try:
        with transaction.atomic():
            steps[action]()
    except problems.Invalid as exc:
        row.refresh_from_db()
        return _show_contact(request, row, exc.messages)
    return redirect("contact", short_code, contact_id)


@require_GET
def items(request: HttpRequest, short_code: str) -> HttpResponse:
    """List the items."""
    found = _find(short_code)
    context = {
        "heading": "Items",
        "organisation": found,
        "items": found.entries.filter(resource="Items"),
    }
    return render(request, "xero/items.html", context)


@require_POST
def act_on_item(request: HttpRequest, short_code: str, code: str, action: str) -> HttpResponse:
    """Rename, stop or start selling, or delete an item."""
    found = _find(short_code)
    item = get_object_or_404(Entry, organisation=found, resource="Items", code=code)
    now = clock.now()
    with transaction.atomic():
        if action == "delete":
            item.delete()
        elif action == "rename" and request.POST.get("name", "").strip():
            moves.edit_item(item, {"Name": request.POST["name"].strip()[:50]}, now=now)
        elif action == "sell":
            books = lines.Books(found)
            moves.edit_item(item, {"IsSold": True, "SalesDetails": _sale_of(books)}, now=now)
        elif action == "stop":
            moves.edit_item(item, {"IsSold": False}, now=now)
    return redirect("items", short_code)


@require_GET
def users(request: HttpRequest, short_code: str) -> HttpResponse:
    """List the users with their roles."""
    found = _find(short_code)
    context = {
        "heading": "Users",
        "organisation": found,
        "memberships": found.memberships.select_related("person"),
        "roles": ROLES,
    }
    return render(request, "xero/users.html", context)


@require_POST
def change_role(request: HttpRequest, short_code: str, membership_id: int) -> HttpResponse:
    """Give a user another role."""
    found = _find(short_code)
    row = get_object_or_404(
        Membership.objects.select_related("organisation"), organisation=found, pk=membership_id
    )
    if request.POST.get("role") in ROLES:
        with transaction.atomic():
            moves.change_role(row, request.POST["role"], now=clock.now())
    return redirect("users", short_code)


@require_GET
def apps(request: HttpRequest, short_code: str) -> HttpResponse:
    """List the connected apps."""
    found = _find(short_code)
    context = {
        "heading": "Connected apps",
        "organisation": found,
        "app_name": clients.APP_NAME,
        "connections": found.connections.select_related("grant__person").order_by("created_at"),
    }
    return render(request, "xero/apps.html", context)


@require_POST
def disconnect(request: HttpRequest, short_code: str, connection_id: str) -> HttpResponse:
    """Disconnect an app from the organisation; with `revoke` end the person's whole grant."""
    found = _find(short_code)
    row = get_object_or_404(Connection, organisation=found, connection_id=connection_id)
    if request.POST.get("revoke"):
        grants.end_grant(row.grant)
    else:
        row.delete()
    return redirect("apps", short_code)


@require_GET
def online_invoice(request: HttpRequest, token: str) -> HttpResponse:
    """Show what a customer sees behind the public link."""
    row = get_object_or_404(
        Invoice.objects.select_related("contact", "organisation").exclude(
            status__in=("DRAFT", "DELETED")
        ),
        invoice_id=f"{token[:8]}-{token[8:12]}-{token[12:16]}-{token[16:20]}-{token[20:]}",
    )
    return render(request, "xero/online.html", {"heading": row.number, "invoice": row})


def _show_invoice(
    request: HttpRequest, row: Invoice, messages: list[str] | None = None
) -> HttpResponse:
    context = {
        "heading": row.number,
        "organisation": row.organisation,
        "invoice": row,
        "payments": row.payments.exclude(status="DELETED").order_by("updated_ms"),
        "credits": settlements.list_credits(row),
        "credit_kinds": settlements.CREDITS,
        "actions": _list_actions(row),
        "history": HistoryRecord.objects.filter(document_id=row.invoice_id).order_by("-at_ms"),
        "messages": messages or [],
        "app_name": clients.APP_NAME,
    }
    return render(request, "xero/invoice.html", context, status=400 if messages else 200)


def _show_contacts(request: HttpRequest, found: Organisation) -> HttpResponse:
    rows = found.contacts.annotate(count=Count("invoices")).order_by("name")
    context = {"heading": "Contacts", "organisation": found, "contacts": rows}
    return render(request, "xero/contacts.html", context)


def _show_contact(
    request: HttpRequest, row: Contact, messages: list[str] | None = None
) -> HttpResponse:
    others = row.organisation.contacts.filter(status="ACTIVE").exclude(pk=row.pk)
    context = {
        "heading": row.name,
        "organisation": row.organisation,
        "contact": row,
        "invoices": row.invoices.order_by("-date"),
        "others": others.order_by("name"),
        "merged_to": Contact.objects.filter(pk=row.merged_to).first() if row.merged_to else None,
        "messages": messages or [],
    }
    return render(request, "xero/contact.html", context, status=400 if messages else 200)


def _list_actions(row: Invoice) -> set[str]:
    is_applied = bool(row.amount_paid or row.amount_credited)
    actions: set[str] = set()
    match row.status:
        case "DRAFT":
            actions = {"submit", "approve", "delete", "edit"}
        case "SUBMITTED":
            actions = {"approve", "delete", "edit"}
        case "AUTHORISED":
            actions = {"pay", "credit", "edit"} | (set() if is_applied else {"void"})
        case "PAID":
            actions = {"edit"}
    return actions | ({"unpay"} if row.amount_paid else set())


def _find(short_code: str) -> Organisation:
    return get_object_or_404(Organisation, short_code=short_code)


def _find_invoice(found: Organisation, invoice_id: str) -> Invoice:
    rows = Invoice.objects.select_related("contact__organisation", "organisation")
    return get_object_or_404(rows, organisation=found, invoice_id=invoice_id.lower())


def _sale_of(books: lines.Books) -> dict[str, Any]:
    account = books.find("Accounts", Code="200") or {}
    return {"UnitPrice": 0, "AccountCode": "200", "TaxType": account.get("TaxType", "NONE")}
