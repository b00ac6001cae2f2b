"""What Pipedrive is told of us once, in its developer hub: every address it may call. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

VERSION: Final = "v202101"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One call of the contract. Pipedrive puts its own values where the path says `:name`."""

    name: str
    method: str
    path: str


ENDPOINTS: Final = (
    Endpoint("getProviderAccount", "GET", "account"),
    Endpoint("getProviderAccountConnectUrl", "GET", "account/connect-url"),
    Endpoint("postInvoice", "POST", "invoices"),
    Endpoint("postInvoiceStatus", "POST", "invoices/:invoiceId/status"),
    Endpoint("postInvoiceEmail", "POST", "invoices/:invoiceId/email"),
    Endpoint("getSearchInvoices", "GET", "invoices"),
    Endpoint("getInvoiceShareUrl", "GET", "invoices/:invoiceId/share-url"),
    Endpoint("getInvoicePDF", "GET", "invoices/:invoiceId/pdf"),
    Endpoint("getInvoiceSummary", "GET", "invoice-summary"),
    Endpoint("getCurrencies", "GET", "currencies"),
    Endpoint("getTaxRates", "GET", "tax-rates"),
    Endpoint("getAccounts", "GET", "accounts"),
    Endpoint("getTemplates", "GET", "templates"),
    Endpoint("getProduct", "GET", "products/:productId"),
    Endpoint("postProduct", "POST", "products"),
    Endpoint("putProduct", "PUT", "products/:productId"),
    Endpoint("getSearchProducts", "GET", "products"),
    Endpoint("getContact", "GET", "contacts/:contactId"),
    Endpoint("postContact", "POST", "contacts"),
    Endpoint("putContact", "PUT", "contacts/:contactId"),
    Endpoint("getSearchContacts", "GET", "contacts"),
)


def build(*, site_url: str, client_id: str) -> dict[str, Any]:
    """
    Return the manifest to upload.

    :param site_url: our public address, without a slash at its end
    :param client_id: of our Pipedrive app
    """
    return {
        "version": VERSION,
        "clientId": client_id,
        "features": {"templates": True},
        "endpoints": {
            each.name: f"{site_url.rstrip('/')}/native/:linkId/{each.path}" for each in ENDPOINTS
        },
    }
