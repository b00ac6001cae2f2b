"""The vendors' routes that the product uses, as their published files have them."""

from tests.contract.published import Published, read
from tests.needs import SPECS


def published_by_xero() -> tuple[Published, ...]:
    """What Xero has published of the routes we use."""
    return (
        read(
            SPECS,
            "xero_accounting.yaml",
            prefix="/api.xro/2.0",
            paths=(
                "/Accounts",
                "/BrandingThemes",
                "/Contacts",
                "/Contacts/{ContactID}",
                "/Currencies",
                "/Invoices",
                "/Invoices/{InvoiceID}",
                "/Invoices/{InvoiceID}/Email",
                "/Invoices/{InvoiceID}/History",
                "/Invoices/{InvoiceID}/OnlineInvoice",
                "/Items",
                "/Items/{ItemID}",
                "/Organisation",
                "/Organisation/Actions",
                "/Payments/{PaymentID}",
                "/TaxRates",
                "/Users",
            ),
        ),
        read(SPECS, "xero-identity.yaml", prefix="", paths=("/Connections", "/Connections/{id}")),
    )


def published_by_pipedrive() -> tuple[Published, ...]:
    """What Pipedrive has published of the routes we use."""
    return (
        read(
            SPECS,
            "pipedrive-v2.yaml",
            prefix="/api/v2",
            paths=(
                "/deals/search",
                "/deals",
                "/deals/{id}",
                "/deals/{id}/products",
                "/deals/{id}/discounts",
                "/organizations/{id}",
                "/persons/{id}",
                "/products",
                "/products/{id}",
                "/dealFields",
                "/personFields",
                "/organizationFields",
                "/productFields",
            ),
        ),
        read(
            SPECS,
            "pipedrive-v1.yaml",
            prefix="/api/v1",
            paths=("/users/me", "/users", "/currencies"),
        ),
        read(SPECS, "pipedrive-v1.yaml", prefix="", paths=("/oauth/token",)),
    )
