"""The Invoices tab of a deal: its cards, what may be done to them, the customer's invoices."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from sandbox.core import clock, codec
from sandbox.invoicing import calling, cards, forms, links
from sandbox.pipedrive import api, deals, shell, visitors
from sandbox.pipedrive.models import Deal, User

HISTORY = timedelta(days=365)


@visitors.page("GET")
def show_tab(request: HttpRequest, visitor: User, number: int) -> HttpResponse:
    """The deal's invoices as the app describes them now."""
    return _show(request, visitor, deals.find(visitor, number))


@visitors.page("POST")
def act(request: HttpRequest, visitor: User, number: int, invoice_id: str) -> HttpResponse:
    """Do to an invoice what its card offers: change its status, or mail it."""
    deal = _deal_of(visitor, number, invoice_id)
    caller = links.require_caller(visitor.company)
    try:
        action = codec.loads(request.POST.get("action", ""))
    except ValueError as exc:
        raise api.Refused(400, "This is not an action of an invoice.") from exc
    if not isinstance(action, dict):
        raise api.Refused(400, "This is not an action of an invoice.")
    is_mail = action.get("providerAction") in cards.EMAIL
    endpoint = "postInvoiceEmail" if is_mail else "postInvoiceStatus"
    try:
        caller.ask(endpoint, body=action, invoiceId=invoice_id)
    except calling.Failed as failed:
        return _show(request, visitor, deal, problem=str(failed), status=502)
    said = "The invoice was sent." if is_mail else "The invoice was changed."
    return HttpResponseRedirect(f"/deal/{number}/invoices?{urlencode({'said': said})}")


@visitors.page("GET")
def download(request: HttpRequest, visitor: User, number: int, invoice_id: str) -> HttpResponse:
    """The PDF, fetched by Pipedrive's server."""
    deal = _deal_of(visitor, number, invoice_id)
    try:
        file = links.require_caller(visitor.company).fetch("getInvoicePDF", invoiceId=invoice_id)
    except calling.Failed as failed:
        return _show(request, visitor, deal, problem=str(failed), status=502)
    response = HttpResponse(file.content, content_type=file.content_type)
    response["Content-Disposition"] = file.disposition
    return response


@visitors.page("GET")
def share(request: HttpRequest, visitor: User, number: int, invoice_id: str) -> HttpResponse:
    """On to the invoice's page for the customer."""
    deal = _deal_of(visitor, number, invoice_id)
    caller = links.require_caller(visitor.company)
    try:
        return _go(caller.ask("getInvoiceShareUrl", invoiceId=invoice_id))
    except calling.Failed as failed:
        return _show(request, visitor, deal, problem=str(failed), status=502)


@visitors.page("GET")
def reconnect(request: HttpRequest, visitor: User) -> HttpResponse:
    """On to the app's page that repairs the connection."""
    try:
        return _go(links.require_caller(visitor.company).ask("getProviderAccountConnectUrl"))
    except calling.Failed as failed:
        raise api.Refused(502, str(failed)) from failed


@visitors.page("GET")
def show_customer(request: HttpRequest, visitor: User, number: int) -> HttpResponse:
    """The side panel: search a customer, then their invoices in a period and the sums."""
    deal = deals.find(visitor, number)
    caller = links.require_caller(visitor.company)
    context = shell.of_deal(request, visitor, deal) | {"tab": "invoices", "problem": ""}
    typed = request.GET.get("name", "").strip()
    status = 200
    try:
        if typed:
            context["found"] = caller.ask("getSearchContacts", query={"name": typed})
        if request.GET.get("customerId"):
            context |= _read_customer(request, caller)
    except calling.Failed as failed:
        context["problem"], status = str(failed), 502
    context["typed"] = typed or (deal.organization.name if deal.organization else "")
    return render(request, "invoicing/customer.html", context, status=status)


def _read_customer(request: HttpRequest, caller: calling.Caller) -> dict[str, Any]:
    today = clock.today()
    given = request.GET.copy()
    given.setdefault("startDate", (today - HISTORY).isoformat())
    period = forms.Period(given)
    if not period.is_valid():
        return {"period": period}
    chosen = period.cleaned_data
    page = chosen["page"] or 1
    query: dict[str, Any] = {
        "customerId": chosen["customerId"],
        "startDate": chosen["startDate"].isoformat(),
        "page": page,
    }
    summed = {"contactId": chosen["customerId"], "from": query["startDate"]}
    if chosen["endDate"]:
        query["endDate"] = summed["to"] = chosen["endDate"].isoformat()
    if request.GET.get("refresh"):
        summed["refresh"] = "true"
    invoices = caller.ask("getSearchInvoices", query=query)
    return {
        "period": period,
        "customer": calling.first(caller.ask("getContact", contactId=chosen["customerId"])),
        "cards": cards.draw(invoices),
        "summary": caller.ask("getInvoiceSummary", query=summed),
        "page": page,
        "before": page - 1,
        "after": page + 1 if invoices else 0,
    }


def _show(
    request: HttpRequest, visitor: User, deal: Deal, *, problem: str = "", status: int = 200
) -> HttpResponse:
    standing = links.find_standing(visitor.company)
    ids = links.list_ids(deal)
    drawn: list[dict[str, Any]] = []
    if standing.is_ready and standing.caller and ids:
        try:
            found = standing.caller.ask("getSearchInvoices", query={"ids": ",".join(ids)})
            drawn = cards.draw(found)
        except calling.Failed as failed:
            problem = problem or str(failed)
    context = shell.of_deal(request, visitor, deal) | {
        "tab": "invoices",
        "standing": standing,
        "cards": drawn,
        "problem": problem,
        "said": request.GET.get("said", "")[:200],
        "can_mail": bool(standing.caller and standing.caller.has("postInvoiceEmail")),
    }
    return render(request, "invoicing/tab.html", context, status=status)


def _deal_of(visitor: User, number: int, invoice_id: str) -> Deal:
    deal = deals.find(visitor, number)
    if invoice_id not in links.list_ids(deal):
        raise api.not_found("Invoice")
    return deal


def _go(data: Any) -> HttpResponse:
    url = data.get("url") if isinstance(data, dict) else None
    if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https"):
        raise calling.Failed("The accounting app answered without an address.")
    return HttpResponseRedirect(url)
