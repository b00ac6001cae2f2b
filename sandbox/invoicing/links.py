"""How far a company is with the native tab, and the rows that Pipedrive keeps of invoices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.core import clock
from sandbox.invoicing import calling, manifest
from sandbox.invoicing.models import DealInvoice, Link
from sandbox.pipedrive import api
from sandbox.pipedrive.models import Company, Deal, Installation


@dataclass(frozen=True)
class Standing:
    """What the tab shows; `caller` is there when the app may be asked."""

    state: str  # no_manifest, not_installed, not_linked, not_authorized, failed, authorized
    caller: calling.Caller | None = None
    account: dict[str, Any] | None = None
    problem: str = ""

    @property
    def is_ready(self) -> bool:
        """Whether invoices can be made."""
        return self.state == "authorized"


def find_caller(company: Company) -> calling.Caller | None:
    """Return a caller for the company's link, or None while it has none or no manifest is there."""
    link = Link.objects.filter(company=company).first()
    return calling.of_link(link) if link else None


def require_caller(company: Company) -> calling.Caller:
    """
    Return a caller for the company's link.

    :raises Refused: the company is not linked, or there is no manifest
    """
    caller = find_caller(company)
    if caller is None:
        raise api.Refused(400, "The accounting app is not connected to this company.")
    return caller


def find_standing(company: Company) -> Standing:
    """Ask the app how the link is."""
    if manifest.read() is None:
        return Standing("no_manifest")
    caller = find_caller(company)
    if caller is None:
        has_app = Installation.objects.filter(user__company=company).exists()
        return Standing("not_linked" if has_app else "not_installed")
    try:
        account = caller.ask("getProviderAccount")
    except calling.Failed as failed:
        return Standing("failed", caller, problem=str(failed))
    is_authorized = isinstance(account, dict) and account.get("authorized") is True
    return Standing("authorized" if is_authorized else "not_authorized", caller, account)


def keep(deal: Deal, invoice_id: str) -> None:
    """Remember that this invoice is of this deal; the app may give the same one twice."""
    DealInvoice.objects.get_or_create(
        deal=deal, invoice_id=invoice_id, defaults={"made_at": clock.now()}
    )


def list_ids(deal: Deal) -> list[str]:
    """Return the ids of the deal's invoices, the newest first."""
    return list(deal.invoices.values_list("invoice_id", flat=True))


def create(deal: Deal, caller: calling.Caller, body: dict[str, Any]) -> dict[str, Any]:
    """
    Have the app make an invoice and keep its id on the deal.

    :raises calling.Failed: refused, unanswered, or answered without an id
    """
    invoice = calling.first(caller.ask("postInvoice", body=body))
    if not isinstance(invoice, dict) or not invoice.get("id"):
        raise calling.Failed("The accounting app answered without an invoice.")
    keep(deal, str(invoice["id"]))
    return invoice
