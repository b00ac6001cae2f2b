"""Addresses on Xero's port. API paths ignore case, as Xero's do."""

import re
from collections.abc import Callable

from django.http import HttpResponse
from django.urls import URLPattern, include, path
from django.urls.resolvers import RegexPattern
from django.utils.functional import cached_property

from sandbox.xero import (
    connections_api,
    contacts_api,
    invoices_api,
    items_api,
    oauth,
    outbox_pages,
    pages,
    payments_api,
    reference_api,
)

_NAME = r"(?P<name>[^/]+)"


class _CaselessPattern(RegexPattern):
    """A regular expression that ignores case and can still be reversed."""

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """Return the compiled expression."""
        return re.compile(self._regex, re.IGNORECASE)


def _caseless(pattern: str, view: Callable[..., HttpResponse], **more: str) -> URLPattern:
    return URLPattern(_CaselessPattern(rf"^{pattern}/?$", is_endpoint=True), view, more)


def _api(pattern: str, view: Callable[..., HttpResponse], **more: str) -> URLPattern:
    return _caseless(rf"api\.xro/2\.0/{pattern}", view, **more)


_PAGES = [
    path("", pages.organisation, name="organisation"),
    path("invoicing/view/<str:invoice_id>", pages.invoice, name="invoice"),
    path(
        "invoicing/view/<str:invoice_id>/<str:action>",
        pages.act_on_invoice,
        name="act-on-invoice",
    ),
    path("contacts/", pages.contact_list, name="contacts"),
    path("contacts/contact/<str:contact_id>", pages.contact, name="contact"),
    path(
        "contacts/contact/<str:contact_id>/<str:action>",
        pages.act_on_contact,
        name="act-on-contact",
    ),
    path("items/", pages.items, name="items"),
    path("items/<str:code>/<str:action>", pages.act_on_item, name="act-on-item"),
    path("users/", pages.users, name="users"),
    path("users/<int:membership_id>/role", pages.change_role, name="change-role"),
    path("outbox/", outbox_pages.outbox, name="outbox"),
    path("apps/", pages.apps, name="apps"),
    path("apps/<str:connection_id>/disconnect", pages.disconnect, name="disconnect"),
]

urlpatterns = [
    path("identity/connect/authorize", oauth.authorise, name="authorise"),
    path("connect/token", oauth.token),
    path("connect/revocation", oauth.revoke),
    path("connect/userinfo", oauth.userinfo),
    path(".well-known/openid-configuration", oauth.discovery),
    path(".well-known/openid-configuration/jwks", oauth.keys),
    _caseless("connections", connections_api.collection),
    _caseless(f"connections/{_NAME}", connections_api.single),
    _api("Invoices", invoices_api.collection),
    _api(f"Invoices/{_NAME}", invoices_api.single),
    _api(f"Invoices/{_NAME}/OnlineInvoice", invoices_api.online),
    _api(f"Invoices/{_NAME}/Email", invoices_api.email),
    _api(f"Invoices/{_NAME}/History", invoices_api.history),
    _api("Contacts", contacts_api.collection),
    _api(f"Contacts/{_NAME}", contacts_api.single),
    _api("Payments", payments_api.collection),
    _api(f"Payments/{_NAME}", payments_api.single),
    _api("Organisation", reference_api.organisation),
    _api("Organisation/Actions", reference_api.actions),
    _api("Users", reference_api.users),
    _api(f"Users/{_NAME}", reference_api.users),
    _api("Items", items_api.collection),
    _api(f"Items/{_NAME}", items_api.single),
    *(
        _api(pattern, reference_api.entries, resource=resource)
        for resource in ("Accounts", "TaxRates", "BrandingThemes", "Currencies")
        for pattern in (resource, f"{resource}/{_NAME}")
    ),
    path("", pages.index, name="index"),
    path("online/<str:token>", pages.online_invoice),
    path("app/<str:short_code>/", include(_PAGES)),
    path("", include("sandbox.core.urls")),
]
