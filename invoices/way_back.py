"""Where a page about an invoice leads back to: the list or page from which the person came."""

from __future__ import annotations

import re

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from connections.web import CompanyRequest
from invoices import visiting
from invoices.models import Invoice

INVOICE = "invoice"
CONTACT = "contact"
_ID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


def from_action(request: HttpRequest, invoice: Invoice) -> str:
    """Return the address that an action's panel, and its press, leads back to."""
    listed = _contact_list(request)
    if listed:
        return listed
    deal_id = visiting.deal_of(invoice)
    if deal_id is None or _came_from(request) == INVOICE:
        return reverse("invoices:invoice", args=[invoice.pk])
    return reverse("invoices:deal", args=[deal_id])


def action_label(request: CompanyRequest, invoice: Invoice) -> str:
    """Return how the page is called that an action's panel leads back to."""
    if _contact_list(request):
        return _("All invoices of the contact")
    if visiting.deal_of(invoice) is None or _came_from(request) == INVOICE:
        return invoice.number or _("Invoice without a number")
    deal = visiting.shown_deal(request.membership, invoice)
    return deal.title if deal and deal.title else _("Deal")


def from_page(request: CompanyRequest, invoice: Invoice, deal_title: str) -> tuple[str, str]:
    """
    Return where the page of an invoice leads back to: address and words.

    :param deal_title: as far as this person may be told it, "" for not
    """
    listed = _contact_list(request)
    if listed:
        return listed, _("All invoices of the contact")
    deal_id = visiting.deal_of(invoice)
    if deal_id is not None:
        return reverse("invoices:deal", args=[deal_id]), deal_title or _("Deal")
    if request.membership.keeps_books:
        return reverse("invoices:ledger"), _("Invoices")
    return reverse("invoices:deals"), _("Deals")


def _contact_list(request: HttpRequest) -> str:
    """Return the list of the contact's invoices on the deal that the address names, "" for none."""
    deal_id = request.GET.get("deal", "")
    if _came_from(request) != CONTACT or not _ID.fullmatch(deal_id):
        return ""
    return reverse("invoices:contact_invoices", args=[int(deal_id)])


def _came_from(request: HttpRequest) -> str:
    return request.GET.get("back", "")
