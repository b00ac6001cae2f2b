"""Addresses that Pipedrive calls, without a slash at their end: none of them redirects."""

from django.urls import path

from invoices.native import account, contacts, invoicing, listing, products
from invoices.native.door import resource

urlpatterns = [
    path(f"native/<str:link_id>/{address}", view, name=f"native_{name}")
    for address, name, view in (
        ("account", "account", resource(is_open_to_all=True, GET=account.show)),
        ("account/connect-url", "connect_url", resource(GET=account.connect_url)),
        ("invoices", "invoices", resource(GET=invoicing.search, POST=invoicing.create)),
        (
            "invoices/<str:invoice_id>/status",
            "invoice_status",
            resource(POST=invoicing.change_status),
        ),
        ("invoices/<str:invoice_id>/email", "invoice_email", resource(POST=invoicing.email)),
        (
            "invoices/<str:invoice_id>/share-url",
            "invoice_share_url",
            resource(GET=invoicing.share_url),
        ),
        ("invoices/<str:invoice_id>/pdf", "invoice_pdf", resource(GET=invoicing.pdf)),
        ("invoice-summary", "invoice_summary", resource(GET=invoicing.summary)),
        ("currencies", "currencies", resource(GET=listing.currencies)),
        ("tax-rates", "tax_rates", resource(GET=listing.tax_rates)),
        ("accounts", "accounts", resource(GET=listing.accounts)),
        ("templates", "templates", resource(GET=listing.templates)),
        ("products", "products", resource(GET=products.search, POST=products.create)),
        (
            "products/<str:product_id>",
            "product",
            resource(GET=products.get_one, PUT=products.change),
        ),
        ("contacts", "contacts", resource(GET=contacts.search, POST=contacts.create)),
        (
            "contacts/<str:contact_id>",
            "contact",
            resource(GET=contacts.get_one, PUT=contacts.change),
        ),
    )
]
