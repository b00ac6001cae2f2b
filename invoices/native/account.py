"""What the connection is: getProviderAccount and the way to mend it (contract §3.1)."""

from __future__ import annotations

from typing import Any, Final

from connections import native_links
from connections.models import Company
from invoices.native.door import Call

FEATURES: Final[dict[str, Any]] = {
    "invoiceTaxModeOptions": {"taxExclusive": True, "taxInclusive": True, "noTax": True},
    "invoiceTaxOption": "multiple",
    "invoiceDiscountOptions": {"globalDiscount": False, "lineDiscount": True},
    "invoiceNumberOption": "none",
    # Xero's own lengths.
    "validations": {
        "product": {
            "name": {"maxLength": 50},
            "code": {"maxLength": 30},
            "description": {"maxLength": 4000},
        }
    },
}


def show(call: Call) -> dict[str, Any]:
    """getProviderAccount: the organisation, or only that there is none that may be used."""
    live = call.live
    is_installed = call.company.state != Company.State.UNINSTALLED
    if live is None or not live.is_usable or not is_installed:
        return {"authorized": False}
    return {
        "authorized": True,
        "name": live.organisation_name,
        "orgId": str(live.tenant_id),
        "features": FEATURES,
    }


def connect_url(call: Call) -> dict[str, str]:
    """getProviderAccountConnectUrl: where a person mends an ended connection."""
    return {"url": native_links.make_url(call.company)}
