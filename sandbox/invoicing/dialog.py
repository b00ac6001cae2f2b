"""The dialog that makes an invoice of a deal: search, lines, and the press that sends it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from sandbox.invoicing import calling, drafts, forms, links
from sandbox.pipedrive import deals, shell, visitors
from sandbox.pipedrive.models import Deal, User


@visitors.page("GET", "POST")
def new_invoice(request: HttpRequest, visitor: User, number: int) -> HttpResponse:
    """The dialog; a press may search, add or take off a line, or create."""
    deal = deals.find(visitor, number)
    caller = links.require_caller(visitor.company)
    try:
        lists = drafts.read_lists(caller)
    except calling.Failed as failed:
        context = shell.of_deal(request, visitor, deal) | {"tab": "invoices"}
        context["problem"] = str(failed)
        return render(request, "invoicing/dialog.html", context, status=502)
    if request.method == "GET":
        head, rows = drafts.fill_in(deal, visitor, lists)
        return _show(request, visitor, deal, lists, head=head, rows=rows)
    if request.POST.get("do", "create") == "create" and not _is_pick(request):
        return _create(request, visitor, deal, caller, lists)
    return _rearrange(request, visitor, deal, caller, lists)


def _create(
    request: HttpRequest, visitor: User, deal: Deal, caller: calling.Caller, lists: drafts.Lists
) -> HttpResponse:
    head = forms.Head(lists, request.POST)
    rows = forms.lines(lists, request.POST)
    if not (head.is_valid() and rows.is_valid()):
        return _render(request, visitor, deal, head, rows, status=400)
    body = head.to_json() | {"lineItems": [row.to_json() for row in rows if row.cleaned_data]}
    try:
        links.create(deal, caller, body)
    except calling.Failed as failed:
        return _render(request, visitor, deal, head, rows, status=502, problem=str(failed))
    said = urlencode({"said": "The invoice was created."})
    return HttpResponseRedirect(f"/deal/{deal.number}/invoices?{said}")


def _rearrange(
    request: HttpRequest, visitor: User, deal: Deal, caller: calling.Caller, lists: drafts.Lists
) -> HttpResponse:
    """Carry out a press that changes the dialog itself; what was typed stays."""
    given = request.POST
    head: dict[str, Any] = {name: given.get(name, "") for name in forms.Head.base_fields}
    rows: list[dict[str, Any]] = list(forms.typed_lines(given))
    more: dict[str, Any] = {}
    do = given.get("do", "")
    name, code = given.get("product_name", ""), "on" if given.get("by_code") else ""
    try:
        if given.get("pick_contact"):
            contact = caller.ask("getContact", contactId=given["pick_contact"])
            head |= drafts.head_of_contact(calling.first(contact) or {})
        elif given.get("pick_product"):
            product = caller.ask("getProduct", productId=given["pick_product"])
            rows.append(drafts.line_of_product(calling.first(product) or {}))
        elif do == "find-contact":
            found = caller.ask("getSearchContacts", query={"name": head["contactName"].strip()})
            more = {"contacts": found or [], "has_searched_contacts": True}
        elif do == "new-contact":
            head["contactId"] = ""
        elif do == "find-product":
            query = {"code": name, "forceCodeSearch": "true"} if code else {"name": name}
            found = caller.ask("getSearchProducts", query=query)
            more = {"products": found or [], "has_searched_products": True}
        elif do == "add-line":
            rows.append({})
        elif do.startswith("remove-") and do[7:].isdecimal() and int(do[7:]) < len(rows):
            del rows[int(do[7:])]
    except calling.Failed as failed:
        more = {"problem": str(failed)}
    more |= {"product_name": name, "by_code": code}
    return _show(request, visitor, deal, lists, head=head, rows=rows, **more)


def _show(
    request: HttpRequest,
    visitor: User,
    deal: Deal,
    lists: drafts.Lists,
    *,
    head: dict[str, Any],
    rows: list[dict[str, Any]],
    **more: Any,
) -> HttpResponse:
    form = forms.Head(lists, initial=head)
    return _render(request, visitor, deal, form, forms.lines(lists, initial=rows), **more)


def _render(
    request: HttpRequest,
    visitor: User,
    deal: Deal,
    head: forms.Head,
    rows: Any,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = shell.of_deal(request, visitor, deal) | {
        "tab": "invoices",
        "head": head,
        "lines": rows,
        "contact_id": head["contactId"].value(),
    }
    return render(request, "invoicing/dialog.html", context | more, status=status)


def _is_pick(request: HttpRequest) -> bool:
    return bool(request.POST.get("pick_contact") or request.POST.get("pick_product"))
